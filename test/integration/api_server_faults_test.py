"""An API server that is gone, slow or talks nonsense: queues are served as if nothing was, nodes stay true or become errors, and come back."""
import concurrent.futures
import http.server
import json
import pathlib
import subprocess
import threading
import time
import unittest
import urllib.parse

from harness import Adapter, Emulator, IntegrationTest, config_for, scenario_of, wait_for

DEMAND = "coder_provisioner_demand"
NODES = "node_group_nodes"


def node(name):
    size = {"cpu": "4", "memory": "8Gi", "pods": "110"}
    return {"metadata": {"name": name, "resourceVersion": "5", "labels": {"elastisys.io/node-group": "workers"}}, "spec": {},
            "status": {"capacity": size, "allocatable": size, "conditions": [{"type": "Ready", "status": "True"}]}}


LISTS = {"/api/v1/nodes": [node("w1"), node("w2")], "/api/v1/pods": []}
# What the server does: status, type and body of every answer; None: see serve.
MODES = {
    "gone": None,
    "cut": None,
    "slow": None,
    "garbage": (200, "application/json", b"\x00\xff{]"),
    "html": (200, "text/html", b"<html><body>Log in</body></html>"),
    "no list": (200, "application/json", b'{"kind":"NodeList","metadata":{"resourceVersion":"9"},"items":7}'),
    "empty object": (200, "application/json", b"{}"),
    "error": (500, "application/json", b'{"kind":"Status","status":"Failure","message":"etcdserver: request timed out","code":500}'),
    "unauthorized": (401, "application/json", b'{"kind":"Status","status":"Failure","reason":"Unauthorized","code":401}'),
    "expired": (410, "application/json", b'{"kind":"Status","status":"Failure","reason":"Expired","code":410}'),
}


class ApiServer:
    def __init__(self):
        self.mode, self.changed, self.asked = "well", threading.Event(), 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked += 1
                try:
                    outer.serve(self)
                except OSError:
                    pass

            do_POST = do_GET

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def become(self, mode):
        """Open watches end, as they do when a server restarts."""
        self.mode = mode
        self.changed.set()
        self.changed = threading.Event()

    def serve(self, handler):
        url, changed = urllib.parse.urlsplit(handler.path), self.changed
        if self.mode == "gone":
            handler.close_connection = True
            return
        if self.mode == "slow":
            changed.wait(60)
            return
        if self.mode in MODES and MODES[self.mode]:
            self.send(handler, *MODES[self.mode])
            return
        if url.path not in LISTS:
            self.send(handler, 404, "application/json", b"{}")
            return
        if "watch=true" in url.query:
            self.send(handler, 200, "application/json", None)
            changed.wait(60)
            return
        body = json.dumps({"metadata": {"resourceVersion": "9"}, "items": LISTS[url.path]}).encode()
        self.send(handler, 200, "application/json", body[:len(body) // 2] if self.mode == "cut" else body)

    def send(self, handler, status, content_type, body):
        handler.send_response(status)
        handler.send_header("Content-Type", content_type)
        handler.end_headers()
        handler.wfile.write(body or b"")
        handler.wfile.flush()

    def stop(self):
        self.become("gone")
        self.server.shutdown()
        self.server.server_close()


class ApiServerFaults(IntegrationTest):
    def start(self, folder):
        folder.mkdir()
        emulator = self.keep(Emulator(folder, scenario_of()))
        emulator.arrive(count=4, organization="coder", duration="5h")
        kube = self.keep(ApiServer())
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                        "/CN=t", "-keyout", folder / "tls.key", "-out", folder / "tls.crt"], check=True, capture_output=True)
        (folder / "kubeconfig").write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{kube.server.server_address[1]}"}}],
            "users": [{"name": "u", "user": {}}]}))
        config = config_for(emulator.url, folder)
        config["serving"].update(certFile=str(folder / "tls.crt"), keyFile=str(folder / "tls.key"))
        config["nodeGroups"] = {"history": {"path": ""}}
        adapter = self.keep(Adapter(folder, config, args=("--kubeconfig", str(folder / "kubeconfig"))))
        return kube, adapter

    def nodes(self, adapter):
        """True: two nodes are ready; False: an error. Nothing else may be."""
        answer = adapter.read(NODES, "node_group=workers,state=ready")
        if answer.status == 200 and answer.json["items"]:
            self.assertEqual([item["value"] for item in answer.json["items"]], ["2"])
            return True
        self.assertTrue(answer.status == 503 or (answer.status == 200 and not answer.json["items"]), answer.text)
        return False

    def test_each_mode(self):
        with concurrent.futures.ThreadPoolExecutor(len(MODES)) as pool:  # most of it is waiting
            done = {mode: pool.submit(self.play, mode) for mode in MODES}
        for mode, outcome in done.items():
            with self.subTest(mode):
                outcome.result()

    def play(self, mode):
        kube, adapter = self.start(pathlib.Path(self.folder) / mode.replace(" ", "-"))
        wait_for("four jobs", lambda: adapter.total(DEMAND) == 4)
        wait_for("two nodes", lambda: self.nodes(adapter))
        kube.become(mode)
        before = kube.asked
        wait_for("it asks", lambda: kube.asked > before)
        for _ in range(8):
            self.assertEqual(adapter.total(DEMAND), 4)
            self.assertEqual(adapter.get("/livez").status, 200)
            self.nodes(adapter)
            time.sleep(0.1)
        kube.become("well")
        wait_for("two nodes again", lambda: self.nodes(adapter), seconds=90)
        self.assertEqual(adapter.total(DEMAND), 4)
        self.assertEqual(adapter.stop(), 0)


if __name__ == "__main__":
    unittest.main()
