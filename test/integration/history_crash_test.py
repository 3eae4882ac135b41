#!/usr/bin/env python3
"""history_crash_test - kill -9 in a loop: the history loses less than five minutes each time and is never damaged.

HISTORY_WRITER in the environment names the program (test/unit/nodegroup/history_writer.c); ROUNDS how often it is killed (default 40).
Its clock runs as fast as its disk. Every other kill comes after a time, which mostly meets a write; the others after a number of steps,
which mostly meet none.
"""
import os
import pathlib
import random
import sqlite3
import subprocess
import tempfile
import time
import unittest

WRITER = os.environ["HISTORY_WRITER"]
ROUNDS = int(os.environ.get("ROUNDS", "40"))
START = 1764547200  # a whole day
MOST_LOST = 5 * 60
DOWN = 90  # seconds of the writer's clock between a kill and the next start


def write_until_killed(path, begin, seconds, steps):
    """The end of the last step that the writer said is done, and what it complained of."""
    with subprocess.Popen([WRITER, "write", path, str(begin)], stdout=subprocess.PIPE, text=True) as writer:
        said = [writer.stdout.readline().strip() for _ in range(steps)]
        time.sleep(seconds)
        writer.kill()
        said += writer.stdout.read().splitlines()
    whole = [line for line in said if line.isdigit() and len(line) == len(str(START))]
    problems = [line for line in said if line.startswith("problem")]
    return int(whole[-1]) if whole else begin, problems


def check(path):
    """Seconds kept of each series, and what the program complains of."""
    done = subprocess.run([WRITER, "check", path, str(START)], capture_output=True, text=True, timeout=60, check=True)
    lines = done.stdout.splitlines()
    kept = {name: int(seconds) for name, seconds in (line.split() for line in lines if not line.startswith("problem"))}
    return kept, [line for line in lines if line.startswith("problem")]


class HistoryCrash(unittest.TestCase):
    def test_killed_again_and_again(self):
        chance = random.Random(7)
        with tempfile.TemporaryDirectory() as folder:
            path = str(pathlib.Path(folder) / "history.db")
            now, down, in_the_middle = START, 0, 0
            before = 0
            for turn in range(ROUNDS):
                began = now
                by_time = turn % 2 == 0
                now, problems = write_until_killed(path, began, chance.uniform(0.005, 0.25) if by_time else 0,
                                                   0 if by_time else chance.randrange(1, 200))
                self.assertEqual(problems, [], f"round {turn}")
                in_the_middle += os.path.exists(path + "-wal") and os.path.getsize(path + "-wal") > 0
                kept, problems = check(path)
                self.assertEqual(problems, [], f"round {turn}")
                for name, seconds in kept.items():
                    # The writer may have done a step that it could not tell any more; it never has more than it was given.
                    self.assertGreater(seconds, before + (now - began) - MOST_LOST, f"round {turn}: {name}")
                    self.assertLessEqual(seconds, before + (now - began) + MOST_LOST, f"round {turn}: {name}")
                self.assertEqual(len(set(kept.values())), 1, "a flush is whole or not at all")
                with sqlite3.connect(path) as database:
                    self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)], f"round {turn}")
                database.close()
                before = next(iter(kept.values()))
                now += DOWN
                down += DOWN
            self.assertEqual(sorted(os.listdir(folder)), ["history.db"])
            self.assertGreater(in_the_middle, ROUNDS // 4, "too few kills met an open log: the test says little")
            print(f"{ROUNDS} kills, {(now - START) / 86400:.1f} days written, {in_the_middle} with an open log, "
                  f"{(now - START - down - before) / ROUNDS:.0f} s lost on average")


if __name__ == "__main__":
    unittest.main()
