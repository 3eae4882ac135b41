"""What became of jobs: durations, waits, outcomes, as the HPA, kubectl and Prometheus read them."""
import json
import random
import subprocess
import threading
import time
import unittest
import urllib.parse
import uuid

from harness import FakeCoder, IntegrationTest, config_for, wait_for

DURATION = "coder_provisioner_job_duration_seconds"
WAIT = "coder_provisioner_job_wait_seconds"
RATIO = "coder_provisioner_job_failure_ratio"
DEMAND = "coder_provisioner_demand"
QUEUE = 'queue="default",organization="default"'


def selector(quantile, job_type="workspace_build"):
    return f"queue=default,job_type={job_type},quantile={quantile}"


def completed(adapter, status, job_type="workspace_build"):
    name = f'coder_provisioner_jobs_completed_total{{{QUEUE},job_type="{job_type}",status="{status}"}}'
    return adapter.series().get(name)


class FakeJobs(FakeCoder):
    """A Coder whose jobs end when the test says so. Times are seconds from now, at the start."""

    def __init__(self):
        self.active, self.ended, self.asked_ids, self.ids_broken = {}, {}, [], False
        self.lock = threading.Lock()
        self.began = time.time()
        base = "/api/v2/organizations/default"
        super().__init__({base + "/provisionerdaemons": (200, "application/json", b"[]"), base + "/provisionerjobs": self.jobs})

    def jobs(self, path):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query)
        with self.lock:
            if "ids" not in query:
                return 200, "application/json", json.dumps(list(self.active.values())).encode()
            if self.ids_broken:
                return 500, "application/json", b'{"message":"Internal error fetching provisioner jobs."}'
            ids = query["ids"][0].split(",")
            self.asked_ids.append((time.monotonic(), ids, int(query["limit"][0])))
            found = [job for job in map(self.ended.get, ids) if job]
            return 200, "application/json", json.dumps(found).encode()

    def stamp(self, seconds):
        whole, fraction = divmod(self.began + seconds, 1)
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{int(fraction * 1e6):06}Z"

    def add(self, created, started=None, **more):
        job = {"id": str(uuid.uuid4()), "created_at": self.stamp(created), "type": "workspace_build",
               "tags": {"scope": "organization", "owner": ""}, "status": "pending", **more}
        if started is not None:
            job.update(started_at=self.stamp(started), status="running")
        with self.lock:
            self.active[job["id"]] = job
        return job["id"]

    def end(self, job_id, completed, status="succeeded", **more):
        with self.lock:
            job = self.active.pop(job_id)
            self.ended[job_id] = {**job, "completed_at": self.stamp(completed), "status": status, **more}


class Completions(IntegrationTest):
    """Jobs run for three poll intervals at least: what begins and ends between two polls is never seen."""

    def start_fake(self):
        coder = self.keep(FakeJobs())
        return coder, self.start_adapter(config_for(coder.url, self.folder))

    def test_durations_and_waits_of_a_run(self):
        emulator, adapter = self.start_pair()
        empty = adapter.read(DURATION, selector(0.5))
        self.assertEqual((empty.status, empty.json["items"]), (200, []))  # nothing to say is not zero
        emulator.arrive(organization="coder", count=12, duration="3s")
        emulator.arrive(organization="coder", count=3, duration="3500ms", type="template_version_import")
        wait_for("all have ended", lambda: emulator.state()["jobs"]["succeeded"] == 15)
        began = time.monotonic()
        wait_for("all are counted", lambda: completed(adapter, "succeeded") == 12 and completed(adapter, "succeeded", "template_version_import") == 3)
        self.assertLess(time.monotonic() - began, 3)  # a poll interval of a second, and its question
        for quantile in (0.5, 0.95, 0.99):
            self.assertAlmostEqual(adapter.total(DURATION, selector(quantile)), 3, delta=0.06)
            self.assertAlmostEqual(adapter.total(DURATION, selector(quantile, "template_version_import")), 3.5, delta=0.07)
        # Twelve on six provisioners: half of them waited for the other half.
        self.assertLess(adapter.total(WAIT, selector(0.5)), 0.01)
        self.assertAlmostEqual(adapter.total(WAIT, selector(0.95)), 3, delta=0.06)
        series = adapter.series()
        builds = f'{{{QUEUE},job_type="workspace_build"}}'
        self.assertAlmostEqual(series[f"{DURATION}_sum{builds}"], 36, delta=0.1)
        self.assertEqual(series[f"{DURATION}_count{builds}"], 12)
        self.assertEqual(series[f"{WAIT}_count{builds}"], 12)
        self.assertAlmostEqual(series[f'{DURATION}{{{QUEUE},job_type="workspace_build",quantile="0.95"}}'], 3, delta=0.06)
        self.assertEqual(series[f'adapter_lost_completions_total{{{QUEUE}}}'], 0)
        lint = subprocess.run(["promtool", "check", "metrics"], input=adapter.get("/metrics").body, capture_output=True)
        self.assertEqual((lint.returncode, lint.stdout, lint.stderr), (0, b"", b""))
        # Quantiles may not be added up.
        refused = adapter.read(DURATION, "queue=default,job_type=workspace_build")
        self.assertEqual(refused.status, 400)
        self.assertIn("quantile", refused.json["message"])

    def test_the_failure_ratio_needs_twenty_jobs(self):
        emulator, adapter = self.start_pair({"pools": [{"name": "default", "organization": "coder", "tags": {}, "replicas": 30, "startDelay": "0s"}]})
        emulator.arrive(organization="coder", count=14, duration="3s")
        emulator.arrive(organization="coder", count=5, duration="3s", outcome="failed")
        emulator.arrive(organization="coder", count=3, duration="3s", outcome="canceled")
        wait_for("22 are counted", lambda: [completed(adapter, s) for s in ("succeeded", "failed", "canceled", "reaped")] == [14, 5, 3, 0])
        self.assertEqual(adapter.read(RATIO, "job_type=workspace_build").json["items"], [])
        emulator.arrive(organization="coder", count=1, duration="3s")
        wait_for("a ratio", lambda: adapter.total(RATIO, "job_type=workspace_build") == 0.25)
        self.assertEqual(adapter.read(RATIO, "job_type=template_version_import").json["items"], [])

    def test_reaped_and_canceled_jobs_have_no_run_time(self):
        coder, adapter = self.start_fake()
        rows = [
            (coder.add(-1860), {"status": "failed", "started_at": coder.stamp(0), "error": "Build has been detected as pending for 30 minutes"}),
            (coder.add(-1000, -990), {"status": "failed", "error": "Build has been detected as hung for 5 minutes and has been terminated"}),
            (coder.add(-50), {"status": "canceled", "canceled_at": coder.stamp(0)}),
            (coder.add(-80, -60), {"status": "failed", "error": "terraform apply: exit status 1"}),
        ]
        wait_for("four are seen", lambda: adapter.total(DEMAND) == 4)
        for job, more in rows:
            coder.end(job, 0, **more)
        wait_for("all are counted", lambda: [completed(adapter, s) for s in ("reaped", "canceled", "failed")] == [2, 1, 1])
        builds = f'{{{QUEUE},job_type="workspace_build"}}'
        self.assertEqual(adapter.series()[f"{DURATION}_count{builds}"], 1)
        self.assertAlmostEqual(adapter.total(DURATION, selector(0.99)), 60, delta=1.2)
        self.assertEqual(adapter.series()[f"{WAIT}_count{builds}"], 2)  # the hung one and the failed one did start
        self.assertAlmostEqual(adapter.series()[f"{WAIT}_sum{builds}"], 30, delta=0.1)

    def test_the_emulators_reaper(self):
        """Emulated time runs 600 times as fast: what nobody takes is reaped after three seconds, the window slides in seven."""
        emulator, adapter = self.start_pair({"speed": 600})
        emulator.arrive(organization="coder", count=1, duration="30m")  # three seconds: no poll can miss it
        self.assertAlmostEqual(wait_for("a duration", lambda: adapter.total(DURATION, selector(0.5))), 1800, delta=36)
        emulator.call("PUT", "/emulator/pools/default/replicas", {"replicas": 0})
        emulator.arrive(organization="coder", count=1, duration="10m")
        wait_for("it is reaped", lambda: completed(adapter, "reaped") == 1)
        wait_for("the hour has gone by", lambda: adapter.read(DURATION, selector(0.5)).json["items"] == [], seconds=20)
        self.assertEqual(completed(adapter, "succeeded"), 1)  # a counter never falls

    def test_a_restart_keeps_the_true_start(self):
        emulator, adapter = self.start_pair()
        emulator.arrive(organization="coder", count=2, duration="6s")
        wait_for("they run", lambda: adapter.total("coder_provisioner_active_jobs") == 2)
        time.sleep(1)
        adapter.stop()
        adapter = self.start_adapter(config_for(emulator.url, self.folder))
        wait_for("they are counted", lambda: completed(adapter, "succeeded") == 2)
        self.assertAlmostEqual(adapter.total(DURATION, selector(0.5)), 6, delta=0.12)
        self.assertLess(adapter.total(WAIT, selector(0.99)), 0.01)

    def test_a_reload_keeps_what_is_known(self):
        emulator, adapter = self.start_pair()
        emulator.arrive(organization="coder", count=2, duration="3s")
        wait_for("two are counted", lambda: completed(adapter, "succeeded") == 2)
        emulator.arrive(organization="coder", count=1, duration="4s")
        wait_for("one runs", lambda: adapter.total("coder_provisioner_active_jobs") == 1)
        config = config_for(emulator.url, self.folder)
        config["serving"]["port"] = adapter.port
        config["queues"].insert(0, {"name": "gpu", "organization": "default", "tags": {"gpu": "a100"}, "namespace": "coder"})
        adapter.write_config(config)
        wait_for("the new queue", lambda: adapter.total(DEMAND, "queue=gpu") == 0)
        self.assertEqual(completed(adapter, "succeeded"), 2)
        wait_for("the third is counted", lambda: completed(adapter, "succeeded") == 3)
        self.assertAlmostEqual(adapter.total(DURATION, selector(0.99)), 4, delta=0.08)

    def test_many_end_at_once(self):
        """Batches of at most a hundred, a moment between them; the quantiles are within 2 % of the exact ones."""
        coder, adapter = self.start_fake()
        dice = random.Random(8)
        runs = [min(dice.lognormvariate(4, 0.7), 1500) for _ in range(950)]
        jobs = [coder.add(-1801, -1800) for _ in runs]
        wait_for("all are seen", lambda: adapter.total(DEMAND) == len(runs))
        for job, run in zip(jobs, runs):
            coder.end(job, run - 1800)
        wait_for("all are counted", lambda: completed(adapter, "succeeded") == len(runs))
        ordered = sorted(runs)
        for quantile in (0.5, 0.95, 0.99):
            exact = ordered[-int(-quantile * len(runs) // 1) - 1]  # nearest rank
            self.assertAlmostEqual(adapter.total(DURATION, selector(quantile)), exact, delta=0.02 * exact)
        self.assertEqual(sum(len(ids) for _, ids, _ in coder.asked_ids), len(runs))  # each once
        for _, ids, limit in coder.asked_ids:
            self.assertEqual(limit, len(ids))
            self.assertLessEqual(len(ids), 100)
        times = [at for at, _, _ in coder.asked_ids]
        for before, after in zip(times, times[1:]):
            self.assertGreater(after - before, 0.2)
        self.assertEqual(adapter.total(DEMAND), 0)

    def test_when_ended_jobs_cannot_be_read(self):
        """Durations go stale, with the reason; what the HPA scales on does not; nothing is lost."""
        coder, adapter = self.start_fake()
        jobs = [coder.add(-20, -15) for _ in range(3)]
        wait_for("three are seen", lambda: adapter.total(DEMAND) == 3)
        coder.ids_broken = True
        coder.end(jobs[0], -5)
        stale = wait_for("durations are stale", lambda: (lambda answer: answer if answer.status == 503 else None)(adapter.read(DURATION, selector(0.5))))
        for word in ("coder/default/completions", "500"):
            self.assertIn(word, stale.json["message"])
        self.assertEqual(adapter.total(DEMAND), 2)
        series = adapter.series()
        self.assertEqual(series['adapter_source_up{source="coder/default/completions"}'], 0)
        self.assertEqual(series['adapter_source_up{source="coder/default/jobs"}'], 1)
        self.assertFalse([name for name in series if name.startswith((DURATION, "coder_provisioner_jobs_completed_total"))])
        coder.end(jobs[1], -4)
        coder.ids_broken = False
        wait_for("both are counted", lambda: completed(adapter, "succeeded") == 2)
        self.assertAlmostEqual(adapter.total(DURATION, selector(0.99)), 11, delta=0.22)

    def test_what_coder_never_shows_is_lost(self):
        coder, adapter = self.start_fake()
        job = coder.add(-20, -15)
        wait_for("it is seen", lambda: adapter.total(DEMAND) == 1)
        with coder.lock:
            del coder.active[job]
        wait_for("it is counted as lost", lambda: adapter.series().get(f"adapter_lost_completions_total{{{QUEUE}}}") == 1)
        self.assertEqual(completed(adapter, "succeeded"), 0)
        self.assertEqual(len(coder.asked_ids), 5)


if __name__ == "__main__":
    unittest.main()
