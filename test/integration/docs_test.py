"""The documents: every link leads somewhere, every page is found from the index, every command line of ours is one, every configuration
is right."""
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import unittest
import xml.dom.minidom

TOP = pathlib.Path(__file__).resolve().parents[2]
PYTHON = subprocess.run([TOP / "scripts/python"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
if sys.prefix != str(pathlib.Path(PYTHON).parents[1]):
    os.execv(PYTHON, [PYTHON, *sys.argv])

import yaml

ADAPTER, EMULATOR = os.environ["ADAPTER"], os.environ["EMULATOR"]
PAGES = sorted([*TOP.glob("*.md"), *TOP.glob("docs/**/*.md"), *TOP.glob("manifests/**/*.md"), *TOP.glob("test/e2e/*.md")])
FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.M | re.S)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
CONFIGURATION = {"apiVersion", "kind", "serving", "coder", "queues", "guidelines", "workshops", "workshopNamespaces", "timeZone", "nodeGroups"}
LEAST = {"url": "https://coder.example.com", "tokenFile": "/var/run/secrets/coder/token"}


def fences(page, *languages):
    for found in FENCE.finditer(page.read_text()):
        if found["language"] in languages:
            yield re.sub(rf"^{found['indent']}", "", found["text"], flags=re.M)


def prose(page):
    """Without fences and code: what looks like a link there is none."""
    text = FENCE.sub("", page.read_text())
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page):
    found = set()
    for heading in re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.M):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        found.add(slug)
    return found


def logical_lines(text):
    return re.sub(r"\\\n\s*", " ", text).splitlines()


def shell_lines(page):
    """Of fences, and of blocks set in by four blanks, as the READMEs have them."""
    for text in fences(page, "sh", "bash", "console"):
        yield from logical_lines(text)
    plain = FENCE.sub("", page.read_text())
    yield from logical_lines("\n".join(line[4:] for line in plain.splitlines() if line.startswith("    ")))


def commands_of(line):
    """The simple commands of a line, without comments and redirections; lines of a quoted script are none."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return
    command = []
    for word in [*words, "|"]:
        if word in ("|", "&&", ";", "--"):
            if command:
                yield command
            command = []
        elif word == "sudo" and not command:
            continue
        else:
            command.append(word)


def offered(*words):
    return subprocess.run([ADAPTER, "complete", *words], check=True, capture_output=True, text=True).stdout.split()


class Documents(unittest.TestCase):
    def test_links_lead_somewhere(self):
        for page in PAGES:
            for target in LINK.findall(prose(page)):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                file = (page.parent / path).resolve() if path else page
                with self.subTest(page=str(page.relative_to(TOP)), link=target):
                    self.assertTrue(file.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(file))

    def test_every_page_is_found_from_the_index(self):
        seen, ahead = set(), [TOP / "docs/README.md"]
        while ahead:
            page = ahead.pop()
            if page in seen:
                continue
            seen.add(page)
            for target in LINK.findall(prose(page)):
                file = (page.parent / target.partition("#")[0]).resolve()
                if not re.match(r"[a-z]+:", target) and file.suffix == ".md" and file.exists():
                    ahead.append(file)
        self.assertEqual({str(page.relative_to(TOP)) for page in set(TOP.glob("docs/**/*.md")) - seen}, set())

    def test_files_that_are_named_are_there(self):
        for page in PAGES:
            for name in re.findall(r"`((?:docs|manifests|scripts|test|adapter|apiservice|queue|nodegroup|metric|kube|base|emulator)/[\w./-]+)`",
                                   page.read_text()):
                with self.subTest(page=str(page.relative_to(TOP)), file=name):
                    self.assertTrue((TOP / name).exists() or list((TOP / name).parent.glob(f"*{pathlib.Path(name).name.rstrip('.')}*")))

    def test_command_lines_are_right(self):
        checked = 0
        for page in PAGES:
            for line in shell_lines(page):
                for command in commands_of(line):
                    program = pathlib.Path(command[0]).name
                    with self.subTest(page=str(page.relative_to(TOP)), line=line.strip()):
                        if program == "coder-metrics-adapter" and len(command) > 1:
                            self.check_arguments(command[1:])
                        elif program == "make" and len(command) > 1:
                            self.check_target(command[1])
                        else:
                            continue
                        checked += 1
        self.assertGreater(checked, 30)

    def check_arguments(self, words):
        """Each option is one of the command's, and a value that the usage lists is one of those."""
        if words == ["--help"] or words[0].isupper():
            return
        command = words[0]
        self.assertIn(command, [*offered(""), "reference"])
        options = offered(command, "-") if command != "help" else []
        usage = subprocess.run([ADAPTER, command, "--help"], capture_output=True, text=True).stdout
        for i, word in enumerate(words[1:], 1):
            if word.startswith("--"):
                name, _, value = word.partition("=")
                self.assertIn(name, options)
                choices = offered(command, name, "")
                value = value or (words[i + 1] if i + 1 < len(words) else "")
                if choices and choices != [":files"] and not value.isupper():
                    self.assertIn(value, choices)
            elif re.match(r"-[a-z]$", word):
                self.assertIn(f"{word},", usage)

    def check_target(self, target):
        self.assertRegex((TOP / "Makefile").read_text(), rf"(?m)^{re.escape(target)}:")

    def test_snippets_are_right(self):
        configurations = 0
        for page in PAGES:
            for text in fences(page, "yaml"):
                with self.subTest(page=str(page.relative_to(TOP)), text=text):
                    documents = list(yaml.safe_load_all(text))
                    self.assertTrue(documents)
                    for document in documents:
                        if isinstance(document, dict) and set(document) <= CONFIGURATION and document.get("kind", "Config") == "Config":
                            self.check_configuration(text, document)
                            configurations += 1
            for text in fences(page, "json"):
                json.loads(text)
        self.assertGreater(configurations, 3)

    def check_configuration(self, text, document):
        """As it stands, or, when it is a part, with what must be there."""
        if "coder" not in document:
            text = f"coder: {json.dumps(LEAST)}\n{text}"
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "config.yaml"
            path.write_text(text)
            done = subprocess.run([ADAPTER, "check-config", path], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_pictures_are_whole(self):
        """Drawings that any viewer shows: well formed, with a title, and nothing from elsewhere."""
        for path in TOP.glob("docs/**/*.svg"):
            with self.subTest(str(path.relative_to(TOP))):
                picture = xml.dom.minidom.parse(str(path))
                self.assertTrue(picture.getElementsByTagName("title"))
                self.assertNotRegex(path.read_text(), r"<script|<image|href=[\"']http|@import")

    def test_metric_names_are_ours(self):
        """A metric that a page names is one of the adapter's, or of the exporters that pages speak of."""
        known = set(re.findall(r"`((?:coder_provisioner|node_group)_\w+)`", (TOP / "docs/metrics.md").read_text()))
        for page in PAGES:
            names = set(re.findall(r"\b((?:coder_provisioner|node_group)_[a-z0-9_]+)\b", page.read_text()))
            with self.subTest(str(page.relative_to(TOP))):
                self.assertEqual({name for name in names if name not in known and not any(one.startswith(name) for one in known)}, set())


if __name__ == "__main__":
    unittest.main()
