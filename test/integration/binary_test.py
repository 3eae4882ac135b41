"""The programs themselves: hardened, small, and nothing of this machine inside."""
import os
import subprocess
import unittest

from harness import ADAPTER, EMULATOR


def readelf(program, *flags):
    return subprocess.run(["readelf", "-W", *flags, program], check=True, capture_output=True, text=True).stdout


class Binary(unittest.TestCase):
    def test_hardening(self):
        for program in (ADAPTER, EMULATOR):
            with self.subTest(program):
                header, segments, dynamic = readelf(program, "-h"), readelf(program, "-l"), readelf(program, "-d")
                symbols = readelf(program, "--dyn-syms")
                self.assertIn("DYN (Position-Independent Executable file)", header)
                self.assertIn("GNU_RELRO", segments)
                self.assertIn("BIND_NOW", dynamic)
                stack = next(line for line in segments.splitlines() if "GNU_STACK" in line)
                self.assertNotIn("E", stack.split()[6], stack)
                self.assertIn("__stack_chk_fail", symbols)
                self.assertIn("_chk@", symbols)  # fortified calls
                if os.uname().machine == "x86_64":
                    self.assertIn("SHSTK", readelf(program, "-n"))
                    code = subprocess.run(["objdump", "-d", "--section=.text", program], check=True, capture_output=True, text=True).stdout
                    self.assertRegex(code, r"<main>:\n[^\n]*endbr64")

    def test_size(self):
        self.assertLess(os.path.getsize(ADAPTER), 4 * 1024 * 1024)


if __name__ == "__main__":
    unittest.main()
