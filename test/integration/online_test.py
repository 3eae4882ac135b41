"""check-config --online against an emulated Coder and a fake API server: one line a finding, and what makes it fail."""
import json
import pathlib
import subprocess
import unittest

from harness import ADAPTER, FakeCoder, IntegrationTest, config_for

OWNER = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io"
HPAS = "/apis/autoscaling/v2/namespaces/coder/horizontalpodautoscalers"
WORKLOAD = "/apis/apps/v1/namespaces/coder/deployments/coder-provisioner-default"


def answer(value, status=200):
    return status, "application/json", json.dumps(value).encode()


def refused(what):
    return answer({"kind": "Status", "status": "Failure", "message": f"{what} is forbidden", "code": 403}, 403)


def hpa(selector, tolerance=None, metric="coder_provisioner_desired_replicas"):
    spec = {
        "scaleTargetRef": {"kind": "Deployment", "name": "coder-provisioner-default"},
        "minReplicas": 6,
        "maxReplicas": 15,
        "metrics": [{"type": "External", "external": {
            "metric": {"name": metric, "selector": {"matchLabels": selector}},
            "target": {"type": "AverageValue", "averageValue": "1"}}}],
    }
    if tolerance is not None:
        spec["behavior"] = {"scaleUp": {"tolerance": tolerance}}
    return {"metadata": {"name": "provisioners"}, "spec": spec}


class Online(IntegrationTest):
    def check(self, config, *more):
        path = pathlib.Path(self.folder) / "config.yaml"
        path.write_text(json.dumps(config))
        done = subprocess.run([ADAPTER, "check-config", str(path), "--online", *more], capture_output=True, text=True, timeout=90)
        lines = done.stdout.splitlines()
        for line in lines:
            self.assertRegex(line, r"^(ok|warning|error) (organization|queue|cluster|coder)\b.*: ", done.stdout)
        self.assertEqual(done.returncode, 1 if any(line.startswith("error") for line in lines) else 0, done.stdout + done.stderr)
        return lines

    def start_cluster(self, **answers):
        """An API server of canned answers, and a kubeconfig for it."""
        right = {
            OWNER: answer({"spec": {"service": {"namespace": "monitoring", "name": "coder-metrics-adapter"}}}),
            HPAS: answer({"items": [hpa({"queue": "default"})]}),
            WORKLOAD: answer({"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 600}}}}),
        }
        cluster = self.keep(FakeCoder({**right, **answers}))
        path = pathlib.Path(self.folder) / "kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": cluster.url}}],
            "users": [{"name": "u", "user": {"token": "cluster-token-of-no-worth"}}],
        }))
        return "--kubeconfig", str(path)

    def config(self, url, **queue):
        config = config_for(url, self.folder)
        config["serving"]["service"] = {"namespace": "monitoring"}
        config["queues"][0] |= {"workload": {"kind": "Deployment", "name": "coder-provisioner-default"}, **queue}
        return config

    def assert_line(self, lines, *parts):
        self.assertTrue(any(all(part in line for part in parts) for line in lines), f"{parts} not in {lines}")

    def test_all_is_well(self):
        emulator = self.start_emulator()
        lines = self.check(self.config(emulator.url), *self.start_cluster())
        self.assertEqual([line for line in lines if not line.startswith("ok ")], [])
        self.assert_line(lines, "ok coder: the token is that of user provisioner-scaler", "roles of the site: none")
        self.assert_line(lines, "ok organization default: the token may list its jobs")
        self.assert_line(lines, "ok queue default: 6 live provisioners have exactly its tags (0 busy)")
        self.assert_line(lines, "HPA provisioners reads coder_provisioner_desired_replicas", '"queue":"default"', "tolerance 0.1")
        self.assert_line(lines, "ok queue default:", "terminationGracePeriodSeconds 600")
        self.assert_line(lines, "ok cluster:", "belongs to Service monitoring/coder-metrics-adapter")

    def test_no_cluster_is_a_warning(self):
        emulator = self.start_emulator()
        lines = self.check(self.config(emulator.url))
        self.assert_line(lines, "warning cluster:", "--kubeconfig")

    def test_tags_of_no_provisioner(self):
        emulator = self.start_emulator()
        lines = self.check(self.config(emulator.url, tags={"gpu": "true"}))
        self.assert_line(lines, "warning queue default: no live provisioner has exactly its tags (6 of other tags")

    def test_roles(self):
        for status, word in [(401, "coder tokens create"), (404, "Organization Template Admin"), (403, "provisioner_jobs:read"), (500, "HTTP 500")]:
            with self.subTest(status):
                bad = answer({"message": "no"}, status)
                base = "/api/v2/organizations/default"
                coder = self.keep(FakeCoder({base: bad, base + "/provisionerdaemons": bad, base + "/provisionerjobs": bad}))
                lines = self.check(self.config(coder.url))
                self.assert_line(lines, "error organization default:", word)
                self.assertFalse(any("queue default" in line for line in lines), lines)

    def test_whose_token(self):
        base, empty, me = "/api/v2/organizations/default", answer([]), "/api/v2/users/me"
        well = {base: answer({"id": "20b65688-77aa-59a7-b24c-dace09ddbc4c"}), base + "/provisionerdaemons": empty, base + "/provisionerjobs": empty}
        for told, autostart, workspaces, parts in [
            (answer({"username": "root", "roles": [{"name": "owner"}]}), False, None, ("warning coder:", "user root", "Owner")),
            (answer({"message": "no"}, 404), False, None, ("ok coder: whose the token is cannot be read",)),
            (answer({"message": "no"}, 401), False, None, ("warning coder: whose the token is cannot be read", "coder tokens create")),
            (answer({"roles": 7}), False, None, ("warning coder: whose the token is cannot be read", "username")),
            (answer({"username": "scaler", "roles": []}), True, answer({"message": "no"}, 403), ("error coder: autostart raises nothing", "workspace:read")),
            (answer({"username": "scaler", "roles": []}), True, answer({"workspaces": [], "count": 0}), ("ok coder: the token may list workspaces",)),
        ]:
            with self.subTest(parts):
                coder = self.keep(FakeCoder({**well, me: told, **({"/api/v2/workspaces": workspaces} if workspaces else {})}))
                self.assert_line(self.check(self.config(coder.url, autostart=autostart)), *parts)

    def test_nobody_answers(self):
        lines = self.check(self.config("http://127.0.0.1:1"))
        self.assert_line(lines, "error organization default:", "127.0.0.1:1")

    def test_what_is_wrong_in_the_cluster(self):
        emulator = self.start_emulator()
        foreign = answer({"spec": {"service": {"namespace": "keda", "name": "keda-operator-metrics-apiserver"}}})
        for path, told, parts in [
            (OWNER, foreign, ("error cluster:", "keda/keda-operator-metrics-apiserver")),
            (OWNER, answer({"message": "no"}, 404), ("warning cluster:", "there is none")),
            (HPAS, answer({"items": []}), ("warning queue default: no HPA",)),
            (HPAS, refused("list"), ("warning queue default: its HPAs cannot be looked at", "forbidden")),
            (HPAS, answer({"items": [hpa({"queue": "default"}, "0")]}), ("warning queue default:", "set hpaTolerance: 0,")),
            (WORKLOAD, answer({"message": "no"}, 404), ("error queue default: there is no Deployment coder-provisioner-default",)),
            (WORKLOAD, answer({"spec": {"template": {"spec": {}}}}), ("warning queue default:", "terminationGracePeriodSeconds 30")),
        ]:
            with self.subTest(parts):
                self.assert_line(self.check(self.config(emulator.url), *self.start_cluster(**{path: told})), *parts)


if __name__ == "__main__":
    unittest.main()
