"""The use of nodes read from Prometheus: a real one with a real node_exporter, and what Thanos and Mimir answer."""
import http.server
import json
import pathlib
import re
import ssl
import subprocess
import threading
import time
import unittest
import urllib.parse

from harness import IntegrationTest, Program, config_for, free_port, request, wait_for

GIB = 1 << 30


class FakeKube:
    """An API server with nodes, without pods, in JSON."""

    def __init__(self, *nodes):
        lists = {"/api/v1/nodes": [self.node(*node) for node in nodes], "/api/v1/pods": []}
        end = self.end = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                if url.path not in lists:
                    self.send_error(404)
                    return
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                if "watch=true" in url.query:
                    self.wfile.flush()
                    end.wait(60)
                else:
                    self.wfile.write(json.dumps({"metadata": {"resourceVersion": "1"}, "items": lists[url.path]}).encode())

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def node(name, cpu, memory):
        size = {"cpu": cpu, "memory": memory, "pods": "110"}
        return {"metadata": {"name": name, "labels": {"elastisys.io/node-group": "workers"}}, "spec": {},
                "status": {"capacity": size, "allocatable": size, "conditions": [{"type": "Ready", "status": "True"}]}}

    def kubeconfig(self, folder):
        path = pathlib.Path(folder) / "kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{self.server.server_address[1]}"}}],
            "users": [{"name": "u", "user": {}}]}))
        return str(path)

    def stop(self):
        self.end.set()
        self.server.shutdown()
        self.server.server_close()


class NodeUsageTest(IntegrationTest):
    def start(self, nodes, **prometheus):
        """An adapter that follows these nodes and asks Prometheus of them every five seconds."""
        config = config_for("http://127.0.0.1:1", self.folder)
        key, cert = pathlib.Path(self.folder) / "tls.key", pathlib.Path(self.folder) / "tls.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=t",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
        config["serving"].update(certFile=str(cert), keyFile=str(key))
        config["nodeGroups"] = {"usage": {"source": "prometheus", "interval": "5s", "prometheus": prometheus}, "history": {"path": ""}}
        kube = self.keep(FakeKube(*nodes))
        return self.start_adapter(config, args=("--kubeconfig", kube.kubeconfig(self.folder)))


def openmetrics(now):
    """Half an hour around now of a node with 2.5 of 4 cores busy and 6 of 8 GiB used, of a claim and of a disk of Ceph."""
    lines = []

    def series(name, value):
        lines.extend(f"{name} {value(at - now) if callable(value) else value} {at}" for at in range(now - 900, now + 900, 15))

    for cpu, busy in enumerate((1.0, 1.0, 0.5, 0.0)):
        for mode, share in (("user", busy), ("idle", 0.5 - busy / 2), ("iowait", 0.5 - busy / 2)):
            series(f'node_cpu_seconds_total{{node="w2",cpu="{cpu}",mode="{mode}"}}', lambda t, share=share: 5000 + share * t)
    series('node_memory_MemTotal_bytes{node="w2"}', 8 * GIB)
    series('node_memory_MemAvailable_bytes{node="w2"}', 2 * GIB)
    series('node_load1{node="w2"}', 6)
    volume = '{namespace="data",persistentvolumeclaim="db-0",node="w2"}'
    series("kubelet_volume_stats_capacity_bytes" + volume, 100 * GIB)
    series("kubelet_volume_stats_available_bytes" + volume, 25 * GIB)
    series('ceph_osd_stat_bytes{ceph_daemon="osd.3"}', 1000)
    series('ceph_osd_stat_bytes_used{ceph_daemon="osd.3"}', 640)
    series('node_filesystem_size_bytes{node="w2",mountpoint="/",fstype="ext4",device="a"}', 100)
    series('node_filesystem_avail_bytes{node="w2",mountpoint="/",fstype="ext4",device="a"}', 30)
    series('node_filesystem_readonly{node="w2",mountpoint="/",fstype="ext4",device="a"}', 0)
    return "\n".join([*lines, "# EOF", ""])


class RealPrometheus(NodeUsageTest):
    def start_prometheus(self, scrapes=()):
        folder, port = pathlib.Path(self.folder), free_port()
        config = folder / "prometheus.yml"
        config.write_text(json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": list(scrapes)}))
        self.keep(Program(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/tsdb",
                           f"--web.listen-address=127.0.0.1:{port}"], folder, "prometheus"))
        return f"http://127.0.0.1:{port}"

    def await_series(self, url, series):
        wait_for(f"{series} in Prometheus", lambda: request(f"{url}/api/v1/query?query={series}").json["data"]["result"], seconds=60)

    def test_the_queries_say_what_they_should(self):
        """On recorded series, whose values are known."""
        (pathlib.Path(self.folder) / "recorded.om").write_text(openmetrics(int(time.time())))
        subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", "recorded.om", "tsdb"], check=True, capture_output=True,
                       cwd=self.folder)
        url = self.start_prometheus()
        self.await_series(url, "node_load1")
        adapter = self.start((("w1", "4", "8Gi"), ("w2", "4", "8Gi")), url=url + "/")
        usage = 'node_cpu_usage_ratio{node="w2",node_group="workers",window="now"}'
        wait_for("the use of w2", lambda: usage in adapter.series())
        got = adapter.series()
        self.assertEqual(got[usage], 0.625)
        self.assertEqual(got['node_memory_usage_ratio{node="w2",node_group="workers",window="now"}'], 0.75)
        self.assertNotIn('node_cpu_usage_ratio{node="w1",node_group="workers",window="now"}', got)
        self.assertEqual(got['node_load1_per_cpu{node="w2"}'], 1.5)
        self.assertEqual(got['node_filesystem_used_ratio{node="w2",mountpoint="/"}'], 0.7)
        self.assertEqual(got['persistentvolumeclaim_used_ratio{namespace="data",persistentvolumeclaim="db-0"}'], 0.75)
        self.assertEqual(got['ceph_osd_used_ratio{ceph_daemon="osd.3"}'], 0.64)
        answer = adapter.read("persistentvolumeclaim_used_ratio", "namespace=data").json
        self.assertEqual([item["value"] for item in answer["items"]], ["750m"])
        for source in ("nodes", "load", "filesystems", "claims", "osds"):
            self.assertEqual(got[f'adapter_source_up{{source="prometheus/{source}"}}'], 1, source)

    def test_a_real_node_exporter(self):
        """It is scraped for seconds only, so that its cpu needs a query of one's own."""
        exporter = free_port()
        self.keep(Program(["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{exporter}"], self.folder, "exporter"))
        url = self.start_prometheus([
            {"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"], "labels": {"node": "w1"}}]}])
        self.await_series(url, "node_load1")
        adapter = self.start((("w1", "1000", "1Ti"),), url=url, queries={
            "node_cpu_usage": 'sum by (node) (rate(node_cpu_seconds_total{mode!="idle"}[10s]))', "ceph_osd_used_ratio": "this is no query"})
        usage = 'node_cpu_usage_ratio{node="w1",node_group="workers",window="now"}'
        wait_for("the use of w1", lambda: usage in adapter.series(), seconds=60)
        got = adapter.series()
        self.assertLess(got[usage], 1)
        self.assertGreater(got['node_memory_usage_ratio{node="w1",node_group="workers",window="now"}'], 0)
        self.assertIn('node_load1_per_cpu{node="w1"}', got)
        for name, value in got.items():
            if name.startswith("node_filesystem_used_ratio"):
                self.assertTrue(0 <= value <= 1, name)
        self.assertEqual(got['adapter_source_up{source="prometheus/claims"}'], 1)  # nothing found is no failure
        self.assertEqual(adapter.read("persistentvolumeclaim_used_ratio").json["items"], [])
        self.assertEqual(got['adapter_source_up{source="prometheus/osds"}'], 0)
        answer = adapter.read("ceph_osd_used_ratio")
        self.assertEqual(answer.status, 503)
        self.assertIn("bad_data", answer.json["message"])


    def test_every_other_query_on_what_is_scraped(self):
        """The load and the disks of this machine, and what the kubelet and Ceph expose, through a page of theirs."""
        (pathlib.Path(self.folder) / "others.prom").write_text(OTHERS)
        exporter = free_port()
        self.keep(Program(["prometheus-node-exporter", f"--web.listen-address=127.0.0.1:{exporter}",
                           f"--collector.textfile.directory={self.folder}"], self.folder, "exporter"))
        url = self.start_prometheus([
            {"job_name": "node", "static_configs": [{"targets": [f"127.0.0.1:{exporter}"], "labels": {"node": "w1"}}]}])
        self.await_series(url, "ceph_osd_stat_bytes")
        adapter = self.start((("w1", "1000", "1Ti"),), url=url)
        osd = 'ceph_osd_used_ratio{ceph_daemon="osd.7"}'
        wait_for("the disk of Ceph", lambda: osd in adapter.series(), seconds=60)
        got = adapter.series()
        self.assertEqual(got[osd], 0.125)
        self.assertEqual(got['persistentvolumeclaim_used_ratio{namespace="data",persistentvolumeclaim="db-0"}'], 0.6)
        self.assertEqual(got['persistentvolumeclaim_used_ratio{namespace="data",persistentvolumeclaim="db-1"}'], 0)
        self.assertNotIn('persistentvolumeclaim_used_ratio{namespace="data",persistentvolumeclaim="none"}', got)  # 0 of 0 bytes
        exposed = request(f"http://127.0.0.1:{exporter}/metrics").text
        cpus = len(set(re.findall(r'node_cpu_seconds_total{cpu="(\d+)"', exposed)))
        loads = request(f"{url}/api/v1/query?query=node_load1[5m]").json["data"]["result"][0]["values"]
        self.assertTrue(any(abs(got['node_load1_per_cpu{node="w1"}'] - float(load) / cpus) < 0.002 for _, load in loads), loads)
        self.assertEqual({name for name in got if name.startswith("node_filesystem_used_ratio")},
                         {f'node_filesystem_used_ratio{{node="w1",mountpoint="{mount}"}}' for mount in disks_of(exposed)})
        for source in ("load", "filesystems", "claims", "osds"):
            self.assertEqual(got[f'adapter_source_up{{source="prometheus/{source}"}}'], 1, source)


OTHERS = """kubelet_volume_stats_capacity_bytes{namespace="data",persistentvolumeclaim="db-0"} 1e+10
kubelet_volume_stats_available_bytes{namespace="data",persistentvolumeclaim="db-0"} 4e+09
kubelet_volume_stats_capacity_bytes{namespace="data",persistentvolumeclaim="db-1"} 1e+10
kubelet_volume_stats_available_bytes{namespace="data",persistentvolumeclaim="db-1"} 1e+10
kubelet_volume_stats_capacity_bytes{namespace="data",persistentvolumeclaim="none"} 0
kubelet_volume_stats_available_bytes{namespace="data",persistentvolumeclaim="none"} 0
ceph_osd_stat_bytes{ceph_daemon="osd.7"} 8e+12
ceph_osd_stat_bytes_used{ceph_daemon="osd.7"} 1e+12
"""


def disks_of(exposed):
    """Mount points of disks that can be written, by the exporter's own words."""
    read_only = re.findall(r'^node_filesystem_readonly{device="[^"]*",fstype="([^"]*)",mountpoint="([^"]*)"} (\S+)', exposed, re.M)
    others = re.compile("tmpfs|ramfs|overlay|squashfs|iso9660|autofs|nsfs|fuse.*|nfs.*|cifs")
    sized = set(re.findall(r'^node_filesystem_size_bytes{device="[^"]*",fstype="[^"]*",mountpoint="([^"]*)"} [1-9]', exposed, re.M))
    return {mount for kind, mount, flag in read_only if flag == "0" and mount in sized and not others.fullmatch(kind)}


def vector(**values):
    return {"status": "success", "data": {"resultType": "vector", "result": [
        {"metric": {"node": name.replace("_", "-")}, "value": [time.time(), str(value)]} for name, value in values.items()]}}


class Recorded(NodeUsageTest):
    """A Prometheus API of recorded answers, over TLS with a CA of its own."""

    def start_api(self, answer):
        folder = pathlib.Path(self.folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=api",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "api.key", "-out", folder / "api.crt"],
                       check=True, capture_output=True)
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                asked.append((self.path, self.headers, form))
                status, body = answer(self.headers, form)
                self.send_response(status)
                self.end_headers()
                self.wfile.write(body if isinstance(body, bytes) else json.dumps(body).encode())

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        server.handle_error = lambda *args: None  # the adapter may end in the middle of a handshake
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "api.crt", folder / "api.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.stack.callback(server.server_close)
        self.stack.callback(server.shutdown)
        (folder / "api-token").write_text("secret-of-the-test\n")
        return {"url": f"https://127.0.0.1:{server.server_address[1]}/prometheus", "caFile": str(folder / "api.crt"),
                "tokenFile": str(folder / "api-token")}

    def test_mimir_wants_a_tenant(self):
        def answer(headers, form):
            if headers.get("X-Scope-OrgID") != "team":
                return 401, b"no org id\n"
            return 200, vector(w1=4 if "memory" not in form["query"] else 1 << 33)

        where = self.start_api(answer)
        adapter = self.start((("w1", "8", "16Gi"),), **where)
        wait_for("the refusal is told", lambda: "does Mimir need the header X-Scope-OrgID?" in adapter.log())
        self.assertEqual(adapter.series()['adapter_source_up{source="prometheus/nodes"}'], 0)
        config = json.loads(adapter.config_path.read_text())
        config["nodeGroups"]["usage"]["prometheus"]["headers"] = {"X-Scope-OrgID": "team"}
        adapter.write_config(config)
        wait_for("the usage", lambda: adapter.series().get('node_group_cpu_usage_ratio{node_group="workers",window="now"}') == 0.5)
        path, headers, form = next(row for row in reversed(self.asked) if "start" not in row[2])
        self.assertEqual(path, "/prometheus/api/v1/query")
        self.assertEqual(headers["Authorization"], "Bearer secret-of-the-test")
        self.assertEqual(form["partial_response"], "false")
        self.assertNotIn("secret-of-the-test", adapter.log())

    def test_thanos_without_a_store_is_refused(self):
        whole = threading.Event()

        def answer(headers, form):
            body = vector(w1=4 if "memory" not in form["query"] else 1 << 33)
            if not whole.is_set():
                body["warnings"] = ["No StoreAPIs matched for this query: fetch series for {replica=\"1\"}: rpc error"]
            return 200, body

        adapter = self.start((("w1", "8", "16Gi"),), **self.start_api(answer))
        wait_for("the refusal is told", lambda: "the answer is partial" in adapter.log())
        self.assertNotIn('node_group_cpu_usage_ratio{node_group="workers",window="now"}', adapter.series())
        self.assertEqual(adapter.read("node_group_cpu_usage_ratio").status, 503)
        whole.set()
        wait_for("the usage", lambda: adapter.series().get('node_group_cpu_usage_ratio{node_group="workers",window="now"}') == 0.5)

    def test_without_a_file_the_past_comes_from_prometheus(self):
        """Twelve weeks of use that grow towards three quarters of 8 cores: the forecast need not wait for three weeks."""
        now = time.time()

        def answer(headers, form):
            if "start" not in form:
                return 200, vector(w1=5 if "memory" not in form["query"] else 1 << 33)
            hours = range(int(float(form["start"])), int(float(form["end"])) + 1, 3600)
            values = [[at, str(5 - 0.08 * (now - at) / 86400 + 0.3 * (at // 3600 % 24 > 12))] for at in hours if at > now - 84 * 86400]
            known = "node_cpu_seconds_total" in form["query"] and values
            return 200, {"status": "success", "data": {"resultType": "matrix", "result": [
                {"metric": {"label_elastisys_io_node_group": "workers"}, "values": values}] if known else []}}

        adapter = self.start((("w1", "8", "16Gi"),), **self.start_api(answer))
        series = 'node_group_seconds_to_threshold{node_group="workers",resource="cpu",threshold="0.75"}'
        wait_for("the forecast", lambda: adapter.series().get(series), seconds=60)
        self.assertTrue(7 * 86400 < adapter.series()[series] < 15 * 86400)

    def test_two_clusters_of_one_name_are_refused(self):
        body = vector(w1=4)
        body["data"]["result"] = [{"metric": {"node": "w1", "cluster": c}, "value": [time.time(), "1"]} for c in "ab"]
        adapter = self.start((("w1", "8", "16Gi"),), **self.start_api(lambda headers, form: (200, body)))
        wait_for("the refusal is told", lambda: "two series for node w1" in adapter.log())


if __name__ == "__main__":
    unittest.main()
