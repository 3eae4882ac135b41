"""servers.py - the programs of a benchmark, each on a free port of loopback, and what /proc says of them."""
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.request

TICKS = os.sysconf("SC_CLK_TCK")
API = "/apis/external.metrics.k8s.io/v1beta1"
METRIC = API + "/namespaces/coder/coder_provisioner_demand?labelSelector=queue%3Ddefault"
HPA = ("X-Remote-User: system:serviceaccount:kube-system:horizontal-pod-autoscaler", "X-Remote-Group: system:serviceaccounts",
       "X-Remote-Group: system:authenticated")
FORMS = {"json": "application/json", "protobuf": "application/vnd.kubernetes.protobuf"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """User and system time of all threads, in nanoseconds' resolution."""
    total = 0
    for path in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((path / "schedstat").read_text().split()[0])
    return total / 1e9


def memory_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return {name: int(re.search(rf"{name}:\s+(\d+)", status).group(1)) / 1024 for name in ("VmRSS", "RssAnon", "VmHWM")}


class Program:
    def __init__(self, args, log, port=0):
        self.log, self.port, self.began = log, port, time.monotonic()
        with open(log, "wb") as out:
            self.process = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=out, stderr=out)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is not None:
            sys.exit(f"bench: a program ended with {self.process.returncode}:\n{self.log.read_text(errors='replace')[-2000:]}")
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()


class Servers:
    """Makes the programs. Each is a context that ends what it started."""

    def __init__(self, build, peer, folder, certificates, cluster):
        self.build, self.peer_program, self.folder, self.certificates = build, peer, folder, certificates
        self.coder_port = free_port()
        self.kubeconfig = cluster.kubeconfig(folder / "kubeconfig")
        self.client_tls = ssl._create_unverified_context()
        self.client_tls.load_cert_chain(certificates / "front-proxy.crt", certificates / "front-proxy.key")
        (folder / "token").write_text("bench")

    def emulator(self, jobs):
        scenario = {
            "token": "bench", "rateLimit": 1000000,
            "organizations": [{"name": "coder", "default": True}],
            "pools": [{"name": "default", "organization": "coder", "replicas": 6, "startDelay": "0s"}],
            "arrivals": [{"at": "0s", "count": jobs, "over": "0s", "organization": "coder", "duration": "10h"}] if jobs else [],
        }
        path = self.folder / "scenario.yaml"
        path.write_text(json.dumps(scenario))
        program = Program([self.build / "coder-emulator", "--listen", f"127.0.0.1:{self.coder_port}", "--scenario", path],
                          self.folder / "emulator.log")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.coder_port}/emulator/state", timeout=5).read()
                return program
            except OSError:
                time.sleep(0.01)
        sys.exit("bench: coder-emulator did not answer")

    def config(self, port, key="server", coder_port=None, **coder):
        return {
            "serving": {"address": "127.0.0.1", "port": port, "shutdownGrace": "0s", "limits": {"perPeer": 300, "connections": 360, "requestsInFlight": 300},
                        "service": {"namespace": "coder"},
                        "certFile": str(self.certificates / f"{key}.crt"), "keyFile": str(self.certificates / f"{key}.key")},
            "coder": {"url": f"http://127.0.0.1:{coder_port or self.coder_port}", "tokenFile": str(self.folder / "token"),
                      "pollInterval": "1s", "jobLimit": 100000, **coder},
            "queues": [{"name": "default", "organization": "default", "namespace": "coder"}],
        }

    def adapter(self, config=None, name="adapter"):
        port = config["serving"]["port"] if config else free_port()
        path = self.folder / f"{name}.yaml"
        path.write_text(json.dumps(config or self.config(port)))
        return Program([self.build / "coder-metrics-adapter", "serve", "--config", path, "--kubeconfig", self.kubeconfig],
                       self.folder / f"{name}.log", port)

    def peer(self, key="server-rsa"):
        port = free_port()
        return Program(
            [self.peer_program, "--secure-port", str(port), "--bind-address", "127.0.0.1",
             "--tls-cert-file", self.certificates / f"{key}.crt", "--tls-private-key-file", self.certificates / f"{key}.key",
             "--authentication-kubeconfig", self.kubeconfig, "--authorization-kubeconfig", self.kubeconfig, "--lister-kubeconfig", self.kubeconfig],
            self.folder / "peer.log", port)

    def bare(self, size, key="server"):
        port = free_port()
        return Program([self.build / "test/bench/bare-server", self.certificates / f"{key}.crt", self.certificates / f"{key}.key", str(port),
                        str(size)], self.folder / "bare.log", port)

    def get(self, port, path=METRIC, accept="application/json"):
        """Status and body of a GET as the aggregator sends it, on a connection of its own."""
        head = "\r\n".join([f"GET {path} HTTP/1.1", "Host: bench", f"Accept: {accept}", *HPA, "Connection: close", "", ""])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as raw, self.client_tls.wrap_socket(raw) as tls:
            tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tls.sendall(head.encode())
            answer = b""
            while part := tls.recv(65536):
                answer += part
        return int(answer.split(b" ", 2)[1]), answer.partition(b"\r\n\r\n")[2]

    def await_200(self, program, path=METRIC, seconds=30):
        """Milliseconds from the start of the program to the last byte of its first 200. The reader adds its own TLS handshake."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.get(program.port, path)[0] == 200:
                    return (time.monotonic() - program.began) * 1000
            except (OSError, IndexError):
                time.sleep(0.001)
            if program.process.poll() is not None:
                break
        sys.exit(f"bench: no 200 for {path}:\n{program.log.read_text(errors='replace')[-2000:]}")

    def load(self, program, connections, seconds, path=METRIC, accept="application/json", fresh=False, tolerant=False):
        """What the client saw, and the program's CPU seconds for 10,000 requests. Errors end the bench, unless they are tolerated."""
        args = [self.build / "test/bench/bench-client", "--port", str(program.port), "--path", path, "--connections", str(connections),
                "--seconds", str(seconds), "--certificate", self.certificates / "front-proxy.crt", "--key", self.certificates / "front-proxy.key",
                "--header", f"Accept: {accept}", *(part for name in HPA for part in ("--header", name)), *(["--fresh"] if fresh else [])]
        with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
            client.stdout.readline()
            before = cpu_seconds(program.pid)
            line, spent = client.stdout.readline(), cpu_seconds(program.pid) - before
            error = client.stderr.read()
        seen = json.loads(line) if line else {"errors": 1}
        if (seen["errors"] and not tolerant) or not seen.get("requests"):
            sys.exit(f"bench: the client saw errors: {line}{error}")
        seen["cpu_10k_s"] = spent / seen["requests"] * 10000
        return seen
