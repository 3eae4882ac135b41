"""Every pair of the emulator's faults: at once on the two lists of an organization, then one after the other on the same list.

Each pair has an organization of its own, and all are played side by side. Jobs keep arriving meanwhile. A checker reads every queue all the
time: whatever a 200 says must have been true at most staleAfter ago, so that a value kept too long, or one made of half an answer, is seen.
"""
import concurrent.futures
import http.client
import itertools
import json
import pathlib
import ssl
import threading
import time
import unittest
import urllib.parse

from faults_test import FAULTS
from harness import API, Adapter, Emulator, FakeCoder, IntegrationTest, config_for, scenario_of, wait_for

WORDS = {**FAULTS, "bad-gateway": "502"}  # what the error of a source says, in lower case
PAIRS = list(itertools.combinations_with_replacement(sorted(WORDS), 2))
ADAPTERS = 3  # the pairs are spread over them
STALE_AFTER = 3
SLACK = 2  # a poll, a request and its checker on a busy machine
RECOVERY = 4 * 1 + 1 + SLACK  # DESIGN section 4: at most four intervals; a request that hangs costs its time-out
DEMAND, DEPTH, DAEMONS = "coder_provisioner_demand", "coder_provisioner_queue_depth", "coder_provisioner_daemons"


class Reader:
    """One keep-alive connection."""

    def __init__(self, port):
        self.connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=ssl._create_unverified_context())

    def get(self, path):
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        return answer.status, answer.headers, answer.read()

    def read(self, metric, selector):
        status, headers, body = self.get(f"{API}/namespaces/coder/{metric}?labelSelector={urllib.parse.quote(selector)}")
        if status == 200:
            return sum(int(item["value"]) for item in json.loads(body)["items"]), headers
        return (status, json.loads(body)["message"]), headers

    def explain(self, metric, selector):
        return json.loads(self.get(f"/explain/namespaces/coder/{metric}?labelSelector={urllib.parse.quote(selector)}")[2])

    def close(self):
        self.connection.close()


class Truth:
    """What each queue's demand was, and when: jobs come and stay."""

    def __init__(self, names):
        self.spans = {name: [[0.0, float("inf"), 0]] for name in names}  # from, to, demand
        self.lock = threading.Lock()

    def grow(self, name, arrive):
        with self.lock:
            spans = self.spans[name]
            spans.append([time.monotonic(), float("inf"), spans[-1][2] + 1])
        arrive()
        with self.lock:
            spans[-2][1] = time.monotonic()

    def now(self, name):
        return self.spans[name][-1][2]

    def was(self, name, value, since):
        with self.lock:
            return any(demand == value and to >= since for _, to, demand in self.spans[name])


class Stage:
    """An emulator and an adapter with an organization, and a queue, for each of some pairs."""

    def __init__(self, test, number, pairs):
        self.test, self.pairs = test, {f"org{i}": pair for i, pair in enumerate(pairs)}
        self.wrong, self.reads = [], 0
        folder = pathlib.Path(test.folder) / str(number)
        folder.mkdir()
        names = list(self.pairs)
        self.emulator = test.keep(Emulator(folder, scenario_of(
            rateLimit=100000,
            organizations=[{"name": "coder", "default": True}] + [{"name": name} for name in names],
            pools=[{"name": name, "organization": name, "tags": {}, "replicas": 2, "startDelay": "0s"} for name in names])))
        config = config_for(self.emulator.url, folder, staleAfter=f"{STALE_AFTER}s")
        config["queues"] = [{"name": name, "organization": name, "namespace": "coder"} for name in names]
        self.adapter = test.keep(Adapter(folder, config))
        self.truth = Truth(names)
        self.reader = Reader(self.adapter.port)
        self.done = threading.Event()
        self.threads = [threading.Thread(target=self.check), threading.Thread(target=self.keep_arriving)]

    def begin(self):
        for thread in self.threads:
            thread.start()

    def end(self):
        self.done.set()
        for thread in self.threads:
            thread.join()
        self.reader.close()

    def keep_arriving(self):
        while not self.done.wait(0.9):
            for name in self.pairs:
                self.truth.grow(name, lambda name=name: self.emulator.arrive(count=1, organization=name, duration="30m"))

    def check(self):
        reader = Reader(self.adapter.port)
        while not self.done.is_set():
            for name in self.pairs:
                asked = time.monotonic()
                value, headers = reader.read(DEMAND, f"queue={name}")
                self.reads += 1
                if isinstance(value, int):
                    if not self.truth.was(name, value, asked - STALE_AFTER - SLACK):
                        self.wrong.append((name, self.pairs[name], value, self.truth.now(name)))
                elif value[0] != 503 or "Retry-After" in headers:
                    self.wrong.append((name, self.pairs[name], value))
            time.sleep(0.05)
        reader.close()

    def wait_for_each(self, what, check, seconds, names=None):
        """check(name) for every organization, within the time for all together; tells which one failed."""
        deadline = time.monotonic() + seconds
        for name in names or self.pairs:
            wait_for(f"{what}, {name} {self.pairs[name]}", lambda name=name: check(name), max(0.5, deadline - time.monotonic()))

    def demand(self, name):
        return self.reader.read(DEMAND, f"queue={name}")[0]

    def is_good(self, name):
        return isinstance(self.demand(name), int)

    def is_stale(self, name):
        return not self.is_good(name)

    # --- the play ---

    def play(self):
        self.wait_for_each("a value", self.is_good, 15)
        self.begin()
        try:
            self.play_at_once()
            survivors = [name for name, pair in self.pairs.items() if "rate-limit" not in pair]  # that one rests for its minute
            self.recover(survivors)
            self.play_in_turn(survivors)
            self.recover(survivors)
        finally:
            self.end()
        self.test.assertEqual(self.wrong, [])
        self.test.assertGreater(self.reads, 10 * len(self.pairs))

    def recover(self, names):
        self.emulator.heal()
        self.wait_for_each("values again", self.is_good, RECOVERY, names)
        self.wait_for_each("the sources are up", lambda name: self.sources_up(name) == (1, 1), 2, names)

    def play_at_once(self):
        for name, (first, second) in self.pairs.items():
            self.emulator.fault(first, organization=name, path="provisionerjobs")
            self.emulator.fault(second, organization=name, path="provisionerdaemons")
        self.wait_for_each("an error", self.is_stale, STALE_AFTER + SLACK + 2)
        self.wait_for_each("both reasons", self.tells_both, 5)
        self.wait_for_each("both sources are down", lambda name: self.sources_up(name) == (0, 0), STALE_AFTER + SLACK)
        self.test.assertEqual(self.adapter.get("/readyz").status, 200)
        verbose = self.adapter.get("/readyz?verbose").text
        self.test.assertIn("[+]sources-polled ok", verbose)
        self.test.assertIn("readyz check passed", verbose)
        metrics = self.adapter.get("/metrics").text
        log = self.adapter.log()
        for name in self.pairs:
            self.test.assertNotIn(f'{DEMAND}{{queue="{name}"', metrics)
            for path in ("jobs", "daemons"):
                self.test.assertTrue(any("Coder cannot be read" in line and name in line and path in line for line in log.splitlines()), name)

    def tells_both(self, name):
        first, second = self.pairs[name]
        value = self.demand(name)
        self.test.assertIn(f"coder/{name}/", value[1])
        sources = {source["name"]: source["lastError"] or "" for source in self.reader.explain(DEMAND, f"queue={name}")["sources"]}
        return WORDS[first] in sources[f"coder/{name}/jobs"].lower() and WORDS[second] in sources[f"coder/{name}/daemons"].lower()

    def sources_up(self, name):
        series = self.adapter.series()
        return tuple(series[f'adapter_source_up{{source="coder/{name}/{path}"}}'] for path in ("jobs", "daemons"))

    def play_in_turn(self, names):
        """The second fault follows the first on the same list; the other list stays good, and with it what comes from it alone."""
        for name in names:
            self.emulator.fault(self.pairs[name][1], organization=name, path="provisionerjobs")
        time.sleep(1.5)
        self.emulator.heal()
        for name in names:
            self.emulator.fault(self.pairs[name][0], organization=name, path="provisionerjobs")
        self.wait_for_each("depth is stale", lambda name: self.reader.read(DEPTH, f"queue={name}")[0][0] == 503
                           if not isinstance(self.reader.read(DEPTH, f"queue={name}")[0], int) else False, STALE_AFTER + SLACK + 2, names)
        self.wait_for_each("both provisioners work", lambda name: self.reader.read(DAEMONS, f"queue={name},status in (busy)")[0] == 2, 10, names)
        self.wait_for_each("one list stays good", lambda name: self.sources_up(name) == (0, 1), 10, names)


class FaultPairs(IntegrationTest):
    def test_every_pair(self):
        stages = [Stage(self, number, PAIRS[number::ADAPTERS]) for number in range(ADAPTERS)]
        with concurrent.futures.ThreadPoolExecutor(ADAPTERS) as pool:
            for outcome in [pool.submit(stage.play) for stage in stages]:
                outcome.result()

    def test_a_rate_limit_is_left_when_its_time_is_over(self):
        path, empty = "/api/v2/organizations/default/", (200, "application/json", b"[]")
        limited = (429, "application/json", b'{"message":"slow down"}', {"Retry-After": "4"})
        coder = self.keep(FakeCoder({path + "provisionerdaemons": empty, path + "provisionerjobs": empty}))
        adapter = self.start_adapter(config_for(coder.url, self.folder))
        wait_for("a value", lambda: adapter.total(DEMAND) == 0)
        coder.answers[path + "provisionerjobs"] = limited
        wait_for("it is told to rest", lambda: "429" in json.dumps(adapter.get(f"/explain/namespaces/coder/{DEMAND}").json["sources"]))
        told = time.monotonic()
        coder.answers[path + "provisionerjobs"] = empty
        coder.asked.clear()
        time.sleep(2.5)
        self.assertEqual([asked for asked, _ in coder.asked if "provisionerjobs" in asked], [])  # the path rests
        self.assertGreater(len(coder.asked), 0)  # the other one does not
        wait_for("it asks again", lambda: any("provisionerjobs" in asked for asked, _ in coder.asked), 4)
        self.assertGreater(time.monotonic() - told, 3)
        wait_for("a value again", lambda: adapter.total(DEMAND) == 0, 2)


if __name__ == "__main__":
    unittest.main()
