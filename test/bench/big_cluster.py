"""big_cluster - an API server of nothing but nodes and pods, in protobuf pages, as large as is asked for.

Objects have what real ones have (probes, mounts, conditions, managedFields: 5.3 kB a pod, 8 kB a node), so that skipping costs what it costs.
Made page by page; nothing is kept. POST /bench/events?n=N sends N changes of pods to whoever watches them.
"""
import http.server
import json
import threading
import time
import urllib.parse


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def field(number, content):
    """A text, bytes, a whole number, or a list of ready fields (a message)."""
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    if isinstance(content, str):
        content = content.encode()
    if isinstance(content, (list, tuple)):
        content = b"".join(content)
    return varint(number << 3 | 2) + varint(len(content)) + content


def entry(number, key, value):
    return field(number, [field(1, key), field(2, value)])


def quantities(number, **amounts):
    return b"".join(field(number, [field(1, k), field(2, field(1, v))]) for k, v in amounts.items())


def envelope(kind, raw):
    return b"k8s\0" + field(1, [field(1, "v1"), field(2, kind)]) + field(2, raw) + field(3, "") + field(4, "")


def frame(event, kind, raw):
    """A watch's: its length, and a WatchEvent."""
    whole = field(1, event) + field(2, field(1, envelope(kind, raw)))
    return len(whole).to_bytes(4, "big") + whole


NOW = field(1, 1795334524)


def managed_fields(n, size):
    text = '{"f:metadata":{"f:labels":{".":{},' + ",".join(f'"f:field-{i:03d}":{{}}' for i in range(size // 18)) + "}}}"
    return [field(17, [field(1, f"manager-{i}"), field(2, "Update"), field(3, "v1"), field(4, NOW), field(6, "FieldsV1"), field(7, field(1, text))])
            for i in range(n)]


def metadata(name, namespace, version, labels, extra):
    return field(1, [field(1, name), field(2, ""), field(3, namespace), field(4, ""), field(5, f"1f0a2b3c-{version:012d}"), field(6, str(version)),
                     field(7, 0), field(8, NOW), *(entry(11, k, v) for k, v in labels.items()), *extra])


PROBE = [field(1, field(2, [field(1, "/healthz"), field(2, [field(1, 0), field(2, 8080), field(3, "")]), field(3, ""), field(4, "HTTP")])),
         field(2, 5), field(3, 1), field(4, 10), field(5, 1), field(6, 3)]


def container(name, cpu, memory):
    env = [field(7, [field(1, f"SETTING_{i}"), field(2, f"value-{i}-of-the-container")]) for i in range(12)]
    mounts = [field(9, [field(1, v), field(2, 1), field(3, p), field(4, "")]) for v, p in
              (("config", "/etc/config"), ("tmp", "/tmp"), ("kube-api-access-x7zkq", "/var/run/secrets/kubernetes.io/serviceaccount"))]
    return field(2, [field(1, name), field(2, f"registry.example.com/team/{name}:1.2.3"), field(3, "serve"), field(5, ""),
                     field(6, [field(1, "http"), field(2, 0), field(3, 8080), field(4, "TCP"), field(5, "")]), *env,
                     field(8, quantities(1, cpu=cpu, memory=memory) + quantities(2, cpu=cpu, memory=memory)), *mounts,
                     field(10, PROBE), field(11, PROBE), field(13, "/dev/termination-log"), field(14, "IfNotPresent"),
                     field(15, [field(6, 1), field(8, 1)]), field(16, 0), field(17, 0), field(18, 0), field(20, "File")])


def status_of(name):
    return [field(1, name), field(2, field(2, field(1, NOW))), field(3, b""), field(4, 1), field(5, 0), field(6, f"registry.example.com/team/{name}:1.2.3"),
            field(7, "registry.example.com/team/app@sha256:" + 64 * "a"), field(8, "containerd://" + 64 * "b"), field(9, 1)]


SPEC_REST = [field(1, [field(1, "config"), field(2, field(19, field(1, field(1, "app-config"))))]), field(1, [field(1, "tmp"), field(2, field(2, field(1, "")))]),
             field(1, [field(1, "kube-api-access-x7zkq"), field(2, field(26, [field(1, field(4, [field(1, ""), field(2, 3607), field(3, "token")])), field(2, 420)]))]),
             field(2, b"")[:0], field(3, "Always"), field(4, 30), field(6, "ClusterFirst"), field(8, "default"), field(9, "default")]
SPEC_TAIL = [field(11, 0), field(12, 0), field(13, 0), field(14, [field(2, 1000), field(3, 1)]), field(16, ""), field(17, ""), field(19, "default-scheduler"),
             *(field(22, [field(1, f"node.kubernetes.io/{k}"), field(2, "Exists"), field(3, ""), field(4, "NoExecute"), field(5, 300)]) for k in ("not-ready", "unreachable")),
             field(24, ""), field(25, 0), field(30, 1), field(31, "PreemptLowerPriority")]
CONDITIONS = [field(2, [field(1, t), field(2, "True"), field(3, b""), field(4, NOW), field(5, ""), field(6, "")])
              for t in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")]
POD_FIELDS = managed_fields(3, 560)


class Cluster:
    def __init__(self, nodes, pods, groups=5):
        self.n = {"nodes": nodes, "pods": pods}
        self.groups = groups

    def node(self, i, version=1):
        labels = {"kubernetes.io/hostname": f"node-{i:05d}", "elastisys.io/node-group": f"group-{i % self.groups}",
                  "topology.kubernetes.io/zone": f"zone-{i // self.groups % 3}", "node.kubernetes.io/instance-type": "c16",
                  "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux"}
        conditions = [field(4, [field(1, t), field(2, "True" if t == "Ready" else "False"), field(3, NOW), field(4, NOW), field(5, "Kubelet"), field(6, "kubelet is fine")])
                      for t in ("MemoryPressure", "DiskPressure", "PIDPressure", "Ready")]
        images = [field(8, [field(1, f"registry.example.com/image-{k}@sha256:" + 64 * "c"), field(1, f"registry.example.com/image-{k}:1"), field(2, 123456789)])
                  for k in range(50)]
        size = dict(cpu="16", memory="65536Mi", pods="110")
        return b"".join([metadata(f"node-{i:05d}", "", version, labels, managed_fields(2, 400)), field(2, [field(1, "10.0.0.0/24"), field(3, f"cloud://{i}"), field(4, 0)]),
                         field(3, [quantities(1, **size), quantities(2, **dict(size, cpu="15800m")), *conditions, *images])])

    def pod(self, i, version=1, cpu="250m"):
        app = i // 10
        name = f"app-{app:05d}-7c9d8f6b5-{i:06d}"
        owner = field(13, [field(1, "ReplicaSet"), field(3, f"app-{app:05d}-7c9d8f6b5"), field(4, f"aa-{app}"), field(5, "apps/v1"), field(6, 1), field(7, 1)])
        return b"".join([metadata(name, f"team-{app % 200}", version, {"app": f"app-{app:05d}", "pod-template-hash": "7c9d8f6b5"}, [owner, *POD_FIELDS]),
                         field(2, [*SPEC_REST, container("app", cpu, "512Mi"), container("sidecar", "50m", "64Mi"),
                                   field(10, f"node-{i % self.n['nodes']:05d}"), *SPEC_TAIL]),
                         field(3, [field(1, "Running"), *CONDITIONS, field(3, ""), field(4, ""), field(5, "10.1.2.3"), field(6, "10.2.3.4"), field(7, NOW),
                                   field(8, status_of("app")), field(8, status_of("sidecar")), field(9, "Burstable")])])

    def page(self, kind, at, limit):
        end = min(at + limit, self.n[kind])
        make = self.node if kind == "nodes" else self.pod
        meta = [field(1, ""), field(2, "1000")] + ([field(3, str(end))] if end < self.n[kind] else [])
        return envelope("NodeList" if kind == "nodes" else "PodList", field(1, meta) + b"".join(field(2, make(i)) for i in range(at, end)))

    def usage(self):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return json.dumps({"kind": "NodeMetricsList", "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {}, "items": [
            {"metadata": {"name": f"node-{i:05d}", "labels": {f"label-{k}": "some-value-of-it" for k in range(10)}}, "timestamp": now, "window": "20s",
             "usage": {"cpu": f"{4000000000 + i * 1000}n", "memory": "31457280Ki"}} for i in range(self.n["nodes"])]}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, body, content_type):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        query = {k: v[0] for k, v in urllib.parse.parse_qs(url.query).items()}
        kind = url.path.rsplit("/", 1)[1]
        if url.path.startswith("/apis/metrics.k8s.io"):
            self.answer(self.server.cluster.usage(), "application/json")
        elif kind not in ("nodes", "pods"):
            self.send_error(404)
        elif query.get("watch"):
            self.watch(kind)
        else:
            assert "application/vnd.kubernetes.protobuf" in self.headers["Accept"]
            page = self.server.cluster.page(kind, int(query.get("continue", 0)), int(query.get("limit", 500)))
            self.answer(page, "application/vnd.kubernetes.protobuf")

    def watch(self, kind):
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.kubernetes.protobuf;stream=watch")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        version = 2000
        while True:
            n, cpu = self.server.wait_events(kind)
            name = "Pod" if kind == "pods" else "Node"
            for i in range(n):
                version += 1
                raw = self.server.cluster.pod(i % self.server.cluster.n["pods"], version, cpu)
                self.send(b"MODIFIED", name, raw)
            version += 1
            self.send(b"BOOKMARK", name, metadata("", "", version, {}, []))

    def send(self, event, name, raw):
        whole = frame(event, name, raw)
        self.wfile.write(f"{len(whole):x}\r\n".encode() + whole + b"\r\n")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port, nodes, pods):
        super().__init__(("127.0.0.1", port), Handler)
        self.cluster = Cluster(nodes, pods)
        self.wanted, self.changed, self.sent = [], threading.Condition(), 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait_events(self, kind):
        with self.changed:
            self.changed.wait_for(lambda: kind == "pods" and self.wanted, timeout=30)
            return self.wanted.pop(0) if kind == "pods" and self.wanted else (0, "")

    def change_pods(self, n, cpu):
        with self.changed:
            self.wanted.append((n, cpu))
            self.changed.notify_all()

    def handle_error(self, *_):
        pass  # the adapter went away
