"""harness.py - starts the built programs on loopback and talks to them as users do.

ADAPTER and EMULATOR in the environment name the programs. Everything started here is stopped when its test ends.
"""
import contextlib
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

ADAPTER = os.environ["ADAPTER"]
EMULATOR = os.environ["EMULATOR"]
API = "/apis/external.metrics.k8s.io/v1beta1"
TOKEN = "integration-token-of-no-worth"
SANITIZER_REPORT = re.compile(r"(ERROR|WARNING): (Address|Leak|Thread)Sanitizer|: runtime error: ")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


def request(url, method="GET", headers=None, body=None, timeout=10):
    """Any status is an answer; only a broken connection raises."""
    context = ssl._create_unverified_context() if url.startswith("https") else None
    asked = urllib.request.Request(url, method=method, headers=headers or {}, data=body)
    try:
        with urllib.request.urlopen(asked, timeout=timeout, context=context) as answer:
            return Answer(answer.status, answer.headers, answer.read())
    except urllib.error.HTTPError as answer:
        with answer:
            return Answer(answer.code, answer.headers, answer.read())


def wait_for(what, check, seconds=30):
    """Calls check until it returns something true, and returns that; says what was waited for when time is up."""
    deadline = time.monotonic() + seconds
    last = None
    while time.monotonic() < deadline:
        try:
            last = check()
            if last:
                return last
        except (OSError, ValueError) as error:
            last = error
        time.sleep(0.05)
    raise AssertionError(f"after {seconds} s still not: {what}; last: {last!r}")


class Program:
    """A child process with its stderr in a file."""

    def __init__(self, args, folder, name):
        self.log_path = pathlib.Path(folder) / f"{name}.log"
        self.log_file = open(self.log_path, "wb")
        self.process = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=self.log_file, stderr=self.log_file)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def stop(self, signal_number=signal.SIGTERM, seconds=15):
        if self.process.poll() is None:
            self.process.send_signal(signal_number)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.log_file.close()
            self.check_sanitizers()

    def check_sanitizers(self):
        """In a build with sanitizers (make sanitize, make threads) what they report fails the test that started the program."""
        found = SANITIZER_REPORT.search(self.log())
        if found:
            raise AssertionError(f"{self.log_path.name}: {self.log()[found.start():][:6000]}")


class Emulator(Program):
    def __init__(self, folder, scenario, port=None):
        path = pathlib.Path(folder) / "scenario.json"  # JSON is YAML
        path.write_text(json.dumps(scenario))
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        super().__init__([EMULATOR, "--listen", f"127.0.0.1:{self.port}", "--scenario", str(path)], folder, "emulator")
        wait_for("the emulator answers", lambda: self.state())

    def call(self, method, path, value=None):
        body = None if value is None else json.dumps(value).encode()
        answer = request(self.url + path, method, {"Content-Type": "application/json"}, body)
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer.status} {answer.text}")
        return answer

    def state(self):
        return self.call("GET", "/emulator/state").json

    def arrive(self, **arrival):
        self.call("POST", "/emulator/arrivals", arrival)

    def fault(self, kind, **more):
        self.call("PUT", "/emulator/faults", {"kind": kind, "seconds": 0, "organization": "", **more})

    def heal(self):
        self.call("DELETE", "/emulator/faults")


class FakeCoder:
    """A Coder of canned answers: paths (without query) to (status, content type, body, perhaps headers) or to a function of the path."""

    def __init__(self, answers):
        self.answers = dict(answers)
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.asked.append((self.path, dict(self.headers)))
                answer = outer.answers.get(urllib.parse.urlsplit(self.path).path, (404, "application/json", b'{"message":"no"}'))
                status, content_type, body, *headers = answer(self.path) if callable(answer) else answer
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                for name, value in (headers[0] if headers else {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Adapter(Program):
    def __init__(self, folder, config, wait=True, args=(), command=None):
        self.folder = pathlib.Path(folder)
        self.config_path = self.folder / "config.yaml"
        self.port = config["serving"]["port"]
        self.url = f"https://127.0.0.1:{self.port}"
        self.write_config(config)
        super().__init__([*(command or [ADAPTER, "serve", "--config", str(self.config_path)]), *args], folder, "adapter")
        if wait:
            wait_for("the adapter is ready", lambda: self.is_ready() or self.died())

    def died(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the adapter ended with {self.process.returncode}:\n{self.log()}")
        return False

    def write_config(self, config):
        """Atomically, as an editor or a ConfigMap does."""
        text = config if isinstance(config, str) else json.dumps(config, indent=1)
        fresh = self.config_path.with_suffix(".new")
        fresh.write_text(text)
        fresh.rename(self.config_path)

    def is_ready(self):
        return self.get("/readyz").status == 200

    def get(self, path, **more):
        return request(self.url + path, **more)

    def read(self, metric, selector=None, namespace="coder"):
        query = "" if selector is None else "?labelSelector=" + urllib.parse.quote(selector)
        return self.get(f"{API}/namespaces/{namespace}/{metric}{query}")

    def total(self, metric, selector=None, namespace="coder"):
        """What the HPA makes of it: the sum of all items; None for an error or an empty list."""
        answer = self.read(metric, selector, namespace)
        if answer.status != 200 or not answer.json["items"]:
            return None
        return sum(quantity(item["value"]) for item in answer.json["items"])

    def series(self):
        """/metrics as {"name{labels}": value}."""
        lines = [line for line in self.get("/metrics").text.splitlines() if line and not line.startswith("#")]
        return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


def quantity(text):
    factors = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18}
    return float(text[:-1]) * factors[text[-1]] if text[-1] in factors else float(text)


def config_for(coder_url, folder, **coder):
    """A configuration for tests: short intervals, one queue "default"."""
    token = pathlib.Path(folder) / "token"
    if not token.exists():
        token.write_text(TOKEN + "\n")
    return {
        "apiVersion": "coder-metrics-adapter/v1",
        "kind": "Config",
        "serving": {"address": "127.0.0.1", "port": free_port(), "authentication": "none", "shutdownGrace": "0s"},
        "coder": {"url": coder_url, "tokenFile": str(token), "pollInterval": "1s", "staleAfter": "3s", "timeout": "1s", **coder},
        "queues": [{"name": "default", "organization": "default", "namespace": "coder"}],
    }


def scenario_of(**more):
    """A deployment at rest: one organization, one pool of six."""
    return {
        "speed": 1,
        "token": TOKEN,
        "organizations": [{"name": "coder", "default": True}],
        "pools": [{"name": "default", "organization": "coder", "tags": {}, "replicas": 6, "startDelay": "0s"}],
        **more,
    }


class IntegrationTest(unittest.TestCase):
    """Gives each test a folder and stops what it started."""

    def setUp(self):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory())

    def keep(self, thing):
        self.stack.callback(thing.stop)
        return thing

    def start_emulator(self, **scenario):
        return self.keep(Emulator(self.folder, scenario_of(**scenario)))

    def start_adapter(self, config, **more):
        return self.keep(Adapter(self.folder, config, **more))

    def start_pair(self, scenario=None, **coder):
        emulator = self.start_emulator(**(scenario or {}))
        return emulator, self.start_adapter(config_for(emulator.url, self.folder, **coder))
