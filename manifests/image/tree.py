"""tree.py - files, links and folders in memory, and the one tar that they make: equal trees are equal bytes."""
import io
import os
import tarfile


class Tree:
    def __init__(self):
        self.entries = {}  # path without the first slash -> TarInfo, bytes

    def _add(self, path, kind, mode, data=b"", target="", owner=0):
        path = path.strip("/")
        parent = os.path.dirname(path)
        if parent and parent not in self.entries:
            self.folder(parent)
        info = tarfile.TarInfo(path)
        info.type, info.mode, info.size, info.linkname = kind, mode, len(data), target
        info.uid = info.gid = owner
        self.entries[path] = (info, data)

    def folder(self, path, mode=0o755, owner=0):
        self._add(path, tarfile.DIRTYPE, mode, owner=owner)

    def file(self, path, data, mode=0o644):
        self._add(path, tarfile.REGTYPE, mode, data if isinstance(data, bytes) else data.encode())

    def link(self, path, target):
        self._add(path, tarfile.SYMTYPE, 0o777, target=target)

    def tar(self, epoch):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for _, (info, data) in sorted(self.entries.items()):
                info.mtime = epoch
                archive.addfile(info, io.BytesIO(data))
        return out.getvalue()

    def write(self, root):
        """Into a folder, for what copies folders (the Dockerfile)."""
        with tarfile.open(fileobj=io.BytesIO(self.tar(0))) as archive:
            archive.extraction_filter = staticmethod(lambda member, _: member)  # absolute links, too, where Python would mind
            archive.extractall(root)
