"""Every fault that the emulator plays: the last good value, then an error that says why, then values again."""
import concurrent.futures
import pathlib
import time
import unittest

from harness import Adapter, Emulator, IntegrationTest, config_for, free_port, scenario_of, wait_for

DEMAND = "coder_provisioner_demand"
# fault: what the message of the 503 says, in lower case
FAULTS = {
    "down": "get http://",
    "slow": "time",
    "rate-limit": "429",
    "html": "html",
    "truncated": "truncated",
    "cut": "get http://",
    "token-revoked": "token",
    "error-500": "500",
    "forbidden": "role",
    "wrong-type": "expected",
}


class Faults(IntegrationTest):
    def test_each_fault(self):
        with concurrent.futures.ThreadPoolExecutor(len(FAULTS)) as pool:  # most of it is waiting
            done = {kind: pool.submit(self.play, kind, word) for kind, word in FAULTS.items()}
        for kind, outcome in done.items():
            with self.subTest(kind):
                outcome.result()

    def play(self, kind, word):
        folder = pathlib.Path(self.folder) / kind
        folder.mkdir()
        emulator = self.keep(Emulator(folder, scenario_of()))
        adapter = self.keep(Adapter(folder, config_for(emulator.url, folder)))
        emulator.arrive(count=3, organization="coder", duration="30m")
        wait_for("three are seen", lambda: adapter.total(DEMAND) == 3)
        emulator.fault(kind)
        message = wait_for("an error", lambda: self.error_of(adapter))
        self.assertIn("coder/default/", message)
        wait_for(f"the reason, {word}", lambda: word in (self.error_of(adapter) or "").lower())  # a request may still be under way
        self.assertEqual(adapter.get("/readyz").status, 200)  # Coder's trouble is not the API server's
        self.assertNotIn(DEMAND + "{", adapter.get("/metrics").text)
        self.assertIn("Coder cannot be read", adapter.log())
        emulator.heal()
        if kind != "rate-limit":  # its Retry-After is a minute: that it is honoured is seen in rate_limit below
            # One interval after a failure, growing to four.
            wait_for("values again", lambda: adapter.total(DEMAND) == 3, seconds=8)
            wait_for("the log says so", lambda: "Coder can be read again" in adapter.log())

    def error_of(self, adapter):
        answer = adapter.read(DEMAND)
        if answer.status == 200:
            self.assertEqual([item["value"] for item in answer.json["items"]], ["3"])  # true until it is stale
            return None
        self.assertEqual(answer.status, 503)
        self.assertNotIn("Retry-After", answer.headers)
        return answer.json["message"]

    def test_a_fault_of_one_organization_leaves_the_other(self):
        emulator = self.start_emulator(
            organizations=[{"name": "coder", "default": True}, {"name": "demo"}],
            pools=[
                {"name": "default", "organization": "coder", "tags": {}, "replicas": 6, "startDelay": "0s"},
                {"name": "demo", "organization": "demo", "tags": {}, "replicas": 2, "startDelay": "0s"},
            ],
        )
        config = config_for(emulator.url, self.folder)
        config["queues"].append({"name": "demo", "organization": "demo", "namespace": "coder"})
        adapter = self.start_adapter(config)
        wait_for("both are read", lambda: adapter.total(DEMAND) == 0)
        emulator.fault("rate-limit", organization="demo")
        wait_for("demo is stale", lambda: adapter.read(DEMAND, "queue=demo").status == 503)
        self.assertEqual(adapter.total(DEMAND, "queue=default"), 0)
        # The sum over both would leave the stale part out: an error, also where a selector does not exclude it by its queue.
        self.assertEqual(adapter.read(DEMAND).status, 503)
        self.assertEqual(adapter.read(DEMAND, "queue!=demo").status, 200)
        self.assertEqual(adapter.read("coder_provisioner_queue_depth", "job_type=workspace_build").status, 503)

    def test_coder_comes_later_than_the_adapter(self):
        port = free_port()
        adapter = self.start_adapter(config_for(f"http://127.0.0.1:{port}", self.folder), wait=False)
        wait_for("ready without Coder", adapter.is_ready, seconds=15)
        self.assertEqual(adapter.read(DEMAND).status, 503)
        self.keep(Emulator(self.folder, scenario_of(), port))
        began = time.monotonic()
        wait_for("values", lambda: adapter.total(DEMAND) == 0, seconds=10)
        self.assertLess(time.monotonic() - began, 10)


if __name__ == "__main__":
    unittest.main()
