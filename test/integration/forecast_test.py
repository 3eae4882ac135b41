#!/usr/bin/env python3
"""forecast_test - the forecast command on exports as people have them: its answers, its errors, its exit codes."""
import datetime
import json
import math
import os
import subprocess
import tempfile
import unittest

ADAPTER = os.environ["ADAPTER"]
START = 1767571200  # 2026-01-05, a Monday
HOUR = 3600


def run(*args, text=None):
    return subprocess.run([ADAPTER, "forecast", *args], input=text, capture_output=True, text=True, timeout=60, check=False)


def working_day(hour):
    return 40 + 20 * math.exp(-0.5 * ((hour % 24 - 14) / 3.5) ** 2) * (1 if hour // 24 % 7 < 5 else 0.35)


def export(weeks, per_day=0.0, step=HOUR):
    """CSV of a working day's curve that climbs."""
    rows = (f"{START + at},{working_day(at // HOUR) + per_day * at / 86400:.6f}" for at in range(0, weeks * 168 * HOUR, step))
    return "time,value\n" + "\n".join(rows) + "\n"


class Forecast(unittest.TestCase):
    def answer(self, text, threshold, *args):
        done = run("--from", "-", "--threshold", str(threshold), "--format", "json", *args, text=text)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return json.loads(done.stdout)

    def test_a_climb_crosses_in_a_range(self):
        answer = self.answer(export(16, 0.2), 72)
        first = next(hour for hour in range(16 * 168, 30 * 168)
                     if sum(working_day(h) + 0.2 * h / 24 for h in range(hour - 23, hour + 1)) / 24 > 72)
        days = (first + 1 - 16 * 168) / 24
        line = answer["threshold"]
        self.assertEqual(line["outlook"], "crosses")
        self.assertLessEqual(line["earliest"]["days"], days + 0.1)
        self.assertAlmostEqual(line["likely"]["days"], days, delta=1)
        self.assertAlmostEqual(answer["trendPerDay"], 0.2, places=2)

    def test_a_wave_does_not_cross(self):
        answer = self.answer(export(12), 55)
        self.assertEqual(answer["threshold"], {"value": 55, "outlook": "below", "earliest": None, "likely": None, "latest": None})
        self.assertEqual(answer["trendPerDay"], 0)
        self.assertGreater(max(point["value"] for point in answer["points"]), 55)  # hours do; their day does not

    def test_a_point_an_hour_from_now_on(self):
        answer = self.answer(export(4), 99, "--horizon", "72h")
        begin = datetime.datetime.fromtimestamp(START + 4 * 168 * HOUR, datetime.timezone.utc)
        expected = [(begin + datetime.timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M:%SZ") for h in range(72)]
        self.assertEqual([point["time"] for point in answer["points"]], expected)
        for hour, point in enumerate(answer["points"]):
            self.assertAlmostEqual(point["value"], working_day(hour), places=3)
            self.assertLessEqual(point["lower"], point["value"])
            self.assertLessEqual(point["value"], point["upper"])

    def test_five_minute_exports_and_stamps_are_the_same_series(self):
        text = export(4, step=HOUR)
        stamped = "when,what\n" + "\n".join(
            datetime.datetime.fromtimestamp(int(row.split(",")[0]), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") + "," + row.split(",")[1]
            for row in text.splitlines()[1:])
        fine = "\n".join(f"{int(row.split(',')[0]) + part * 300},{row.split(',')[1]}" for row in text.splitlines()[1:] for part in range(12))
        self.assertEqual(self.answer(text, 50), self.answer(stamped, 50))
        self.assertEqual(self.answer(text, 50)["threshold"], self.answer(fine, 50)["threshold"])

    def test_less_than_three_weeks_is_told(self):
        answer = self.answer(export(2), 50)
        self.assertEqual((answer["state"], answer["points"]), ("insufficient-data", []))
        self.assertIn("336 of 504 hours", answer["reason"])
        done = run("--from", "-", "--threshold", "50", text=export(2))
        self.assertEqual(done.returncode, 0)
        self.assertIn("No forecast: three full weeks are needed", done.stdout)

    def test_a_table_fits_a_terminal(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
            file.write(export(16, 0.2))
            file.flush()
            done = run("--from", file.name, "--threshold", "72")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"Threshold 72: the 24 h mean passes it in \d+ to (more than )?\d+ days, most likely in \d+")
        self.assertEqual(sum(line.strip()[:1].isdigit() for line in done.stdout.splitlines()), 28)
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 100)

    def test_errors_say_what_and_where(self):
        cases = [
            (["--from", "-", "--threshold", "1"], "time,value\n3600,1\n7200,many\n", 1, 'line 3: value "many"'),
            (["--from", "-", "--threshold", "1"], "", 1, "no row with a time and a value"),
            (["--from", "/no/such.csv", "--threshold", "1"], "", 1, "open /no/such.csv: No such file"),
            (["--from", "-"], "", 2, "--from and --threshold are needed"),
            (["--from", "-", "--threshold", "high"], "", 2, "--threshold high: expected a number"),
            (["--from", "-", "--threshold", "nan"], "", 2, "--threshold nan: expected a number"),
            (["--from", "-", "--threshold", "1", "--horizon", "29d"], "", 2, "1h to 28d"),
            (["--from", "-", "--threshold", "1", "--format", "xml"], "", 2, "table or json"),
            (["--from", "-", "--threshold", "1", "more"], "", 2, "unexpected argument more"),
        ]
        for args, text, code, expected in cases:
            with self.subTest(args=args):
                done = run(*args, text=text)
                self.assertEqual((done.returncode, done.stdout), (code, ""))
                self.assertIn(expected, done.stderr)
                self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
