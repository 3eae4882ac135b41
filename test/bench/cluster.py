"""cluster.py - as much of an API server as a metrics server that delegates asks of it, on loopback: the ConfigMap
kube-system/extension-apiserver-authentication (get, list, watch), SubjectAccessReview (always allowed) and TokenReview (never)."""
import http.server
import json
import sys
import threading
import time
import urllib.parse

from pki import FRONT_PROXY

NAME = "extension-apiserver-authentication"
PROTOBUF = "application/vnd.kubernetes.protobuf"


def _field(number, value):
    return bytes([number << 3 | 2, len(value)]) + value


def _allowed_in_protobuf():
    """SubjectAccessReview{status: {allowed: true}} in the envelope, for clients that prefer it."""
    kind = _field(1, b"authorization.k8s.io/v1") + _field(2, b"SubjectAccessReview")
    return b"k8s\0" + _field(1, kind) + _field(2, _field(3, b"\x08\x01"))


class QuietServer(http.server.ThreadingHTTPServer):
    """Its watches end when the programs end that watch."""
    daemon_threads = True

    def handle_error(self, request, address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, address)


class Cluster:
    def __init__(self, authority_pem):
        self.data = {"requestheader-client-ca-file": authority_pem, "client-ca-file": authority_pem}
        for key, value in (("allowed-names", FRONT_PROXY), ("username-headers", "X-Remote-User"), ("uid-headers", "X-Remote-Uid"),
                           ("group-headers", "X-Remote-Group"), ("extra-headers-prefix", "X-Remote-Extra-")):
            self.data[f"requestheader-{key}"] = json.dumps([value])
        self.version, self.reviews, self.ending = 1, 0, False
        self.changed = threading.Condition()
        self.server = QuietServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with self.changed:
            self.ending = True
            self.changed.notify_all()
        self.server.shutdown()
        self.server.server_close()

    def rotate(self, authority_pem):
        """Another front-proxy CA bundle is in force."""
        with self.changed:
            self.data["requestheader-client-ca-file"] = authority_pem
            self.version += 1
            self.changed.notify_all()

    def kubeconfig(self, path):
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "bench",
            "clusters": [{"name": "bench", "cluster": {"server": f"http://127.0.0.1:{self.server.server_address[1]}"}}],
            "users": [{"name": "bench", "user": {}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "bench"}}]}))
        return path

    def config_map(self):
        return {"apiVersion": "v1", "kind": "ConfigMap", "data": self.data,
                "metadata": {"name": NAME, "namespace": "kube-system", "uid": "1", "resourceVersion": str(self.version)}}

    def allows(self, spec):
        """Everybody, everything."""
        return True

    def review(self, path, body):
        """Content type and bytes of the answer."""
        with self.changed:
            self.reviews += 1
        if body.startswith(b"k8s\0"):
            return PROTOBUF, _allowed_in_protobuf()
        review = json.loads(body)
        review["status"] = {"authenticated": False} if path.endswith("/tokenreviews") else {"allowed": self.allows(review["spec"])}
        return "application/json", json.dumps(review).encode()

    def _handler(self):
        cluster = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, code, content_type, body):
                self.send_response(code)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def answer_json(self, value, code=200):
                self.answer(code, "application/json", json.dumps(value).encode())

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(201, *cluster.review(urllib.parse.urlsplit(self.path).path, body))

            def do_GET(self):
                parts = urllib.parse.urlsplit(self.path)
                query = urllib.parse.parse_qs(parts.query)
                if parts.path.endswith("/configmaps/" + NAME):
                    self.answer_json(cluster.config_map())
                elif not parts.path.endswith("/kube-system/configmaps"):
                    self.answer_json({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}, 404)
                elif query.get("watch", [""])[0] in ("1", "true"):
                    self.watch(query)
                else:
                    self.answer_json({"apiVersion": "v1", "kind": "ConfigMapList", "items": [cluster.config_map()],
                                      "metadata": {"resourceVersion": str(cluster.version)}})

            def event(self, kind, value):
                line = json.dumps({"type": kind, "object": value}).encode() + b"\n"
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

            def watch(self, query):
                """Newer versions as they come; with sendInitialEvents, what there is first, and the bookmark that ends it."""
                seen = int(query.get("resourceVersion", ["0"])[0] or 0)
                until = time.monotonic() + int(query.get("timeoutSeconds", ["300"])[0])
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                if query.get("sendInitialEvents", [""])[0] == "true":
                    seen = cluster.version
                    self.event("ADDED", cluster.config_map())
                    self.event("BOOKMARK", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
                        "resourceVersion": str(seen), "annotations": {"k8s.io/initial-events-end": "true"}}})
                while not cluster.ending and time.monotonic() < until:
                    with cluster.changed:
                        cluster.changed.wait(1)
                    if cluster.version > seen:
                        seen = cluster.version
                        self.event("MODIFIED", cluster.config_map())
                self.wfile.write(b"0\r\n\r\n")

            def log_message(self, *_):
                pass

        return Handler
