"""oci.py - an OCI image layout as one tar, which skopeo, crane, podman, containerd and docker load read."""
import datetime
import gzip
import hashlib
import io
import json

from tree import Tree

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def text_of(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


class Layout:
    def __init__(self):
        self.tree = Tree()

    def blob(self, data, kind):
        """Keeps the bytes; returns their descriptor."""
        name = hashlib.sha256(data).hexdigest()
        self.tree.file(f"blobs/sha256/{name}", data)
        return {"mediaType": kind, "digest": f"sha256:{name}", "size": len(data)}


def compress(tar):
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=out, mtime=0) as packed:
        packed.write(tar)
    return out.getvalue()


def image(trees, settings, about):
    """(tar, digest of the manifest, compressed bytes). trees: [(tree, how it was made)], lowest first; about: name, version,
    architecture, epoch, labels."""
    layout, layers, diffs, history = Layout(), [], [], []
    created = datetime.datetime.fromtimestamp(about["epoch"], datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    for tree, made in trees:
        tar = tree.tar(about["epoch"])
        layers.append(layout.blob(compress(tar), LAYER))
        diffs.append("sha256:" + hashlib.sha256(tar).hexdigest())
        history.append({"created": created, "created_by": made})
    config = layout.blob(text_of({
        "created": created, "architecture": about["architecture"], "os": "linux", "config": {**settings, "Labels": about["labels"]},
        "rootfs": {"type": "layers", "diff_ids": diffs}, "history": history}), CONFIG)
    manifest = layout.blob(text_of({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers,
                                    "annotations": about["labels"]}), MANIFEST)
    reference = f"{about['name']}:{about['version']}"
    layout.tree.file("oci-layout", text_of({"imageLayoutVersion": "1.0.0"}))
    layout.tree.file("index.json", text_of({"schemaVersion": 2, "mediaType": INDEX, "manifests": [{
        **manifest, "platform": {"architecture": about["architecture"], "os": "linux"},
        "annotations": {"org.opencontainers.image.ref.name": about["version"], "io.containerd.image.name": reference}}]}))
    # docker load before version 25 looks for this one.
    path = "blobs/sha256/" + config["digest"][7:]
    layout.tree.file("manifest.json", text_of([{"Config": path, "RepoTags": [reference],
                                                "Layers": ["blobs/sha256/" + layer["digest"][7:] for layer in layers]}]))
    return layout.tree.tar(about["epoch"]), manifest["digest"], sum(layer["size"] for layer in layers)
