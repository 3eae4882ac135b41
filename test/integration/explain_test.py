"""explain: the resource and the command, and how old the value is that an HPA reads."""
import json
import pathlib
import subprocess
import threading
import time
import unittest
import urllib.parse

from harness import ADAPTER, FakeCoder, IntegrationTest, config_for, wait_for

DEMAND = "coder_provisioner_demand"
DESIRED = "coder_provisioner_desired_replicas"
TWO_POOLS = [
    {"name": "default", "organization": "coder", "tags": {}, "replicas": 6, "startDelay": "0s"},
    {"name": "gpu", "organization": "coder", "tags": {"gpu": "yes"}, "replicas": 2, "startDelay": "0s"},
]


def explanation(adapter, metric, selector="", namespace="coder"):
    return adapter.get(f"/explain/namespaces/{namespace}/{metric}?labelSelector={urllib.parse.quote(selector)}")


def run_explain(*args):
    return subprocess.run([ADAPTER, "explain", *args], capture_output=True, text=True, timeout=30, check=False)


class Explain(IntegrationTest):
    def start_two_queues(self):
        emulator = self.start_emulator(pools=TWO_POOLS)
        config = config_for(emulator.url, self.folder)
        config["queues"].append({"name": "gpu", "organization": "default", "tags": {"gpu": "yes"}, "namespace": "coder"})
        return emulator, self.start_adapter(config)

    def test_resource_and_command(self):
        emulator, adapter = self.start_two_queues()
        emulator.arrive(count=10, organization="coder", duration="30m")
        wait_for("ten are seen", lambda: adapter.total(DEMAND, "queue=default") == 10)
        answer = explanation(adapter, DESIRED, "queue=default").json
        self.assertEqual(answer["hpaReads"], adapter.total(DESIRED, "queue=default"))
        self.assertEqual(answer["withoutQueueSelector"], adapter.total(DESIRED))
        self.assertGreater(answer["withoutQueueSelector"], answer["hpaReads"])
        why = answer["items"][0]["explanation"]
        self.assertEqual((why["waiting"], why["active"], why["parts"]["demand"]), (4, 6, 10))
        self.assertTrue(why["summary"].startswith("4 waiting, 6 running, headroom 1 -> 11"), why["summary"])
        self.assertIn("HPA would set", why["summary"])
        self.assertEqual([source["name"] for source in answer["sources"]], ["coder/default/jobs", "coder/default/daemons"])

        done = run_explain(DESIRED, "-l", "queue=default", "-n", "coder", "--server", adapter.url)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"the HPA reads {answer['hpaReads']}\n", done.stdout)
        self.assertIn("4 waiting, 6 running, headroom 1 -> 11", done.stdout)
        self.assertIn("coder/default/jobs: read ", done.stdout)
        self.assertIn("without the queue in its selector", done.stdout)
        done = run_explain(DESIRED, "--format", "json", "--server", adapter.url)
        self.assertEqual(len(json.loads(done.stdout)["items"]), 2)

        emulator.fault("error-500")
        wait_for("stale", lambda: adapter.read(DESIRED).status == 503)
        done = run_explain(DESIRED, "--server", adapter.url)
        self.assertEqual(done.returncode, 0)
        self.assertIn("the HPA reads no value and holds: ", done.stdout)
        self.assertIn("STALE", done.stdout)
        self.assertIn("500", done.stdout)

    def test_wrong_usage_and_trouble(self):
        _, adapter = self.start_pair()
        secret = pathlib.Path(self.folder) / "token"
        cases = [
            ([], 2, "argument is missing"),
            ([DEMAND, "-n"], 2, "value is missing"),
            ([DEMAND, "--format", "xml"], 2, "expected text or json"),
            ([DEMAND, "--token-file", str(secret)], 2, "--ca-file"),
            ([DEMAND, "--server", "http://127.0.0.1:1"], 1, "expected https://"),
            ([DEMAND, "--server", "https://localhost:1"], 1, "loopback address in numbers"),
            ([DEMAND, "--server", "https://127.0.0.1.example.com:1"], 1, "loopback address in numbers"),
            ([DEMAND, "--server", "https://127.0.0.1:1"], 1, "127.0.0.1"),
            (["nosuch", "--server", adapter.url], 1, "could not find the metric nosuch"),
            (["..", "--server", adapter.url], 1, "metric"),
            ([DEMAND, "-l", "a in b", "--server", adapter.url], 1, "HTTP 400"),
            ([DEMAND, "--ca-file", str(secret), "--server", adapter.url], 1, "127.0.0.1"),
        ]
        for args, code, words in cases:
            with self.subTest(args=args):
                done = run_explain(*args)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)

    def test_a_checked_certificate(self):
        folder = pathlib.Path(self.folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=adapter", "-addext", "subjectAltName=DNS:adapter.coder-metrics.svc,IP:127.0.0.1", "-keyout", folder / "tls.key",
                        "-out", folder / "tls.crt"], check=True, capture_output=True)
        emulator = self.start_emulator()
        config = config_for(emulator.url, self.folder)
        config["serving"].update(certFile=str(folder / "tls.crt"), keyFile=str(folder / "tls.key"))
        adapter = self.start_adapter(config)
        more = ["--server", adapter.url, "--ca-file", str(folder / "tls.crt"), "--token-file", str(folder / "token")]
        done = run_explain(DEMAND, *more)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        # As through a port-forward: dialed at its address, checked by the name in its certificate.
        forwarded = ["--connect-to", f"127.0.0.1:{adapter.port}", *more[2:]]
        done = run_explain(DEMAND, "--server", "https://adapter.coder-metrics.svc", *forwarded)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = run_explain(DEMAND, "--server", "https://other.coder-metrics.svc", *forwarded)
        self.assertEqual(done.returncode, 1)
        self.assertIn("certificate", done.stderr)


class Freshness(IntegrationTest):
    SECONDS = 8

    def ages_of(self, adapter, pause):
        """The age of what an HPA would read, again and again: of the oldest source behind the value."""
        ages, end = [], time.monotonic() + self.SECONDS
        while time.monotonic() < end:
            ages.append(explanation(adapter, DEMAND, "queue=default").json["items"][0]["ageSeconds"])
            time.sleep(pause)
        return sorted(ages)

    def test_age_is_at_most_an_interval_and_a_request(self):
        _, adapter = self.start_pair()
        wait_for("a value", lambda: adapter.total(DEMAND) == 0)
        ages = self.ages_of(adapter, 0.02)
        request = max(value for name, value in adapter.series().items() if name.startswith("adapter_poll_duration_seconds"))
        # One interval with its jitter of a tenth, the requests of both paths; and what a busy machine adds, short of a second interval.
        bound = 1.1 + 2 * request + 0.85
        p99 = ages[int(len(ages) * 0.99)]
        print(f"age of the value, poll interval 1 s: p50 {ages[len(ages) // 2]:.2f} s, p99 {p99:.2f} s")
        self.assertGreater(len(ages), 20)
        self.assertLessEqual(p99, bound)

    def test_on_read(self):
        emulator = self.start_emulator()
        config = config_for(emulator.url, self.folder, pollInterval="30s", staleAfter="60s", refresh="on-read", timeout="10s")
        adapter = self.start_adapter(config)
        wait_for("a value", lambda: adapter.total(DEMAND) == 0)
        for count in (1, 2, 3):  # each read sees what arrived just before, though the interval is 30 s
            time.sleep(1.1)
            emulator.arrive(count=1, organization="coder", duration="30m")
            self.assertEqual(adapter.total(DEMAND), count)

        # Coder answers late: what is known is served when the bound is over, and does not block others meanwhile.
        emulator.fault("slow", delay="5s")
        time.sleep(1.1)
        value, seconds = self.timed_read(adapter)
        self.assertEqual(value, 3)
        self.assertGreater(seconds, 0.8)
        self.assertLess(seconds, 2.5)
        waiting = threading.Thread(target=self.timed_read, args=(adapter,))
        waiting.start()
        began = time.monotonic()
        self.assertEqual(adapter.get("/livez").status, 200)
        self.assertLess(time.monotonic() - began, 0.7)
        waiting.join()
        emulator.heal()

        # Coder refuses: its path rests, and a read does not wait for a poll that does not come.
        emulator.fault("error-500")
        time.sleep(7)  # the late answer and the failed one behind it are over
        self.timed_read(adapter)
        value, seconds = self.timed_read(adapter)
        self.assertEqual(value, 3)
        self.assertLess(seconds, 0.8)

    def start_with_a_count(self, **coder):
        """A Coder at rest that counts what it is asked."""
        path, empty = "/api/v2/organizations/default/", (200, "application/json", b"[]")
        fake = self.keep(FakeCoder({path + "provisionerdaemons": empty, path + "provisionerjobs": empty}))
        adapter = self.start_adapter(config_for(fake.url, self.folder, pollInterval="30s", staleAfter="60s", **coder))
        wait_for("a value", lambda: adapter.total(DEMAND) == 0)
        time.sleep(1.1)
        fake.asked.clear()
        return fake, adapter

    def test_many_readers_cause_one_poll(self):
        fake, adapter = self.start_with_a_count(refresh="on-read")
        took = []
        readers = [threading.Thread(target=lambda: took.append(self.timed_read(adapter))) for _ in range(12)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        self.assertEqual([value for value, _ in took], [0] * 12)
        self.assertEqual(len(fake.asked), 2)  # jobs and daemons, once each
        self.assertEqual(adapter.get("/metrics").status, 200)
        self.assertEqual(explanation(adapter, DEMAND).status, 200)
        self.assertEqual(len(fake.asked), 2)  # those two look, they do not ask

    def test_an_end_while_readers_wait(self):
        fake, adapter = self.start_with_a_count(refresh="on-read")
        fake.server.handle_error = lambda *_: None  # the adapter hangs up on it
        fake.answers.update({path: self.late for path in list(fake.answers)})
        waiting = threading.Thread(target=self.timed_read, args=(adapter,))
        waiting.start()
        time.sleep(0.2)
        self.assertEqual(adapter.stop(), 0)
        waiting.join()

    def test_interval_does_not_wait(self):
        fake, adapter = self.start_with_a_count()
        self.assertEqual(adapter.total(DEMAND), 0)
        self.assertEqual(fake.asked, [])

    def late(self, _):
        time.sleep(3)
        return 200, "application/json", b"[]"

    def timed_read(self, adapter):
        began = time.monotonic()
        return adapter.total(DEMAND), time.monotonic() - began


if __name__ == "__main__":
    unittest.main()
