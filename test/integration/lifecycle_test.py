"""Start, reload, stop: what a person and Kubernetes do to the program."""
import pathlib
import signal
import ssl
import subprocess
import threading
import time
import unittest

from harness import ADAPTER, IntegrationTest, config_for, request, wait_for

DEMAND = "coder_provisioner_demand"


def run(*args):
    return subprocess.run([ADAPTER, *args], capture_output=True, text=True, timeout=20)


class Commands(IntegrationTest):
    def test_usage(self):
        for args, code in [
            ([], 2),
            (["--help"], 0),
            (["version"], 0),
            (["--version"], 0),
            (["serve", "--help"], 0),
            (["serve"], 2),
            (["serve", "--no-such"], 2),
            (["check-config"], 2),
            (["no-such-command"], 2),
        ]:
            with self.subTest(args):
                done = run(*args)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertEqual(bool(done.stdout), code == 0)
                if code:
                    self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_check_config(self):
        path = pathlib.Path(self.folder) / "config.yaml"
        path.write_text("apiVersion: coder-metrics-adapter/v1\nkind: Config\ncoder:\n  url: https://coder.example.com\n  tokenFile: /token\n")
        done = run("check-config", str(path))
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        path.write_text("apiVersion: coder-metrics-adapter/v1\nkind: Config\ncoder:\n  url: 7\n  pollIntervall: 5s\nserving:\n  port: 70000\n")
        done = run("check-config", str(path))
        self.assertEqual(done.returncode, 1)
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 4, done.stderr)  # url, pollIntervall, tokenFile missing, port
        for word in (":4:8: coder.url:", ":5:3: coder.pollIntervall:", "pollInterval", "coder.tokenFile", ":7:9: serving.port:"):
            self.assertIn(word, done.stderr)
        self.assertEqual(run("check-config", str(path) + ".missing").returncode, 1)

    def test_serve_refuses_a_wrong_configuration(self):
        config = config_for("http://127.0.0.1:1", self.folder)
        config["serving"]["address"] = "0.0.0.0"  # without authentication only on loopback
        adapter = self.start_adapter(config, wait=False)
        self.assertEqual(adapter.process.wait(10), 1)
        self.assertIn("serving.authentication", adapter.log())


class Reload(IntegrationTest):
    def test_a_new_queue_is_served_and_the_old_keeps_its_value(self):
        emulator, adapter = self.start_pair()
        emulator.arrive(count=4, organization="coder", duration="30m")
        wait_for("four are seen", lambda: adapter.total(DEMAND) == 4)
        config = config_for(emulator.url, self.folder)
        config["serving"]["port"] = adapter.port
        config["queues"].append({"name": "gpu", "organization": "default", "tags": {"gpu": "a100"}, "namespace": "coder"})
        adapter.write_config(config)
        wait_for("the new queue", lambda: self.total_is_four_or(adapter, lambda: adapter.total(DEMAND, "queue=gpu") == 0))

    def total_is_four_or(self, adapter, check):
        self.assertEqual(adapter.total(DEMAND, "queue=default"), 4)  # never a gap, never a false zero
        return check()

    def test_a_broken_file_is_refused_and_told(self):
        emulator, adapter = self.start_pair()
        before = adapter.series()["adapter_config_hash"]
        adapter.write_config("coder: [")
        wait_for("the refusal", lambda: adapter.series()["adapter_config_last_reload_successful"] == 0)
        self.assertIn("config.yaml", adapter.log())
        self.assertEqual(adapter.total(DEMAND), 0)
        self.assertEqual(adapter.series()["adapter_config_hash"], before)
        config = config_for(emulator.url, self.folder)
        config["serving"]["port"] = adapter.port
        config["queues"][0]["name"] = "renamed"
        adapter.write_config(config)
        wait_for("the new name", lambda: adapter.total(DEMAND, "queue=renamed") == 0)
        self.assertEqual(adapter.series()["adapter_config_last_reload_successful"], 1)
        self.assertNotEqual(adapter.series()["adapter_config_hash"], before)

    def test_a_changed_port_needs_a_restart(self):
        emulator, adapter = self.start_pair()
        config = config_for(emulator.url, self.folder)  # another free port
        adapter.write_config(config)
        wait_for("the refusal", lambda: "needs a restart" in adapter.log())
        self.assertEqual(adapter.total(DEMAND), 0)

    def test_sighup_reloads_at_once(self):
        emulator, adapter = self.start_pair()
        adapter.process.send_signal(signal.SIGHUP)
        wait_for("the reload", lambda: "reload" in adapter.log())
        self.assertEqual(adapter.total(DEMAND), 0)

    def test_a_certificate_is_picked_up_live(self):
        emulator = self.start_emulator()
        config = config_for(emulator.url, self.folder)
        folder = pathlib.Path(self.folder)
        self.make_certificate(folder, "first")
        config["serving"].update(certFile=str(folder / "tls.crt"), keyFile=str(folder / "tls.key"))
        adapter = self.start_adapter(config)
        self.assertIn("first", self.common_name(adapter))
        self.make_certificate(folder, "second")
        wait_for("the second certificate", lambda: "second" in self.common_name(adapter), seconds=5)
        (folder / "tls.crt").write_text("rubbish")
        wait_for("the refusal", lambda: "tls.crt" in adapter.log())
        self.assertIn("second", self.common_name(adapter))

    def make_certificate(self, folder, name):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(folder / "new.key"), "-out", str(folder / "new.crt")],
            check=True, capture_output=True)
        (folder / "new.key").rename(folder / "tls.key")
        (folder / "new.crt").rename(folder / "tls.crt")

    def common_name(self, adapter):
        pem = ssl.get_server_certificate(("127.0.0.1", adapter.port))
        return subprocess.run(["openssl", "x509", "-noout", "-subject"], input=pem, capture_output=True, text=True, check=True).stdout


class Shutdown(IntegrationTest):
    def test_requests_go_on_for_the_grace_and_the_exit_is_clean(self):
        emulator = self.start_emulator()
        config = config_for(emulator.url, self.folder)
        config["serving"]["shutdownGrace"] = "2s"
        adapter = self.start_adapter(config)
        failures, answers, stop = [], [], threading.Event()

        def read_on():
            while not stop.is_set():
                try:
                    answer = adapter.read(DEMAND)
                    (answers if answer.status == 200 else failures).append(answer.status)
                except OSError as error:
                    if not stop.is_set():
                        failures.append(error)
                time.sleep(0.02)

        reader = threading.Thread(target=read_on)
        reader.start()
        adapter.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        wait_for("not ready", lambda: adapter.get("/readyz").status == 500, seconds=2)
        self.assertEqual(adapter.get("/livez").status, 200)
        while time.monotonic() - began < 1.5:
            time.sleep(0.05)
        stop.set()
        reader.join()
        self.assertEqual(failures, [])
        self.assertGreater(len(answers), 5)
        self.assertEqual(adapter.process.wait(10), 0)
        self.assertGreaterEqual(time.monotonic() - began, 1.9)

    def test_sigterm_right_after_the_start(self):
        emulator = self.start_emulator()
        adapter = self.start_adapter(config_for(emulator.url, self.folder), wait=False)
        wait_for("its first words", adapter.log)
        self.assertEqual(adapter.stop(), 0)

    def test_a_slow_coder_does_not_hold_the_stop(self):
        emulator, adapter = self.start_pair()
        emulator.fault("slow")
        time.sleep(1.2)
        began = time.monotonic()
        self.assertEqual(adapter.stop(), 0)
        self.assertLess(time.monotonic() - began, 5)


class Emulator(IntegrationTest):
    def test_it_speaks_like_coder(self):
        emulator = self.start_emulator()
        self.assertEqual(request(emulator.url + "/api/v2/users/me").status, 401)
        token = {"Coder-Session-Token": "integration-token-of-no-worth"}
        daemons = request(emulator.url + "/api/v2/organizations/default/provisionerdaemons", headers=token)
        self.assertEqual(len(daemons.json), 6)
        self.assertEqual(request(emulator.url + "/api/v2/organizations/default/provisionerjobs?offset=3", headers=token).status, 400)
        self.assertEqual(request(emulator.url + "/api/v2/organizations/no/provisionerjobs", headers=token).status, 404)


if __name__ == "__main__":
    unittest.main()
