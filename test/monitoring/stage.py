"""stage.py - everything that monitoring needs, on loopback: Coder (the emulator) with provisioners that build, the adapter, a cluster, a real
node_exporter, the series of other exporters, and a real Prometheus with the shipped rules and a past.

HISTORY_WRITER in the environment names test/unit/nodegroup/history_writer.c as built; the rest as in test/integration/harness.py.
"""
import json
import os
import pathlib
import subprocess
import time
import urllib.parse

import cluster
import past
from harness import TOKEN, Adapter, Emulator, Program, config_for, free_port, request, scenario_of, wait_for

TOP = pathlib.Path(__file__).resolve().parents[2]
RULES = sorted((TOP / "manifests/alerts").glob("*.rules.yaml"))
EVERY = "2s"  # a rule that ships with a minute or an hour is evaluated so often


class Stage:
    """test: an IntegrationTest, which stops what is started here."""

    def __init__(self, test, more_past=()):
        self.test, self.folder, self.now = test, pathlib.Path(test.folder), int(time.time())
        self.more_past = more_past
        self.start_coder()
        self.exporters = test.keep(cluster.Exporters())
        self.adapter = self.start_adapter(test.keep(cluster.api_server()).url)
        self.node_exporter_port = free_port()
        test.keep(Program(["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{self.node_exporter_port}"], self.folder, "node_exporter"))
        self.port = free_port()
        self.start_prometheus()

    def start_coder(self):
        pools = [{"name": "default", "organization": "coder", "tags": {}, "replicas": 6, "startDelay": "0s"},
                 {"name": "idle", "organization": "coder", "tags": {"pool": "idle"}, "replicas": 2, "startDelay": "0s"},
                 {"name": "theirs", "organization": "coder", "tags": {"team": "theirs"}, "replicas": 1, "startDelay": "0s"}]
        self.emulator = self.test.keep(Emulator(self.folder, scenario_of(pools=pools)))

    def start_adapter(self, cluster_url):
        certificate, key = self.folder / "tls.crt", self.folder / "tls.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "60",
                        "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c", "users": [{"name": "u", "user": {"token": TOKEN}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "coder"}}],
            "clusters": [{"name": "c", "cluster": {"server": cluster_url}}]}))
        history = self.folder / "history.db"
        past.fill_history(os.environ["HISTORY_WRITER"], str(history), self.now)
        config = config_for(self.emulator.url, self.folder)
        config["serving"] |= {"certFile": str(certificate), "keyFile": str(key)}
        config["queues"].append({"name": "idle", "organization": "default", "namespace": "coder", "tags": {"pool": "idle"},
                                 "replicas": {"min": 1, "max": 4}})
        config["nodeGroups"] = {"usage": {"interval": "5s"}, "history": {"path": str(history)}, "resilience": "zone"}
        return self.test.keep(Adapter(self.folder, config, args=("--kubeconfig", str(kubeconfig))))

    def start_prometheus(self):
        data = self.folder / "tsdb"
        past.backfill(self.folder, data, self.now, self.more_past)
        rules = []
        for path in RULES:
            text = path.read_text().replace("interval: 1m\n", f"interval: {EVERY}\n").replace("interval: 1h\n", f"interval: {EVERY}\n")
            (self.folder / path.name).write_text(text)
            rules.append(str(self.folder / path.name))
        adapter = {"job_name": "coder-metrics-adapter", "scheme": "https", "tls_config": {"insecure_skip_verify": True},
                   "static_configs": [{"targets": [f"127.0.0.1:{self.adapter.port}"]}]}
        nodes = {"job_name": "node-exporter", "static_configs": [{"targets": [f"127.0.0.1:{self.node_exporter_port}"], "labels": {"node": "w1"}}]}
        others = {"job_name": "others", "honor_labels": True, "static_configs": [{"targets": [f"127.0.0.1:{self.exporters.port}"]}]}
        config = self.folder / "prometheus.yml"
        config.write_text(json.dumps({"global": {"scrape_interval": "1s", "evaluation_interval": EVERY}, "rule_files": rules,
                                      "scrape_configs": [adapter, nodes, others]}))
        self.prometheus = self.test.keep(Program(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={data}", f"--web.listen-address=127.0.0.1:{self.port}",
             "--storage.tsdb.retention.time=300d"], self.folder, "prometheus"))
        wait_for("Prometheus is ready", lambda: request(f"http://127.0.0.1:{self.port}/-/ready").status == 200, seconds=60)

    def get(self, path, **parameters):
        answer = request(f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=60)
        told = answer.json
        if told["status"] != "success":
            raise AssertionError(f"{path} {parameters}: {told.get('error')}")
        return told["data"]

    def ask(self, expression):
        return self.get("query", query=expression)["result"]

    def ask_range(self, expression, start, end, step):
        return self.get("query_range", query=expression, start=start, end=end, step=step)["result"]

    def build(self, **arrival):
        self.emulator.arrive(**{"organization": "coder", "duration": "3s", **arrival})

    def play(self):
        """Builds that end, well and badly; jobs that nobody, or somebody else, can run; then more than the queue can hold."""
        self.build(count=20)
        self.build(count=6, outcome="failed")
        self.build(count=2, tags={"gpu": "a100"}, duration="30m")
        self.build(count=3, tags={"team": "theirs"}, duration="30m")
        completed = 'sum(max by (queue, job_type, status) (coder_provisioner_jobs_completed_total{status=~"succeeded|failed"}))'
        wait_for("26 builds have ended", lambda: value(self.ask(completed)) == 26, seconds=120)
        self.build(count=30, duration="30m")
        for _ in range(5):
            if self.adapter.total("coder_provisioner_desired_replicas", "queue=default") is None:
                raise AssertionError("the adapter answers the HPA with no number")
            time.sleep(1)


def value(result):
    return float(result[0]["value"][1]) if result else None


def panels(name):
    """(title, panel) of a dashboard, rows left out."""
    return [panel for panel in json.loads((TOP / "manifests/dashboards" / f"{name}.json").read_text())["panels"] if panel["type"] != "row"]


def filled(expression):
    """As Grafana sends it when All is chosen everywhere."""
    for name, text in (("$cluster", ".*"), ("$queue", ".*"), ("$group", ".*"), ("$__rate_interval", "30s")):
        expression = expression.replace(name, text)
    return expression
