"""What a machine does to a program: no descriptors left, clocks that jump, names that nobody knows, answers that end anywhere or drip."""
import glob
import os
import random
import resource
import socket
import subprocess
import threading
import time
import unittest

import harness
from harness import Adapter, IntegrationTest, config_for, wait_for

DEMAND = "coder_provisioner_demand"
FAKETIME = next(iter(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")), None)


class LimitedAdapter(Adapter):
    """With a few descriptors, or another environment."""

    def __init__(self, folder, config, descriptors=None, environment=None):
        self.limits, self.environment = descriptors, environment
        self.plain_popen = subprocess.Popen
        subprocess.Popen = self.popen
        try:
            super().__init__(folder, config)
        finally:
            subprocess.Popen = self.plain_popen

    def popen(self, args, **more):
        def limit():
            if self.limits:
                resource.setrlimit(resource.RLIMIT_NOFILE, (self.limits, self.limits))

        return self.plain_popen(args, preexec_fn=limit, env={**os.environ, **(self.environment or {})}, **more)


class BrokenCoder:
    """The answers of an emulated Coder, without their length, cut at a random byte or sent slowly."""

    def __init__(self, target, seed):
        self.target, self.dice, self.mode = target, random.Random(seed), "whole"
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        self.cuts = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(near,), daemon=True).start()

    def answer(self, near):
        with near:
            try:
                head = near.recv(65536).decode()
                path = head.split()[1]
                token = next(line.split(": ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("coder-session-token"))
                body = harness.request(self.target + path, headers={"Coder-Session-Token": token}).body
                near.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")
                if self.mode == "cut":
                    self.cuts += 1
                    near.sendall(body[:self.dice.randrange(len(body))])
                elif self.mode == "drip":
                    for byte in body:
                        near.sendall(bytes([byte]))
                        time.sleep(0.2)
                else:
                    near.sendall(body)
            except (OSError, StopIteration, IndexError):
                pass

    def stop(self):
        self.server.close()


class Environment(IntegrationTest):
    def good_or_error(self, adapter, value):
        """Never another value."""
        answer = adapter.read(DEMAND)
        if answer.status == 200:
            self.assertEqual([item["value"] for item in answer.json["items"]], [str(value)])
        else:
            self.assertEqual(answer.status, 503)
        return answer.status == 200

    def test_answers_that_end_anywhere_or_drip(self):
        emulator = self.start_emulator()
        emulator.arrive(count=5, organization="coder", duration="5h")
        coder = self.keep(BrokenCoder(emulator.url, seed=5))
        adapter = self.start_adapter(config_for(coder.url, self.folder))
        wait_for("five", lambda: adapter.total(DEMAND) == 5)
        for mode in ("cut", "drip"):
            coder.mode = mode
            wait_for(f"{mode}: an error", lambda: not self.good_or_error(adapter, 5))
            for _ in range(10):
                self.good_or_error(adapter, 5)
                time.sleep(0.1)
            coder.mode = "whole"
            wait_for(f"{mode}: values again", lambda: self.good_or_error(adapter, 5))
        self.assertGreater(coder.cuts, 2)

    def test_no_descriptors_left(self):
        emulator = self.start_emulator()
        emulator.arrive(count=2, organization="coder", duration="5h")
        adapter = self.keep(LimitedAdapter(self.folder, config_for(emulator.url, self.folder), descriptors=48))
        wait_for("two", lambda: adapter.total(DEMAND) == 2)
        held = []
        try:
            for _ in range(60):
                held.append(socket.create_connection(("127.0.0.1", adapter.port), timeout=5))
            time.sleep(3)
            adapter.died()
        finally:
            for sock in held:
                sock.close()
        wait_for("two again", lambda: self.good_or_error(adapter, 2))
        self.assertEqual(adapter.stop(), 0)

    @unittest.skipIf(os.environ.get("SANITIZED"), "a sanitizer wants to be the first library")
    @unittest.skipIf(FAKETIME is None, "libfaketime is missing: scripts/packages test installs it")
    def test_clocks_that_jump(self):
        emulator = self.start_emulator()
        emulator.arrive(count=9, organization="coder", duration="5h")
        control = os.path.join(self.folder, "faketime")
        self.set_clock(control, "+0")
        environment = {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": control, "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1",
                       "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        config = {**config_for(emulator.url, self.folder), "confined": False}  # libfaketime opens files and semaphores of its own
        adapter = self.keep(LimitedAdapter(self.folder, config, environment=environment))
        wait_for("nine", lambda: adapter.total(DEMAND) == 9)
        for jump in ("+1h", "-1h", "+10d", "-300s", "+0"):
            self.set_clock(control, jump)
            for _ in range(8):
                self.good_or_error(adapter, 9)
                time.sleep(0.1)
            wait_for(f"nine after {jump}", lambda: self.good_or_error(adapter, 9))
            oldest = adapter.total("coder_provisioner_oldest_pending_seconds")
            self.assertTrue(oldest is None or 0 <= oldest < 120, f"{jump}: {oldest}")  # by Coder's Date, not by our clock

    def set_clock(self, path, text):
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(text + "\n")
        os.rename(path + ".new", path)

    def test_nobody_knows_the_name(self):
        adapter = self.start_adapter(config_for("http://coder.invalid:8080", self.folder), wait=False)
        wait_for("ready without Coder", adapter.is_ready, seconds=40)
        answer = wait_for("the reason", lambda: self.reason_of(adapter), seconds=40)
        self.assertIn("coder.invalid", answer)
        for _ in range(20):  # the loop is not held up by the resolver
            self.assertEqual(adapter.get("/livez").status, 200)
        self.assertEqual(adapter.stop(), 0)

    def reason_of(self, adapter):
        answer = adapter.read(DEMAND)
        self.assertEqual(answer.status, 503)
        message = answer.json["message"]
        return message if "coder.invalid" in message else None


if __name__ == "__main__":
    unittest.main()
