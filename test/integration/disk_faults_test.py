"""A disk that fails under the history: from the n-th write on, full, read-only or broken. It is told, nothing crashes, and what was said
to be kept is there when the disk is well again.

HISTORY_WRITER (test/unit/nodegroup/history_writer.c) and DISK_SHIM (test/fault/disk_shim.c) in the environment name the programs.
"""
import os
import pathlib
import subprocess
import tempfile
import unittest

WRITER = os.environ["HISTORY_WRITER"]
SHIM = os.environ["DISK_SHIM"]
START = 1764547200  # a whole day
MOST_LOST = 5 * 60
NTH = (1, 2, 3, 5, 8, 13, 30, 77, 200, 555)


class DiskFaults(unittest.TestCase):
    def test_each_write_fails(self):
        told = 0
        for errno in ("EIO", "ENOSPC", "EROFS"):
            for nth in NTH:
                with self.subTest(errno=errno, nth=nth), tempfile.TemporaryDirectory() as folder:
                    told += self.fail_from(str(pathlib.Path(folder) / "history.db"), errno, nth)
        self.assertGreater(told, len(NTH))  # the shim did work

    def fail_from(self, path, errno, nth):
        """Whether the writer said that something is wrong."""
        environment = {**os.environ, "LD_PRELOAD": SHIM, "DISK_FAULT": f"{errno}:{nth}"}
        with subprocess.Popen([WRITER, "write", path, str(START)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=environment) as writer:
            said = []
            for line in writer.stdout:
                said.append(line.strip())
                if len(said) == 600:  # 5 hours of its clock; a history in memory alone goes on for ever
                    writer.terminate()
            error = writer.stderr.read()
        self.assertIn(writer.returncode, (1, -15), error)  # it ended by its own will, or ours
        self.assertEqual(error, "")
        done = [int(line) for line in said if line.isdigit()]
        problems = [line for line in said if line.startswith("problem")]
        self.assertEqual(len(done) + len(problems), len(said), said[-3:])
        in_memory = bool(said) and said[0] in problems  # it could not even be begun: kept until the end of the process, which it says
        self.check(path, 0 if in_memory or not done else done[-1] - START)
        return bool(problems)

    def check(self, path, seconds):
        """With a disk that is well again."""
        checked = subprocess.run([WRITER, "check", path, str(START)], capture_output=True, text=True, timeout=60, check=True)
        lines = checked.stdout.splitlines()
        self.assertFalse([line for line in lines if line.startswith("problem")], lines)
        for line in lines:
            self.assertGreaterEqual(int(line.split()[1]), seconds - MOST_LOST - 60, line)


if __name__ == "__main__":
    unittest.main()
