"""The history of node groups filled from a real Prometheus, and the report of a cluster with the past that Prometheus has."""
import json
import pathlib
import sqlite3
import subprocess
import time
import unittest

from harness import ADAPTER, IntegrationTest, Program, config_for, free_port, request, wait_for

GIB, DAY, STEP = 1 << 30, 86400, 600


def openmetrics(first, last):
    """Two workers of 4 cores, of which 1 and 0.5 are busy, and a third that is of no group."""
    lines = []

    def series(name, value):
        lines.extend(f"{name} {value(at - first) if callable(value) else value} {at}" for at in range(first, last, STEP))

    for node, busy, label in (("w1", 1.0, 'node="w1"'), ("w2", 0.5, 'instance="w2:9100"'), ("x", 0.25, 'node="x"')):
        group = ',label_elastisys_io_node_group="workers"' if node != "x" else ""
        series(f'node_cpu_seconds_total{{{label},cpu="0",mode="user"}}', lambda t, busy=busy: busy * t)
        series(f'node_cpu_seconds_total{{{label},cpu="0",mode="idle"}}', lambda t, busy=busy: (1 - busy) * t)
        series(f"node_memory_MemTotal_bytes{{{label}}}", 8 * GIB)
        series(f"node_memory_MemAvailable_bytes{{{label}}}", 6 * GIB)
        series(f'kube_node_labels{{node="{node}"{group}}}', 1)
        for resource, amount in (("cpu", 4), ("memory", 8 * GIB)):
            series(f'kube_node_status_capacity{{node="{node}",resource="{resource}"}}', amount)
            series(f'kube_node_status_allocatable{{node="{node}",resource="{resource}"}}', amount)
        series(f'kube_node_status_condition{{node="{node}",condition="Ready",status="true"}}', 1)
        series(f'kube_pod_container_resource_requests{{node="{node}",namespace="a",pod="p",container="c",resource="cpu"}}', 1.5)
    return "\n".join([*lines, "# EOF", ""])


class Backfill(IntegrationTest):
    def configure(self, port):
        config = config_for("http://127.0.0.1:1", self.folder)
        config["nodeGroups"] = {"usage": {"source": "prometheus", "prometheus": {"url": f"http://127.0.0.1:{port}"}},
                                "history": {"path": f"{self.folder}/history.db"}, "dataServices": ["db"]}
        self.config = pathlib.Path(self.folder) / "config.yaml"
        self.config.write_text(json.dumps(config))

    def start_prometheus(self):
        folder, port = pathlib.Path(self.folder), free_port()
        self.last = int(time.time()) // 3600 * 3600
        (folder / "past.om").write_text(openmetrics(self.last - 4 * DAY, self.last + 1))
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "past.om", "tsdb"], check=True, capture_output=True, cwd=folder)
        (folder / "prometheus.yml").write_text("{}")
        self.keep(Program(["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
                           f"--web.listen-address=127.0.0.1:{port}"], folder, "prometheus"))
        wait_for("Prometheus", lambda: request(f"http://127.0.0.1:{port}/-/ready").status == 200, seconds=60)
        self.configure(port)

    def run_adapter(self, *args):
        return subprocess.run([ADAPTER, *args], capture_output=True, text=True, timeout=120)

    def hours(self):
        with sqlite3.connect(f"file:{self.folder}/history.db?mode=ro", uri=True) as db:
            rows = db.execute("SELECT series.name, bucket.step * 3600000, bucket.mean, bucket.covered_ms FROM bucket JOIN series ON series.id = bucket.series"
                              " WHERE bucket.tier = 1").fetchall()
        return {(name, start): (mean, covered) for name, start, mean, covered in rows}

    def test_a_history_is_filled_and_a_report_made_of_it(self):
        self.start_prometheus()
        self.check_report()  # before there is a file: from Prometheus itself
        self.check_backfill()
        self.check_report()

    def check_backfill(self):
        done = self.run_adapter("backfill", "--config", str(self.config), "--range", "3d")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        got = self.hours()
        at = (self.last - DAY) * 1000
        expected = {"cpu/use": 1500, "memory/use": 4 * GIB, "cpu/capacity": 8000, "memory/capacity": 16 * GIB, "cpu/requests": 3000,
                    "cpu/line": 4000, "memory/line": 8 * GIB, "nodes/ready": 2}
        self.assertEqual({name: got.get((f"workers/{name}", at)) for name in expected}, {name: (value, 3600000) for name, value in expected.items()})
        self.assertEqual(got[("(none)/cpu/use", at)][0], 250)
        self.assertIn(len([key for key in got if key[0] == "workers/cpu/use"]), range(2 * 24, 3 * 24 + 1))
        again = self.run_adapter("backfill", "--config", str(self.config), "--range", "3d")
        self.assertEqual(again.returncode, 0)
        self.assertEqual(self.hours(), got)

    def check_report(self):
        size = {"cpu": "4", "memory": "8Gi", "pods": "110"}
        nodes = [{"kind": "Node", "metadata": {"name": name, "labels": {"elastisys.io/node-group": group}}, "spec": {},
                  "status": {"capacity": size, "allocatable": size, "conditions": [{"type": "Ready", "status": "True"}]}}
                 for name, group in (("w1", "workers"), ("w2", "workers"), ("d1", "db"))]
        cluster = pathlib.Path(self.folder) / "cluster.json"
        cluster.write_text(json.dumps({"kind": "List", "items": nodes}))
        done = self.run_adapter("capacity", "--from", str(cluster), "--config", str(self.config), "--format", "html")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("N-1 line", done.stdout)
        report = json.loads(self.run_adapter("capacity", "--from", str(cluster), "--config", str(self.config), "--format", "json").stdout)
        groups = {group["name"]: group for group in report["nodeGroups"]}
        self.assertEqual(groups["db"]["resilience"], [])  # a data service
        self.assertNotEqual(groups["workers"]["resilience"], [])

    def test_nobody_answers(self):
        self.configure(free_port())
        done = self.run_adapter("backfill", "--config", str(self.config))
        self.assertEqual(done.returncode, 1)
        self.assertIn("backfill: POST http://127.0.0.1", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
