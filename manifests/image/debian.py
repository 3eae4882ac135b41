"""debian.py - the files of installed Debian packages, each checked against the sum that its package came with.

A file that somebody changed, or that no package owns, is an error: the image holds Debian's files and the adapter, nothing else.
"""
import functools
import hashlib
import os
import pathlib
import re
import subprocess


class Refused(Exception):
    """What was found cannot go into an image."""


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise Refused(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def spellings(path):
    """With /lib merged into /usr/lib the loader names a file by one path and dpkg by the other."""
    return (path, path[len("/usr"):]) if path.startswith("/usr/") else (path, "/usr" + path)


@functools.cache
def library_owners():
    """{path: package} of every library of this machine; asked once, as dpkg searches all its lists each time."""
    owners = {}
    for line in run("dpkg-query", "-S", "/lib*/*.so*", "/usr/lib*/*.so*").splitlines():
        package, _, path = line.rpartition(": ")
        if "," not in package:
            owners[path] = package
    return owners


def owner_of(path):
    """(package, the path as the package has it)."""
    for name in spellings(path):
        if name in library_owners():
            return library_owners()[name], name
    raise Refused(f"{path}: no Debian package owns it")


@functools.cache
def sums_of(package):
    text = run("dpkg-query", "--control-show", package, "md5sums")
    return {"/" + line[34:]: line[:32] for line in text.splitlines()}


def read(path, package=None):
    """The bytes of a file of the package, or of whichever owns it."""
    package, name = (package, path) if package else owner_of(path)
    data = pathlib.Path(path).read_bytes()
    wanted = sums_of(package).get(name)
    if wanted != hashlib.md5(data, usedforsecurity=False).hexdigest():
        raise Refused(f"{path}: not as {package} brought it (dpkg --verify {package})")
    return data


def shared_libraries(program):
    """What the loader loads for the program: paths as it names them, and the loader itself."""
    text = run("ldd", program)
    if "not found" in text:
        raise Refused(f"{program}: a shared library is missing:\n{text}")
    return sorted(set(re.findall(r"(?:=> )?(/\S+) \(0x", text)))


def links_to(path):
    """The path and every link on the way to the file: [(path, target), ..., (path, None)]."""
    steps = []
    path = owner_of(path)[1]
    while os.path.islink(path):
        steps.append((path, os.readlink(path)))
        path = owner_of(os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path))))[1]
    return [*steps, (path, None)]


def files_of(package, under):
    """The paths of a package below a folder, folders left out."""
    names = run("dpkg-query", "-L", package).splitlines()
    return sorted(name for name in names if name.startswith(under) and (os.path.islink(name) or os.path.isfile(name)))


@functools.cache
def fields_of(package):
    names = ["Package", "Version", "Architecture", "Maintainer", "Homepage", "source:Package", "source:Version"]
    text = run("dpkg-query", "-W", "-f", "\t".join("${" + name + "}" for name in names), package)
    return dict(zip(names, text.split("\t")))


def stanza_of(package):
    """dpkg's own record, as scanners read it, without what is about this machine."""
    text = run("dpkg-query", "-s", package)
    stanza, skipping = [], False
    for line in text.splitlines():
        skipping = line.startswith("Conffiles:") or (skipping and line.startswith(" "))
        if not skipping:
            stanza.append(line)
    return "\n".join(stanza) + "\n"
