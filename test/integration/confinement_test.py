"""The running program has given its rights up, and still does all it must: certificates, history, reloads, names."""
import os
import pathlib
import unittest

from harness import Adapter, IntegrationTest, config_for, wait_for

DEMAND = "coder_provisioner_demand"


class Confinement(IntegrationTest):
    def status_of(self, adapter):
        text = pathlib.Path(f"/proc/{adapter.process.pid}/status").read_text()
        return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)

    def is_built_in(self, adapter):
        return "not in this build" not in adapter.log()  # sanitizers, coverage

    def test_every_thread_is_confined(self):
        _, adapter = self.start_pair()
        if not self.is_built_in(adapter):
            self.assertEqual(self.status_of(adapter)["Seccomp"], "0")
            return
        for task in os.listdir(f"/proc/{adapter.process.pid}/task"):
            text = pathlib.Path(f"/proc/{adapter.process.pid}/task/{task}/status").read_text()
            self.assertIn("Seccomp:\t2", text)
            self.assertIn("NoNewPrivs:\t1", text)
        self.assertRegex(adapter.log(), "confined to its own files and the system calls it needs|not confined to its own files")

    def test_it_can_be_switched_off(self):
        emulator = self.start_emulator()
        adapter = self.start_adapter({**config_for(emulator.url, self.folder), "confined": False})
        wait_for("values", lambda: adapter.total(DEMAND) == 0)
        self.assertEqual(self.status_of(adapter)["Seccomp"], "0")
        self.assertNotIn("confined", adapter.log())

    def test_names_are_resolved(self):
        emulator = self.start_emulator()
        adapter = self.start_adapter(config_for(emulator.url.replace("127.0.0.1", "localhost"), self.folder))
        wait_for("values", lambda: adapter.total(DEMAND) == 0)

    def test_a_token_is_rotated_behind_a_link(self):
        """As the kubelet does: ..data is a link to a folder that changes."""
        emulator = self.start_emulator()
        secret = pathlib.Path(self.folder) / "secret"
        for name, token in (("..1", "integration-token-of-no-worth"), ("..2", "wrong"), ("..3", "integration-token-of-no-worth")):
            (secret / name).mkdir(parents=True)
            (secret / name / "token").write_text(token)
        (secret / "..data").symlink_to("..1")
        (secret / "token").symlink_to("..data/token")
        adapter = self.start_adapter(config_for(emulator.url, self.folder, tokenFile=str(secret / "token")))
        wait_for("values", lambda: adapter.total(DEMAND) == 0)
        for folder, status in (("..2", 503), ("..3", 200)):
            (secret / "..new").symlink_to(folder)
            (secret / "..new").rename(secret / "..data")
            wait_for(f"{status} with {folder}", lambda: adapter.read(DEMAND).status == status)

    def test_a_configuration_with_files_elsewhere_needs_a_restart(self):
        emulator = self.start_emulator()
        own = pathlib.Path(self.folder) / "own"
        other = pathlib.Path(self.folder) / "other"
        own.mkdir()
        other.mkdir()
        (other / "token").write_text("integration-token-of-no-worth")
        config = config_for(emulator.url, own)
        adapter = self.keep_adapter(own, config)
        config["coder"]["tokenFile"] = str(other / "token")
        adapter.write_config(config)
        if self.is_built_in(adapter) and "not confined to its own files" not in adapter.log():
            wait_for("the refusal", lambda: "needs a restart" in adapter.log() and str(other) in adapter.log())
        else:
            wait_for("the reload", lambda: "was reloaded" in adapter.log())
        self.assertEqual(adapter.total(DEMAND), 0)

    def keep_adapter(self, folder, config):
        adapter = self.keep(Adapter(folder, config))
        wait_for("values", lambda: adapter.total(DEMAND) == 0)
        return adapter


if __name__ == "__main__":
    unittest.main()
