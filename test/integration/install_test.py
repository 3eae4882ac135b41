"""make install: what it lays down is whole, and each piece works: the unit, the man page, the completion."""
import os
import pathlib
import subprocess
import unittest

from harness import IntegrationTest

BUILD_ROOT = os.environ["BUILD_ROOT"]


class Install(IntegrationTest):
    def setUp(self):
        super().setUp()
        self.root = pathlib.Path(self.folder) / "root"
        subprocess.run(["meson", "install", "-C", BUILD_ROOT, "--no-rebuild", "--quiet"], check=True, env={**os.environ, "DESTDIR": str(self.root)})

    def find(self, end):
        found = [path for path in self.root.rglob("*") if str(path).endswith(end)]
        self.assertEqual(len(found), 1, f"{end}: {found}")
        return found[0]

    def test_the_unit(self):
        unit = self.find("/lib/systemd/system/coder-metrics-adapter.service")
        program = self.find("/bin/coder-metrics-adapter")
        started = next(line for line in unit.read_text().splitlines() if line.startswith("ExecStart="))
        self.assertEqual(self.root / started.split("=", 1)[1].split()[0].lstrip("/"), program)
        self.find("/lib/sysusers.d/coder-metrics-adapter.conf")
        # The tool looks for the program where the unit says that it is.
        here = pathlib.Path(self.folder) / unit.name
        here.write_text(unit.read_text().replace(str(program)[len(str(self.root)):], str(program)))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", here], capture_output=True, text=True)
        complaints = [line for line in done.stderr.splitlines() if unit.name in line]
        self.assertEqual((done.returncode, complaints), (0, []), done.stderr)
        # Exposure in tenths: 0 is perfect, 10 a unit with nothing taken away.
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", here], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_man_page(self):
        page = self.find("/man/man1/coder-metrics-adapter.1")
        done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True)
        self.assertEqual([line for line in done.stdout.splitlines() if "missing date" not in line], [])
        text = subprocess.run(["mandoc", "-Tascii", page], check=True, capture_output=True, text=True).stdout
        for command in ("serve", "plan", "capacity"):
            self.assertIn(f"coder-metrics-adapter {command}", text.replace("\b", ""))

    def complete(self, *words):
        script = self.find("/bash-completion/completions/coder-metrics-adapter")
        text = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _coder_metrics_adapter; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", text, "bash", script, self.find("/bin/coder-metrics-adapter"), *words],
                              cwd=self.folder, capture_output=True, text=True, check=True)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_the_completion(self):
        (pathlib.Path(self.folder) / "some.yaml").write_text("")
        for words, offered in [
            (["for"], ["forecast"]),
            (["plan", "--form"], ["--format"]),
            (["plan", "--format", ""], ["table", "json"]),
            (["plan", "--format", "=", "j"], ["json"]),
            (["plan", "--format", "="], ["table", "json"]),
            (["check-config", "som"], ["some.yaml"]),
            (["serve", "--config", "=", "som"], ["some.yaml"]),
            (["explain", "coder_provisioner_dem"], ["coder_provisioner_demand"]),
            (["no-such", ""], []),
        ]:
            with self.subTest(words):
                self.assertEqual(self.complete(*words), offered)


if __name__ == "__main__":
    unittest.main()
