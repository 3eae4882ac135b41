"""Builds that outlast the grace period of their pods are told: in the log, and in the explanation of what is served."""
import json
import pathlib
import subprocess
import unittest

from harness import FakeCoder, IntegrationTest, config_for, wait_for

WORKLOAD = "/apis/apps/v1/namespaces/coder/deployments/coder-provisioner-default"
EXPLANATION = "/explain/namespaces/coder/coder_provisioner_desired_replicas"


class Grace(IntegrationTest):
    def start(self, grace):
        cluster = self.keep(FakeCoder({
            WORKLOAD: (200, "application/json", json.dumps({"spec": {"template": {"spec": {"terminationGracePeriodSeconds": grace}}}}).encode()),
        }))
        kubeconfig = pathlib.Path(self.folder) / "kubeconfig"
        kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u", "namespace": "monitoring"}}],
            "clusters": [{"name": "c", "cluster": {"server": cluster.url}}],
            "users": [{"name": "u", "user": {"token": "cluster-token-of-no-worth"}}],
        }))
        emulator = self.start_emulator()
        config = config_for(emulator.url, self.folder)
        certificate, key = self.make_certificate()
        config["serving"] |= {"certFile": certificate, "keyFile": key}
        config["queues"][0] |= {"protectBusy": True, "workload": {"kind": "Deployment", "name": "coder-provisioner-default"}}
        return emulator, self.start_adapter(config, args=("--kubeconfig", str(kubeconfig)))

    def make_certificate(self):
        certificate, key = pathlib.Path(self.folder) / "tls.crt", pathlib.Path(self.folder) / "tls.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
                        "-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
        return str(certificate), str(key)

    def grace(self, adapter):
        items = adapter.get(EXPLANATION).json["items"]
        return (items[0]["explanation"] or {}).get("grace") if items else None

    def test_a_build_outlasts_it(self):
        emulator, adapter = self.start(1)
        first = wait_for("the grace period is known", lambda: self.grace(adapter))
        self.assertEqual(first, {"terminationGracePeriodSeconds": 1, "p99Seconds": None, "longestSeconds": None, "tooShort": False,
                                 "wantedSeconds": None})
        emulator.arrive(count=2, duration="3s")
        told = wait_for("the builds are measured", lambda: (self.grace(adapter) or {}).get("tooShort") and self.grace(adapter))
        self.assertEqual(told["wantedSeconds"], 30)
        self.assertAlmostEqual(told["longestSeconds"], 3, delta=0.5)
        wait_for("the log says so", lambda: "set_to=30" in adapter.log())
        self.assertEqual(adapter.log().count("raise terminationGracePeriodSeconds"), 1)

    def test_it_is_long_enough(self):
        emulator, adapter = self.start(600)
        emulator.arrive(count=2, duration="3s")
        told = wait_for("the builds are measured", lambda: (self.grace(adapter) or {}).get("longestSeconds") and self.grace(adapter))
        self.assertEqual((told["tooShort"], told["wantedSeconds"]), (False, None))
        self.assertNotIn("raise terminationGracePeriodSeconds", adapter.log())


if __name__ == "__main__":
    unittest.main()
