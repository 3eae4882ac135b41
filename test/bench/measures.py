"""measures.py - what make bench measures, each a function that returns figures. What is compared runs in turn in the same rounds."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

from coder_jobs import Coder
from servers import API, FORMS, METRIC, cpu_seconds, free_port, memory_mib


def medians(rows):
    """Of a list of flat dictionaries, key by key."""
    return {key: statistics.median(row[key] for row in rows) for key in rows[0]}


def start(servers, rounds, with_peer):
    """Milliseconds from the start of a process to its first 200: of /livez, and of a metric read through delegated rights."""
    rows = {"adapter /livez": [], "adapter metric": []}
    with servers.emulator(20):
        for _ in range(rounds):
            for path, name in (("/livez", "adapter /livez"), (METRIC, "adapter metric")):
                with servers.adapter() as adapter:
                    rows[name].append(servers.await_200(adapter, path))
            if with_peer:
                with servers.peer() as peer:
                    rows.setdefault("peer metric", []).append(servers.await_200(peer))
    return {name: statistics.median(values) for name, values in rows.items()}


def idle(servers, with_peer, seconds=5):
    """Memory after some seconds without a request."""
    with servers.emulator(0), servers.adapter() as adapter:
        servers.await_200(adapter)
        time.sleep(seconds)
        found = {"adapter": memory_mib(adapter.pid)}
    if with_peer:
        with servers.peer() as peer:
            servers.await_200(peer)
            time.sleep(seconds)
            found["peer"] = memory_mib(peer.pid)
    return found


class Contest:
    """The adapter, the bare handler of the same size, and the peer side by side."""

    def __init__(self, servers, with_peer):
        self.servers, self.with_peer = servers, with_peer

    def run(self, form, connections, rounds, seconds):
        """{name: medians of what the client saw, and RSS afterwards}"""
        servers, rows = self.servers, {}
        with servers.emulator(20), servers.adapter() as adapter:
            servers.await_200(adapter)
            size = len(servers.get(adapter.port, accept=FORMS[form])[1])
            with servers.bare(size) as bare:
                servers.await_200(bare)
                names = {"adapter": adapter, "bare": bare}
                if not self.with_peer:
                    return self._rounds(names, rows, rounds, connections, seconds, FORMS[form])
                with servers.peer() as peer:
                    servers.await_200(peer)
                    return self._rounds({**names, "peer": peer}, rows, rounds, connections, seconds, FORMS[form])

    def _rounds(self, names, rows, rounds, connections, seconds, accept):
        for _ in range(rounds):
            for name, program in names.items():
                seen = self.servers.load(program, connections, seconds, accept=accept, tolerant=name == "peer")  # 256 are too many for it
                seen["rss_mib"] = memory_mib(program.pid)["VmRSS"]
                rows.setdefault(name, []).append(seen)
        return {name: medians(seen) for name, seen in rows.items()}


def documents(servers, rounds, seconds, with_peer, connections=16):
    """Discovery and /metrics: what the aggregator and Prometheus ask."""
    rows = {}
    with servers.emulator(20), servers.adapter() as adapter:
        servers.await_200(adapter)
        names = {"adapter": adapter}
        if not with_peer:
            return _documents(servers, names, rows, rounds, seconds, connections)
        with servers.peer() as peer:
            servers.await_200(peer)
            return _documents(servers, {**names, "peer": peer}, rows, rounds, seconds, connections)


def _documents(servers, names, rows, rounds, seconds, connections):
    for _ in range(rounds):
        for what, path in (("discovery", API), ("/metrics", "/metrics")):
            for name, program in names.items():
                rows.setdefault((what, name), []).append(servers.load(program, connections, seconds, path=path))
    return {key: medians(seen) for key, seen in rows.items()}


def handshakes(servers, rounds, seconds, with_peer, connections=16):
    """A new connection for every request. The adapter and the bare handler with a P-256 key, the peer with its RSA-2048 default."""
    rows = {}
    with servers.emulator(20), servers.adapter() as adapter, servers.bare(300) as bare:
        servers.await_200(adapter)
        servers.await_200(bare)
        names = {"adapter": adapter, "bare": bare}
        if not with_peer:
            return _handshakes(servers, names, rows, rounds, seconds, connections)
        with servers.peer() as peer:
            servers.await_200(peer)
            return _handshakes(servers, {**names, "peer": peer}, rows, rounds, seconds, connections)


def _handshakes(servers, names, rows, rounds, seconds, connections):
    for _ in range(rounds):
        for name, program in names.items():
            rows.setdefault(name, []).append(servers.load(program, connections, seconds, fresh=True))
    return {name: medians(seen) for name, seen in rows.items()}


def poll(servers, jobs, cycles):
    """CPU of one cycle of polling and modelling (median), the body's size, and the most memory that was in use."""
    with Coder(jobs) as coder:
        config = servers.config(free_port(), coder_port=coder.port, pollInterval="1s", timeout="1m")
        with servers.adapter(config) as adapter:
            servers.await_200(adapter)
            costs = coder.cpu_between_polls(adapter.pid, cycles)
            peak = memory_mib(adapter.pid)["VmHWM"]
    return {"cpu_s": statistics.median(costs), "body_mib": coder.body_mib, "peak_mib": peak}


def freshness(servers, arrivals, interval_s=1):
    """Seconds from a job's arrival at Coder to the first read that shows it, for jobs that come at any time of the interval."""
    delays = []
    with servers.emulator(0) as _, servers.adapter(servers.config(free_port(), pollInterval=f"{interval_s}s")) as adapter:
        servers.await_200(adapter)
        for n in range(arrivals):
            time.sleep(interval_s * (0.3 + 0.618 * n % 1))
            body = json.dumps({"count": 1, "organization": "coder", "duration": "10h"}).encode()
            asked = urllib.request.Request(f"http://127.0.0.1:{servers.coder_port}/emulator/arrivals", method="POST", data=body,
                                           headers={"Content-Type": "application/json"})
            urllib.request.urlopen(asked, timeout=10).read()
            began = time.monotonic()
            while int(json.loads(servers.get(adapter.port)[1])["items"][0]["value"]) <= n:
                time.sleep(0.005)
            delays.append(time.monotonic() - began)
    return {"p50_s": statistics.median(delays), "max_s": max(delays)}


def nodes(build, program, count):
    """The lines that the bench of a large cluster prints."""
    done = subprocess.run([program, "--build", build, "--nodes", str(count), "--pods", str(30 * count), "--events", str(min(4 * count, 20000))],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bench: nodes: {done.stdout}{done.stderr}")
    return [line for line in done.stdout.splitlines() if line.strip()]


def stripped_mib(program):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["strip", "-o", out.name, program], check=True)
        return os.path.getsize(out.name) / 2**20


def workshop(servers, seconds):
    """The lines with which the demo ends: the same workshop with and without scaling."""
    done = subprocess.run([servers.build / "coder-emulator", "demo", "--adapter", servers.build / "coder-metrics-adapter",
                           "--seconds", str(seconds)], capture_output=True, text=True, timeout=seconds + 60)
    if done.returncode != 0:
        sys.exit(f"bench: the demo ended with {done.returncode}: {done.stderr}")
    return [line for line in done.stdout.splitlines() if line.strip()][-12:]
