"""The capacity report of what kubectl prints: its forms, and what is wrong with its input."""
import html.parser
import json
import pathlib
import subprocess
import unittest

from harness import ADAPTER, IntegrationTest

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures/capacity"


def run(text, *args):
    return subprocess.run([ADAPTER, "capacity", "--from", "-", *args], input=text, capture_output=True, text=True, timeout=60)


class Page(html.parser.HTMLParser):
    """Counts elements, and finds what comes from elsewhere."""

    def __init__(self):
        super().__init__()
        self.elements, self.outside = [], []

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.outside += [value for name, value in attributes if name in ("src", "href") and not value.startswith("#")]


class Capacity(IntegrationTest):
    def test_every_form_of_every_case(self):
        for path in sorted(FIXTURES.glob("C??.json")):
            text = path.read_text()
            table = run(text)
            self.assertEqual((table.returncode, table.stderr), (0, ""), path.name)
            self.assertLessEqual(max(len(line) for line in table.stdout.splitlines()), 100, path.name)
            report = json.loads(run(text, "--format", "json").stdout)
            self.assertEqual(report["kind"], "CapacityReport")
            for group in report["nodeGroups"]:
                for advice in group["advice"]:
                    self.assertTrue(advice["text"] and advice["why"], path.name)
            page = Page()
            page.feed(run(text, "--format", "html").stdout)
            self.assertIn("svg", page.elements)
            self.assertEqual(page.outside, [])

    def test_bad_input(self):
        node = '{"kind":"Node","metadata":{"name":"a"},"spec":{},"status":{"allocatable":{"cpu":"many","memory":"1Gi"}}}'
        pod = '{"kind":"Pod","metadata":{"name":"p"},"spec":{"nodeName":"nobody","containers":[{"name":"c","resources":{"requests":{"cpu":"1K"}}}]}}'
        rows = (
            ('{"kind":"List","items":[' + node, 1, "is cut off"),
            ("kubectl: command not found", 1, ""),
            ("", 1, ""),
            ('{"kind":"List","items":[]}', 0, "there is no node in the input"),
            ('{"kind":"List","items":[%s]}' % node, 0, "no quantity of room (many)"),
            ('{"kind":"List","items":[%s]}' % node, 0, "have no label elastisys.io/node-group"),
            ('{"kind":"List","items":[%s,%s]}' % (node, pod), 0, "runs on node nobody, which is not in the input"),
        )
        for text, code, told in rows:
            done = run(text)
            self.assertEqual(done.returncode, code, text)
            self.assertIn(told, done.stdout if code == 0 else done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), code)

    def test_a_history_that_is_none(self):
        text = (FIXTURES / "C01.json").read_text()
        corrupt = pathlib.Path(self.folder) / "history.db"
        corrupt.write_bytes(b"SQLite format 3\0" + bytes(5000))
        done = run(text, "--history", str(corrupt))
        self.assertEqual(done.returncode, 0)
        self.assertIn("nothing of the past is shown", done.stdout)
        self.assertIn("Loss of a node: fits", done.stdout)
        done = run(text, "--history", str(corrupt) + ".not")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no such file", done.stderr)


if __name__ == "__main__":
    unittest.main()
