"""rightsize on a real Prometheus, loaded with series of the shape of cAdvisor, kube-state-metrics and the adapter; and on metrics.k8s.io."""
import datetime
import http.server
import json
import pathlib
import subprocess
import threading
import time
import unittest

from harness import ADAPTER, IntegrationTest, Program, free_port, request, wait_for

MIB = 1024 * 1024
STEP = 30
SPAN = 3 * 3600  # before the change, and after it


class Series:
    """Samples of one moment after the other, as OpenMetrics."""

    def __init__(self):
        self.lines = {}

    def add(self, name, labels, at, value):
        text = ",".join(f'{key}="{label}"' for key, label in labels.items())
        self.lines.setdefault(name, []).append(f"{name}{{{text}}} {value} {at}")

    def write(self, path):
        path.write_text("\n".join(f"# TYPE {name} unknown\n" + "\n".join(lines) for name, lines in self.lines.items()) + "\n# EOF\n")


def is_busy(at):
    """A build of four minutes begins every ten."""
    return at % 600 < 240


def add_pod(series, pod, sizes, span, kills):
    """A provisioner at the edge of what it may use: while it builds it takes all of its cpu limit, and when that is half a core it waits
    for most of it."""
    cores, memory = sizes
    container = {"namespace": "coder", "pod": pod, "container": "coder"}
    used = periods = throttled = 0.0
    for at in range(*span, STEP):
        busy = is_busy(at)
        used += STEP * (min(cores, 0.8) if busy else 0.01)
        periods += STEP * 10 if busy else 1
        throttled += STEP * 6 if busy and cores < 0.8 else 0
        killed = sum(1 for kill in kills if kill <= at)
        working = min(memory, 700 * MIB) * (0.97 if busy else 0.25)
        series.add("container_cpu_usage_seconds_total", {**container, "cpu": "total", "id": f"/kubepods/{pod}"}, at, f"{used:.3f}")
        series.add("container_cpu_cfs_periods_total", container, at, f"{periods:.0f}")
        series.add("container_cpu_cfs_throttled_periods_total", container, at, f"{throttled:.0f}")
        series.add("container_memory_working_set_bytes", container, at, f"{working:.0f}")
        series.add("container_oom_events_total", container, at, killed)
        series.add("kube_pod_container_status_restarts_total", container, at, killed)
        if killed:
            series.add("kube_pod_container_status_last_terminated_reason", {**container, "reason": "OOMKilled"}, at, 1)
        for resource, size in (("cpu", cores), ("memory", memory)):
            unit = {"cpu": "core", "memory": "byte"}[resource]
            for kind in ("requests", "limits"):
                series.add(f"kube_pod_container_resource_{kind}", {**container, "resource": resource, "unit": unit}, at, size)


def add_builds(series, start, changed, end):
    """Two replicas of the adapter export the same: a build takes 200 s before and 100 s after."""
    for replica in ("10.0.0.1:6443", "10.0.0.2:6443"):
        labels = {"queue": "default", "organization": "default", "job_type": "workspace_build", "instance": replica}
        count = seconds = 0
        for at in range(start, end, STEP):
            if at % 300 < STEP:
                count, seconds = count + 1, seconds + (200 if at < changed else 100)
            series.add("coder_provisioner_job_duration_seconds_count", labels, at, count)
            series.add("coder_provisioner_job_duration_seconds_sum", labels, at, seconds)
            series.add("coder_provisioner_job_duration_seconds", {**labels, "quantile": "0.95"}, at, 260 if at < changed else 120)


class Rightsize(IntegrationTest):
    def run_rightsize(self, *args, code=0):
        done = subprocess.run([ADAPTER, "rightsize", *args], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def test_the_command_line(self):
        for args in (["--range", "1m"], ["--workload", "pod/x"], ["--workload", "deployment/a\"b"], ["--changed", "tomorrow"], ["--changed", "1m"],
                     ["--format", "xml"], ["--namespace", "a b"], ["--prometheus", "http://127.0.0.1:1", "--kubeconfig", "x"],
                     ["--changed", "3d", "--kubeconfig", "x"]):
            with self.subTest(args):
                self.assertEqual(len(self.run_rightsize(*args, code=2).splitlines()), 1)
        self.assertIn("connect", self.run_rightsize("--prometheus", f"http://127.0.0.1:{free_port()}", code=1))

    def start_prometheus(self, series):
        folder = pathlib.Path(self.folder)
        series.write(folder / "series.txt")
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet", folder / "series.txt", folder / "tsdb"],
                       check=True, capture_output=True)
        (folder / "prometheus.yml").write_text("global: {}\n")
        port = free_port()
        self.keep(Program(["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
                           "--storage.tsdb.retention.time=30d", f"--web.listen-address=127.0.0.1:{port}"], self.folder, "prometheus"))
        wait_for("prometheus is ready", lambda: request(f"http://127.0.0.1:{port}/-/ready").status == 200)
        return f"http://127.0.0.1:{port}"

    def test_before_and_after_on_a_real_prometheus(self):
        now = int(time.time()) // STEP * STEP
        changed, series = now - SPAN, Series()
        small, large = (0.5, 512 * MIB), (1, 1024 * MIB)
        for pod in ("coder-provisioner-default-5f6b7c8d9-abcde", "coder-provisioner-default-5f6b7c8d9-fghij"):
            add_pod(series, pod, small, (changed - SPAN, changed), [changed - 3000])
        for pod in ("coder-provisioner-default-7c9d8b6f5-klmno", "coder-provisioner-default-7c9d8b6f5-pqrst"):
            add_pod(series, pod, large, (changed + STEP, now), [])
        # Another pool, whose name begins in the same way, and another container of the same pod: neither may count.
        add_pod(series, "coder-provisioner-default-big-5f6b7c8d9-abcde", (16, 64 * 1024 * MIB), (changed, now), [changed + 600])
        add_pod(series, "coder-provisioner-demo-5f6b7c8d9-abcde", small, (changed, now), [changed + 600])
        add_builds(series, changed - SPAN, changed, now)
        url = self.start_prometheus(series)
        when = datetime.datetime.fromtimestamp(changed, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        args = ("--prometheus", url, "--queue", "default", "--range", "3h", "--changed", when)
        pool, = json.loads(self.run_rightsize(*args, "--format", "json"))["pools"]
        before, after = pool["before"], pool["figures"]
        for found, cores, memory in ((before, 0.5, 512), (after, 1, 1024)):
            self.assertEqual((found["pods"], found["cpuRequest"], found["cpuLimit"]), (2, cores, cores))
            self.assertEqual((found["memoryRequest"], found["memoryLimit"]), (memory * MIB, memory * MIB))
            self.assertAlmostEqual(found["cpuPeak"], min(cores, 0.8), delta=0.05)
            self.assertAlmostEqual(found["cpuP95"], min(cores, 0.8), delta=0.05)
        self.assertAlmostEqual(before["throttledShare"], 0.6, delta=0.05)
        self.assertEqual(after["throttledShare"], 0)
        self.assertEqual((before["oomEvents"], before["oomRestarts"]), (2, 2))
        self.assertEqual((after["oomEvents"], after["oomRestarts"]), (0, 0))
        self.assertAlmostEqual(before["jobMeanSeconds"], 200, delta=5)
        self.assertAlmostEqual(after["jobMeanSeconds"], 100, delta=5)
        self.assertEqual((before["jobP95Seconds"], after["jobP95Seconds"]), (260, 120))
        self.assertAlmostEqual(after["jobs"], SPAN / 300, delta=2)
        self.assertEqual(pool["cpu"]["verdict"], "keep", pool["cpu"])
        page = self.run_rightsize(*args)
        self.assertIn("OOM kills: 2 before, 0 after.", page)
        self.assertRegex(page, r"A build took \d+ s on average before, \d+ s after: (49|50|51) % less\.")
        self.check_advice(url, changed, now)

    def check_advice(self, url, changed, now):
        """A pool that was always too small is told so; one that changed within the span is not judged by a mixture."""
        config = pathlib.Path(self.folder) / "config.yaml"
        token = pathlib.Path(self.folder) / "prometheus-token"
        token.write_text("no-worth\n")
        queues = [{"name": name, "organization": name, "namespace": "coder",
                   "workload": {"kind": "Deployment", "name": f"coder-provisioner-{name}"}} for name in ("default", "demo")]
        config.write_text(json.dumps({
            "coder": {"url": "http://127.0.0.1:1", "tokenFile": "/nonexistent"}, "queues": queues,
            "nodeGroups": {"usage": {"source": "prometheus", "prometheus": {"url": url, "tokenFile": str(token)}}}}))
        default, demo = json.loads(self.run_rightsize("--config", str(config), "--range", "7h", "--format", "json"))["pools"]
        self.assertIsNone(default["before"])
        self.assertGreater(default["figures"]["jobs"], 60)  # the queue is known from the configuration
        self.assertEqual(default["figures"]["resized"], 2)
        self.assertEqual((default["cpu"]["verdict"], default["memory"]["verdict"]), ("unknown", "unknown"))
        self.assertIn("--changed", default["cpu"]["why"])
        self.assertEqual((demo["cpu"]["verdict"], demo["cpu"]["request"], demo["cpu"]["limit"]), ("raise", 1, 1))
        self.assertEqual((demo["memory"]["verdict"], demo["memory"]["request"], demo["memory"]["limit"]), ("raise", 1024 * MIB, 1024 * MIB))
        page = self.run_rightsize("--config", str(config), "--range", "7h")
        self.assertIn("kubectl set resources deployment coder-provisioner-demo --namespace coder --containers=coder"
                      " --requests=cpu=1,memory=1Gi --limits=cpu=1,memory=1Gi", page)
        nothing, = json.loads(self.run_rightsize("--prometheus", url, "--workload", "statefulset/other", "--format", "json"))["pools"]
        self.assertEqual(nothing["cpu"]["verdict"], "unknown")
        self.assertEqual({value for key, value in nothing["figures"].items()}, {None})
        self.assertIn("No such pod was seen", self.run_rightsize("--prometheus", url, "--workload", "statefulset/other"))

    def test_a_moment_of_the_cluster(self):
        def pod(name, cpu, memory, killed=False):
            size = {"cpu": cpu, "memory": memory}
            ended = {"terminated": {"reason": "OOMKilled", "exitCode": 137}} if killed else {}
            return {"metadata": {"name": name}, "spec": {"containers": [
                {"name": "istio-proxy", "resources": {"requests": {"cpu": "4"}}}, {"name": "coder", "resources": {"requests": size, "limits": size}}]},
                "status": {"containerStatuses": [{"name": "coder", "lastState": ended}]}}

        def use(name, cpu, memory):
            return {"metadata": {"name": name}, "containers": [{"name": "coder", "usage": {"cpu": cpu, "memory": memory}}]}

        one, two = "coder-provisioner-default-5f6b7c8d9-abcde", "coder-provisioner-default-5f6b7c8d9-fghij"
        answers = {
            "/api/v1/namespaces/coder/pods": {"items": [pod(one, "500m", "512Mi", killed=True), pod(two, "500m", "512Mi"),
                                                         pod("coder-0", "8", "32Gi", killed=True)]},
            "/apis/metrics.k8s.io/v1beta1/namespaces/coder/pods": {"items": [use(one, "480m", "400Mi"), use(two, "20m", "120Mi")]},
        }

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps(answers[self.path]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.stack.callback(server.server_close)
        self.stack.callback(server.shutdown)
        kubeconfig = pathlib.Path(self.folder) / "kubeconfig"
        kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "x", "users": [{"name": "x", "user": {}}],
            "clusters": [{"name": "x", "cluster": {"server": f"http://127.0.0.1:{server.server_address[1]}"}}],
            "contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}]}))
        pool, = json.loads(self.run_rightsize("--kubeconfig", str(kubeconfig), "--format", "json"))["pools"]
        self.assertEqual(pool["figures"]["pods"], 2)
        self.assertEqual(pool["figures"]["oomRestarts"], 1)
        self.assertEqual((pool["memory"]["verdict"], pool["memory"]["limit"]), ("raise", 1024 * MIB))
        self.assertEqual((pool["cpu"]["verdict"], pool["cpu"]["limit"]), ("raise", 0.6))
        self.assertIn("kubectl set resources deployment coder-provisioner-default", self.run_rightsize("--kubeconfig", str(kubeconfig)))


if __name__ == "__main__":
    unittest.main()
