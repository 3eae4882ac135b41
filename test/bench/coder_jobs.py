"""coder_jobs.py - a Coder of one organization that answers with a list of jobs made before, so that only its reader's work is measured."""
import http.server
import json
import threading
import uuid

from cluster import QuietServer
from servers import cpu_seconds

ORGANIZATION = "20b65688-77aa-59a7-b24c-dace09ddbc4c"
PATIENCE_S = 60


def job(n):
    """As Coder lists a workspace build that waits: about 890 bytes."""
    def made(what):
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{what}{n}"))

    return {
        "id": made("job"), "created_at": f"2026-09-14T07:{n // 60 % 60:02d}:{n % 60:02d}.100113Z", "status": "pending", "file_id": made("file"),
        "tags": {"owner": "", "scope": "organization"}, "queue_position": n + 1, "queue_size": n + 1,
        "organization_id": ORGANIZATION, "initiator_id": made("user"), "input": {"workspace_build_id": made("build")},
        "type": "workspace_build",
        "metadata": {"template_version_name": "quirky_turing5", "template_id": made("template"), "template_name": "kubernetes",
                     "template_display_name": "Kubernetes", "template_icon": "/icon/k8s.png", "workspace_id": made("workspace"),
                     "workspace_name": f"anna-dev-{n}", "workspace_build_transition": "start"},
        "logs_overflowed": False,
    }


class Coder:
    def __init__(self, jobs):
        self.jobs = json.dumps([job(n) for n in range(jobs)], separators=(",", ":")).encode()
        self.body_mib = len(self.jobs) / 2**20
        self.polls, self.began = 0, threading.Condition()
        self.server = QuietServer(("127.0.0.1", 0), self._handler())
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def _handler(self):
        coder = self
        organization = {"id": ORGANIZATION, "name": "coder", "display_name": "Coder", "is_default": True}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = self.path.split("?")[0]
                if path.endswith("/provisionerjobs"):
                    coder.note_poll()
                    body = coder.jobs
                elif path.endswith("/provisionerdaemons"):
                    body = b"[]"
                elif path.endswith("/organizations"):
                    body = json.dumps([organization]).encode()
                else:
                    body = json.dumps(organization if "/organizations/" in path else {"version": "v2.36.0"}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler

    def note_poll(self):
        with self.began:
            self.polls += 1
            self.began.notify_all()

    def await_polls(self, n):
        with self.began:
            if not self.began.wait_for(lambda: self.polls >= n, PATIENCE_S):
                raise TimeoutError("the adapter does not poll")

    def cpu_between_polls(self, pid, cycles):
        """CPU seconds from the begin of a poll to the begin of the next, several times."""
        costs = []
        self.await_polls(2)
        for _ in range(cycles):
            at = self.polls
            before = cpu_seconds(pid)
            self.await_polls(at + 1)
            costs.append(cpu_seconds(pid) - before)
        return costs
