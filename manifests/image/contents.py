"""contents.py - what is in the image: the base (Debian's files) and the program, each a tree."""
import pathlib
import shutil
import subprocess
import tempfile

import debian
from tree import Tree

USER = 65532
PROGRAM = "/usr/bin/coder-metrics-adapter"
ACCOUNTS = {
    "/etc/passwd": "root:x:0:0:root:/:/nonexistent\n" f"nonroot:x:{USER}:{USER}:nonroot:/:/nonexistent\n",
    "/etc/group": f"root:x:0:\nnonroot:x:{USER}:\n",
    "/etc/nsswitch.conf": "hosts: files dns\n",
}
# The C library loads it by name when a thread ends early; no ldd tells of it.
BY_NAME = ["/lib/x86_64-linux-gnu/libgcc_s.so.1", "/lib/aarch64-linux-gnu/libgcc_s.so.1"]


def add_library(tree, path):
    """Returns the packages that own the file and its links."""
    packages = set()
    for name, target in debian.links_to(path):
        packages.add(debian.owner_of(name)[0])
        if target is None:
            tree.file(name, debian.read(name), 0o755)
        else:
            tree.link(name, target)
    return packages


def add_certificates(tree):
    """Mozilla's CAs as the package has them: nothing that was added to this machine."""
    names = debian.files_of("ca-certificates", "/usr/share/ca-certificates/")
    tree.file("/etc/ssl/certs/ca-certificates.crt", b"".join(debian.read(name, "ca-certificates") for name in names if name.endswith(".crt")))


def add_time_zones(tree):
    for name in debian.files_of("tzdata", "/usr/share/zoneinfo/"):
        if name.startswith(("/usr/share/zoneinfo/right/", "/usr/share/zoneinfo/posix/")):
            continue
        path = pathlib.Path(name)
        if path.is_symlink() and path.resolve().is_relative_to("/usr/share/zoneinfo"):
            tree.link(name, str(path.readlink()))
        elif not path.is_symlink():
            tree.file(name, debian.read(name, "tzdata"))


def add_records(tree, packages):
    """What scanners and lawyers ask for: dpkg's records, copyrights, the release."""
    for package in packages:
        name = debian.fields_of(package)["Package"]
        copyright_file = pathlib.Path("/usr/share/doc", name, "copyright")
        tree.file(f"/var/lib/dpkg/status.d/{name}", debian.stanza_of(package))
        if copyright_file.is_file():
            tree.file(str(copyright_file), copyright_file.read_bytes())
    for path in ("/usr/lib/os-release", "/etc/os-release"):
        tree.file(path, debian.read("/usr/lib/os-release", "base-files"))


def base(program):
    """(tree, sorted packages)."""
    tree, packages = Tree(), {"ca-certificates", "tzdata", "base-files"}
    libraries = debian.shared_libraries(program) + [path for path in BY_NAME if pathlib.Path(path).exists()]
    for path in libraries:
        packages |= add_library(tree, path)
    add_certificates(tree)
    add_time_zones(tree)
    for path, text in ACCOUNTS.items():
        tree.file(path, text)
    for path in ("/dev", "/proc", "/sys", "/run", "/etc/coder-metrics-adapter"):  # what runtimes mount on
        tree.folder(path)
    tree.folder("/tmp", 0o1777)
    tree.folder("/var/lib/coder-metrics-adapter", 0o750, owner=USER)
    packages = sorted(packages)
    add_records(tree, packages)
    return tree, packages


def stripped(program):
    """Without symbols, and without the build id, which depends on the folder that it was built in."""
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, "program")
        shutil.copyfile(program, copy)
        subprocess.run(["strip", "--strip-all", "--remove-section=.note.gnu.build-id", copy], check=True)
        return copy.read_bytes()


def own(program, sbom):
    tree = Tree()
    tree.file(PROGRAM, stripped(program), 0o755)
    tree.file("/usr/share/sbom/coder-metrics-adapter.spdx.json", sbom)
    return tree
