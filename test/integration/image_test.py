"""The image: made twice with the same bytes, and run as a container runtime does: user 65532, no rights, a root that is read only."""
import gzip
import hashlib
import io
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile
import unittest

from harness import ADAPTER, IntegrationTest, config_for, wait_for

BUILD = pathlib.Path(__file__).resolve().parents[2] / "manifests/image/build"
CONFIG = "/etc/coder-metrics-adapter"
USER = 65532
MOST_BYTES = 20 * 1000 * 1000


class Image:
    """An OCI layout in a tar; every blob is checked against its name when it is read."""

    def __init__(self, path):
        self.archive = tarfile.open(path)
        index = json.loads(self.archive.extractfile("index.json").read())
        self.digest = index["manifests"][0]["digest"]
        self.manifest = json.loads(self.blob(index["manifests"][0]))
        self.config = json.loads(self.blob(self.manifest["config"]))
        self.layers = [self.blob(layer) for layer in self.manifest["layers"]]

    def blob(self, descriptor):
        data = self.archive.extractfile("blobs/" + descriptor["digest"].replace(":", "/")).read()
        assert len(data) == descriptor["size"], descriptor
        assert "sha256:" + hashlib.sha256(data).hexdigest() == descriptor["digest"], descriptor
        return data

    def tars(self):
        return [gzip.decompress(layer) for layer in self.layers]

    def members(self):
        return [member for tar in self.tars() for member in tarfile.open(fileobj=io.BytesIO(tar))]

    def extract(self, root):
        for tar in self.tars():
            with tarfile.open(fileobj=io.BytesIO(tar)) as archive:
                archive.extraction_filter = staticmethod(lambda member, _: member)  # absolute links, too, where Python would mind
                archive.extractall(root)


def contained(root, folder):
    """A command as the container runtime starts it: nothing but the image and its configuration is seen, nothing can be written,
    no capability is left."""
    become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups"] if os.geteuid() == 0 else []
    return [*become, "bwrap", "--unshare-user", "--uid", str(USER), "--gid", str(USER), "--unshare-pid", "--die-with-parent",
            "--cap-drop", "ALL", "--clearenv", "--ro-bind", root, "/", "--proc", "/proc", "--ro-bind", folder, CONFIG]


class ImageTest(IntegrationTest):
    @classmethod
    def setUpClass(cls):
        cls.folder_of_class = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder_of_class.cleanup)
        os.chmod(cls.folder_of_class.name, 0o755)  # user 65532 goes through it
        cls.path = pathlib.Path(cls.folder_of_class.name, "image.tar")
        cls.root = pathlib.Path(cls.folder_of_class.name, "root")
        cls.build(cls.path)
        cls.image = Image(cls.path)
        cls.addClassCleanup(cls.image.archive.close)
        cls.root.mkdir(mode=0o755)
        cls.image.extract(cls.root)

    @staticmethod
    def build(path, **environment):
        done = subprocess.run([BUILD, "--program", ADAPTER, "--out", path], env={**os.environ, **environment}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def test_the_same_bytes_twice(self):
        again = pathlib.Path(self.folder, "again.tar")
        self.assertIn(self.image.digest, self.build(again, TZ="Asia/Tokyo", LC_ALL="C", HOME="/nonexistent"))
        self.assertEqual(self.path.read_bytes(), again.read_bytes())

    def test_small_and_without_a_shell(self):
        self.assertLess(sum(map(len, self.image.layers)), MOST_BYTES)
        members = self.image.members()
        programs = [m.name for m in members if m.isfile() and m.mode & 0o111 and ".so" not in m.name]
        self.assertEqual(programs, ["usr/bin/coder-metrics-adapter"])
        self.assertEqual([m.name for m in members if m.mode & 0o6000], [])
        self.assertEqual([m.name for m in members if m.isfile() and m.mode & 0o022], [])
        self.assertEqual({m.name for m in members if m.uid or m.gid}, {"var/lib/coder-metrics-adapter"})

    def test_configuration(self):
        config = self.image.config
        self.assertEqual(config["config"]["User"], f"{USER}:{USER}")
        self.assertEqual(config["config"]["Entrypoint"], ["/usr/bin/coder-metrics-adapter"])
        self.assertEqual(config["rootfs"]["diff_ids"], ["sha256:" + hashlib.sha256(tar).hexdigest() for tar in self.image.tars()])
        self.assertEqual(config["architecture"], subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip())

    def test_the_dockerfile_makes_the_same(self):
        """Its steps need a registry; what it states can be compared here, and its last step tried."""
        lines = (BUILD.parent / "Dockerfile").read_text().replace("\\\n", "").splitlines()
        told = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
        config = self.image.config["config"]
        bases = [rest for word, rest in told if word == "FROM"]
        self.assertEqual(len(bases), 2)
        for base in bases:
            self.assertRegex(base, r"^\$\{(\w+)\}@\$\{\1_DIGEST\}( AS \w+)?$")
        self.assertEqual([rest for word, rest in told if word == "ARG" and "DIGEST" in rest], ["BUILDER_DIGEST", "BASE_DIGEST"])
        self.assertEqual(dict(told)["USER"], config["User"])
        self.assertEqual(json.loads(dict(told)["ENTRYPOINT"]), config["Entrypoint"])
        self.assertEqual(json.loads(dict(told)["CMD"]), config["Cmd"])
        self.assertIn(dict(told)["ENV"], config["Env"])
        root = pathlib.Path(self.folder, "root")
        subprocess.run([BUILD, "--program", ADAPTER, "--root", root], check=True)
        files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_symlink() or not path.is_dir()}
        self.assertEqual(files, {member.name for member in self.image.members() if not member.isdir()})

    def test_bill_of_materials(self):
        beside = self.path.with_suffix(".spdx.json").read_text()
        self.assertEqual((self.root / "usr/share/sbom/coder-metrics-adapter.spdx.json").read_text(), beside)
        sbom = json.loads(beside)
        names = {package["name"]: package for package in sbom["packages"]}
        installed = dict(line.split("=", 1) for line in subprocess.check_output(
            ["dpkg-query", "-W", "-f", "${Package}=${Version}\n", "libc6", "libcurl4", "libssl3", "tzdata"], text=True).splitlines())
        for name, version in installed.items():
            self.assertEqual(names[name]["versionInfo"], version)
        self.assertEqual({relation["relatedSpdxElement"] for relation in sbom["relationships"]}, {p["SPDXID"] for p in sbom["packages"]})
        program = (self.root / "usr/bin/coder-metrics-adapter").read_bytes()
        self.assertEqual(names["coder-metrics-adapter"]["checksums"][0]["checksumValue"], hashlib.sha256(program).hexdigest())
        for name in set(names) - {"coder-metrics-adapter"}:
            self.assertTrue((self.root / "var/lib/dpkg/status.d" / name).is_file(), name)

    def test_it_serves_the_queries_of_the_demo(self):
        emulator = self.start_emulator()
        os.chmod(self.folder, 0o755)
        config = config_for(emulator.url, self.folder)
        config["timeZone"] = "Europe/Stockholm"  # wants the zones of the image
        config["coder"]["tokenFile"] = f"{CONFIG}/token"
        image = self.image.config["config"]
        adapter = self.start_adapter(config, command=[*contained(self.root, self.folder), *image["Entrypoint"], *image["Cmd"]])
        emulator.arrive(count=7, organization="coder", duration="30m")
        for metric, value in [("coder_provisioner_demand", 7), ("coder_provisioner_desired_replicas", 8)]:
            wait_for(f"{metric} is {value}", lambda: adapter.total(metric, "queue=default") == value)
        self.check_rights(adapter.process.pid)

    def check_rights(self, pid):
        """Of the adapter, the last of the chain that the command in front makes."""
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
        while children.read_text():
            pid = children.read_text().split()[0]
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
        status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
        self.assertEqual(status["Name"], "coder-metrics-a")
        self.assertEqual(status["NoNewPrivs"], "1")
        for rights in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[rights], 16), 0, rights)
        if os.geteuid() == 0:
            self.assertEqual(set(status["Uid"].split()), {str(USER)})
            root = next(line for line in pathlib.Path(f"/proc/{pid}/mountinfo").read_text().splitlines() if line.split()[4] == "/")
            self.assertIn("ro", root.split()[5].split(","))


if __name__ == "__main__":
    unittest.main()
