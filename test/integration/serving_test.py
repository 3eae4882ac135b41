"""What a ready adapter serves, read as kubectl, the HPA and Prometheus read it."""
import pathlib
import re
import subprocess
import unittest

from harness import API, IntegrationTest, wait_for

TOP = pathlib.Path(__file__).resolve().parents[2]

JOB = {"organization": "coder", "duration": "10m"}


class Serving(IntegrationTest):
    def test_an_idle_queue_serves_zero_and_not_an_empty_list(self):
        _, adapter = self.start_pair()
        for metric in ("queue_depth", "active_jobs", "demand", "oldest_pending_seconds"):
            self.assertEqual(adapter.total(f"coder_provisioner_{metric}", "queue=default"), 0, metric)
        self.assertEqual(adapter.total("coder_provisioner_daemons", "queue=default,status=idle"), 6)
        self.assertEqual(adapter.total("coder_provisioner_daemons", "queue=default,status=busy"), 0)
        self.assertEqual(adapter.total("coder_provisioner_utilization_ratio"), 0)

    def test_a_workshop_is_counted(self):
        emulator, adapter = self.start_pair()
        emulator.arrive(count=20, **JOB)
        wait_for("all 20 are seen", lambda: adapter.total("coder_provisioner_demand") == 20)
        wait_for("six run", lambda: adapter.total("coder_provisioner_active_jobs", "queue=default") == 6)
        self.assertEqual(adapter.total("coder_provisioner_queue_depth", "queue in (default),job_type=workspace_build"), 14)
        self.assertEqual(adapter.total("coder_provisioner_queue_depth", "job_type!=workspace_build"), 0)
        self.assertEqual(adapter.total("coder_provisioner_queue_depth", "initiator=prebuild"), 0)
        wait_for("the next list of daemons", lambda: adapter.total("coder_provisioner_daemons", "status=busy") == 6)
        self.assertEqual(adapter.total("coder_provisioner_utilization_ratio"), 1)
        wait_for("the oldest has an age", lambda: adapter.total("coder_provisioner_oldest_pending_seconds") > 1)

    def test_prebuilds_are_told_apart(self):
        emulator, adapter = self.start_pair()
        emulator.arrive(count=8, **JOB)
        emulator.arrive(count=3, initiator="prebuild", **JOB)
        wait_for("prebuilds wait", lambda: adapter.total("coder_provisioner_queue_depth", "initiator=prebuild") == 3)
        self.assertEqual(adapter.total("coder_provisioner_queue_depth", "initiator=user"), 2)

    def test_a_job_that_nothing_can_run_is_unserved_and_no_demand(self):
        emulator, adapter = self.start_pair()
        emulator.arrive(count=2, tags={"gpu": "a100"}, **JOB)
        read = lambda: adapter.total("coder_provisioner_unserved_jobs", "organization=default", namespace="anywhere")
        wait_for("two are unserved", lambda: read() == 2)
        self.assertEqual(adapter.total("coder_provisioner_demand"), 0)
        item = adapter.read("coder_provisioner_unserved_jobs").json["items"][0]
        self.assertEqual(item["metricLabels"], {"organization": "default", "tags": "gpu=a100"})

    def test_the_form_of_an_answer(self):
        _, adapter = self.start_pair()
        answer = adapter.read("coder_provisioner_demand", "queue=default")
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        document = answer.json
        self.assertEqual(document["kind"], "ExternalMetricValueList")
        self.assertEqual(document["apiVersion"], "external.metrics.k8s.io/v1beta1")
        item = document["items"][0]
        self.assertEqual(item["metricName"], "coder_provisioner_demand")
        self.assertEqual(item["metricLabels"], {"queue": "default", "organization": "default"})
        self.assertRegex(item["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(item["value"], "0")

    def test_errors_are_status_documents(self):
        _, adapter = self.start_pair()
        rows = [
            (f"{API}/namespaces/coder/no_such_metric", 404, "NotFound"),
            (f"{API}/namespaces/coder/coder_provisioner_daemons", 400, "BadRequest"),
            (f"{API}/namespaces/coder/coder_provisioner_demand?labelSelector=a%20b", 400, "BadRequest"),
            (f"{API}/namespaces/coder/coder_provisioner_demand?watch=true", 405, "MethodNotAllowed"),
            ("/no/such/path", 404, "NotFound"),
        ]
        for path, code, reason in rows:
            with self.subTest(path=path):
                answer = adapter.get(path)
                self.assertEqual((answer.status, answer.json["code"], answer.json["reason"]), (code, code, reason))
                self.assertEqual(answer.json["kind"], "Status")
                self.assertNotIn("Retry-After", answer.headers)
        message = adapter.read("coder_provisioner_daemons").json["message"]
        for word in ("status", "idle", "busy", "offline"):
            self.assertIn(word, message)
        self.assertEqual(adapter.get(f"{API}/namespaces/coder/coder_provisioner_demand", method="DELETE").status, 405)

    def test_namespaces_keep_queues_apart(self):
        _, adapter = self.start_pair()
        answer = adapter.read("coder_provisioner_demand", namespace="other")
        self.assertEqual((answer.status, answer.json["items"]), (200, []))

    def test_metric_names_in_any_case(self):
        _, adapter = self.start_pair()
        self.assertEqual(adapter.total("Coder_Provisioner_Demand"), 0)

    def test_discovery_lists_each_metric(self):
        _, adapter = self.start_pair()
        for path in (API, API + "/"):
            resources = {resource["name"]: resource for resource in adapter.get(path).json["resources"]}
            demand = resources["coder_provisioner_demand"]
            self.assertEqual(demand["kind"], "CoderProvisionerDemand")
            self.assertEqual(demand["shortNames"], ["cpd"])
            self.assertEqual(demand["verbs"], ["get"])
            self.assertTrue(demand["namespaced"])
            self.assertFalse([name for name in resources if name.startswith("adapter_")])
            kinds = [resource["kind"] for resource in resources.values()]
            self.assertEqual(len(kinds), len(set(kinds)))

    def test_health(self):
        _, adapter = self.start_pair()
        for path in ("/healthz", "/livez", "/readyz"):
            self.assertEqual((adapter.get(path).status, adapter.get(path).text), (200, "ok"))
        verbose = adapter.get("/readyz?verbose").text
        self.assertIn("[+]", verbose)
        self.assertTrue(verbose.rstrip().endswith("readyz check passed"))
        self.assertIn("gitVersion", adapter.get("/version").json)

    def test_exposition_is_clean_and_true(self):
        emulator, adapter = self.start_pair()
        emulator.arrive(count=9, **JOB)
        wait_for("nine are seen", lambda: adapter.total("coder_provisioner_demand") == 9)
        series = adapter.series()
        self.assertEqual(series['coder_provisioner_demand{queue="default",organization="default"}'], 9)
        self.assertEqual(series['adapter_source_up{source="coder/default/jobs"}'], 1)
        lint = subprocess.run(["promtool", "check", "metrics"], input=adapter.get("/metrics").body, capture_output=True)
        self.assertEqual((lint.returncode, lint.stdout, lint.stderr), (0, b"", b""))

    def test_every_family_of_metrics_is_documented(self):
        _, adapter = self.start_pair()
        adapter.total("coder_provisioner_demand")  # so that requests were counted
        lines = adapter.get("/metrics").text.splitlines()
        page = (TOP / "docs/metrics.md").read_text()
        families = [line.split(" ", 3)[2:] for line in lines if line.startswith("# HELP ")]
        types = dict(line.split()[2:] for line in lines if line.startswith("# TYPE "))
        self.assertGreater(len(families), 50)
        for name, told in families:
            with self.subTest(name):
                kind = f" {types[name]} \\|.*" if name.startswith("adapter_") else ".*"
                self.assertTrue(re.search(rf"(?m)^\| `{name}` \|{kind}\| {re.escape(told)} \|$", page), "docs/metrics.md has no row for it")


if __name__ == "__main__":
    unittest.main()
