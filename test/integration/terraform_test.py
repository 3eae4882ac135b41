"""The Terraform module: every file parses, every variable is described, used and documented, and what the example makes of the chart's
values is what the chart takes. Where terraform is there, it lays out, evaluates and, with its provider, validates the module itself."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
MODULE = TOP / "manifests/terraform"
PYTHON = subprocess.run([TOP / "scripts/python"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
if sys.prefix != str(pathlib.Path(PYTHON).parents[1]):
    os.execv(PYTHON, [PYTHON, *sys.argv])

import hcl2
import jsonschema

TERRAFORM = shutil.which("terraform") or shutil.which("tofu")
# Of this machine's: nothing but what is in the folder decides.
ENVIRONMENT = {**{key: value for key, value in os.environ.items() if not key.startswith("TF_")}, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}


def parsed(path):
    with open(path) as file:
        return hcl2.load(file)


def blocks(kind):
    """{name: body} of the module's blocks of a kind."""
    return {name.strip('"'): body for path in MODULE.glob("*.tf") for block in parsed(path).get(kind, []) for name, body in block.items()}


def helm():
    try:
        found = subprocess.run([TOP / "scripts/helm/find"], capture_output=True, text=True)
    except OSError:
        return None
    return found.stdout.strip() if found.returncode == 0 else None


class Files(unittest.TestCase):
    def test_every_file_parses(self):
        files = list(MODULE.rglob("*.tf"))
        self.assertGreaterEqual(len(files), 6)
        for path in files:
            with self.subTest(path.name):
                self.assertTrue(parsed(path))

    def test_variables_are_described_typed_used_and_documented(self):
        text = "".join(path.read_text() for path in MODULE.glob("*.tf"))
        page = (MODULE / "README.md").read_text()
        variables = blocks("variable")
        self.assertEqual(set(variables), set(re.findall(r"^\| `(\w+)` \|", page, re.M)))
        for name, body in variables.items():
            with self.subTest(name):
                self.assertIn("description", body)
                self.assertIn("type", body)
                self.assertRegex(text, rf"\bvar\.{name}\b")
        self.assertEqual(set(re.findall(r"\bvar\.(\w+)", text)), set(variables))
        for name, body in blocks("output").items():
            self.assertIn("description", body, name)

    def test_secrets_stay_out(self):
        """Terraform's state is no place for a token: the module names the Secret."""
        self.assertNotRegex("".join(path.read_text() for path in MODULE.rglob("*.tf")), r"kubernetes_secret|sensitive")


@unittest.skipUnless(TERRAFORM, "no terraform on this machine: the files were parsed only")
class Terraform(unittest.TestCase):
    def run_terraform(self, folder, *args):
        return subprocess.run([TERRAFORM, f"-chdir={folder}", *args], env=ENVIRONMENT, capture_output=True, text=True, timeout=120)

    def evaluate(self, folder, module_call):
        """The values that a call of the module makes: its files but those that want a provider, which values do not depend on."""
        module = pathlib.Path(folder) / "module"
        module.mkdir()
        for name in ("variables.tf", "values.tf", "outputs.tf"):
            shutil.copy(MODULE / name, module)
        (pathlib.Path(folder) / "main.tf").write_text(
            module_call + '\noutput "values" {\n  value = jsonencode(module.coder_metrics_adapter.values)\n}\n')
        for args in (("init", "-input=false"), ("apply", "-auto-approve", "-input=false", "-no-color")):
            done = self.run_terraform(folder, *args)
            if done.returncode != 0:
                return done.stderr
        return json.loads(self.run_terraform(folder, "output", "-raw", "values").stdout)

    def example(self):
        text = (MODULE / "examples/three-organizations/main.tf").read_text()
        return re.sub(r'^provider "helm" \{.*?^\}\n', "", text, flags=re.M | re.S).replace('"../.."', '"./module"')

    def test_layout(self):
        done = self.run_terraform(MODULE, "fmt", "-check", "-recursive", "-diff")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_example_makes_values_that_the_chart_takes(self):
        with tempfile.TemporaryDirectory() as folder:
            values = self.evaluate(folder, self.example())
            self.assertIsInstance(values, dict, values)
            jsonschema.validate(values, json.loads((TOP / "manifests/chart/values.schema.json").read_text()))
            self.assertEqual({name: queue["replicas"] for name, queue in values["queues"].items()},
                             {"default": {"min": 6, "max": 15}, "experimental": {"min": 2, "max": 8}, "demo": {"min": 2, "max": 8}})
            if helm():
                self.check_rendered(folder, values)

    def check_rendered(self, folder, values):
        path = pathlib.Path(folder) / "values.json"
        path.write_text(json.dumps(values))
        done = subprocess.run([helm(), "template", "adapter", TOP / "manifests/chart", "--namespace", "coder-metrics", "-f", path],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count("kind: HorizontalPodAutoscaler\n"), 3)

    def test_wishes_reach_the_values(self):
        call = 'module "coder_metrics_adapter" {\n  source = "./module"\n  coder_url = "https://coder.example.com"\n  image = { repository = "r" }\n'
        for more, check in [
            ('organizations = {}', lambda v: not any(queue["enabled"] for queue in v["queues"].values())),
            ('organizations = { a = { replicas = { min = 1, max = 2 }, workload = { kind = "StatefulSet" } } }',
             lambda v: v["queues"]["a"]["workload"] == {"kind": "StatefulSet", "name": "coder-provisioner-a"}),
            ('organizations = { a = { organization = "b", replicas = { min = 1, max = 2 }, scale_down_after = "5m" } }',
             lambda v: (v["queues"]["a"]["organization"], v["queues"]["a"]["scaleDownAfter"]) == ("b", "5m")),
            ('organizations = {}\nhpa = { external_only = true, tolerance = 0 }',
             lambda v: (v["hpa"]["cpuUtilization"], v["hpa"]["memoryUtilization"], v["hpa"]["tolerance"]) == (None, None, 0)),
            ('organizations = {}\nnode_groups = { label = "x/y" }\nhistory_size = "5Gi"',
             lambda v: (v["nodeGroups"], v["history"]) == ({"enabled": True, "label": "x/y"}, {"enabled": True, "size": "5Gi"})),
            ('organizations = {}\nconfig = { coder = { pollInterval = "10s" } }',
             lambda v: v["config"]["coder"] == {"url": "https://coder.example.com", "pollInterval": "10s"}),
            ('organizations = { a = { replicas = { min = 3, max = 2 } } }', lambda v: "replicas.min" in v),
            ('organizations = { a = { replicas = { min = 1, max = 2 }, workload = { kind = "Job" } } }', lambda v: "workload.kind" in v),
        ]:
            with self.subTest(more), tempfile.TemporaryDirectory() as folder:
                values = self.evaluate(folder, f"{call}{more}\n}}\n")
                self.assertTrue(check(values), values)

    def test_validate(self):
        """Needs the helm provider: from a registry, or from a mirror on this machine. Where it cannot be had that is said, and the rest stands."""
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(MODULE, pathlib.Path(folder) / "module")
            if self.run_terraform(f"{folder}/module", "init", "-backend=false", "-input=false").returncode != 0:
                self.skipTest("the provider hashicorp/helm cannot be had here: terraform validate was not run")
            done = self.run_terraform(f"{folder}/module", "validate", "-no-color")
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
