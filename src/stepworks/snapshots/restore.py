"""Writing a snapshot out into a directory."""

import os
import threading
from collections import OrderedDict
from typing import Protocol

from stepworks.diskfiles import write_new
from stepworks.errors import Conflict, InvalidInput
from stepworks.hashing import ContentId
from stepworks.objects.base import Objects
from stepworks.snapshots.tree import File, Link, Tree

_SHARE = 16  # one object may take so small a part of a cache
_TREE_FACTOR = 4  # memory of a tree, by its encoded length
_OVERHEAD = 200  # bytes that holding an object costs by itself


class Source(Protocol):
    """Where the bytes come from: an object store, or a cache before it."""

    def copy_to(self, id: ContentId, path: str | os.PathLike[str], *, executable: bool = False) -> int:
        """Write an object to a new file; how many bytes. Raises ObjectMissing."""
        ...


def restore(tree: Tree, objects: Source, target: str | os.PathLike[str]) -> None:
    """Write all files and links of `tree` below `target`, which is made, or is an empty directory.

    The files are copies that may be changed. Nothing is written outside of `target`, and nothing there is replaced.
    Raises Conflict if the directory is not empty, ObjectMissing if bytes are not there, InvalidInput if an object
    has not the size that the tree says. What was written until then stays.
    """
    root = os.fspath(target)
    os.makedirs(root, exist_ok=True)
    if next(os.scandir(root), None) is not None:
        raise Conflict(f"'{root}' is not empty.", target=root, remedy="Restore a snapshot into a directory of its own.")
    made = {""}
    links: list[Link] = []
    for entry in tree.entries:
        _make_folder(root, entry.path, made)
        if isinstance(entry, File):
            size = objects.copy_to(entry.id, f"{root}/{entry.path}", executable=entry.executable)
            if size != entry.size:
                raise InvalidInput(
                    f"File '{entry.path}' of the snapshot should have {entry.size} bytes, its object has {size}.",
                    target=entry.path,
                    remedy="Submit again; if that does not help, check the disk of the object store.",
                )
        else:
            links.append(entry)
    # Links come last, so that no file can be written through one.
    for link in links:
        os.symlink(link.target, f"{root}/{link.path}")


def _make_folder(root: str, path: str, made: set[str]) -> None:
    """Make the folder that `path` is in, unless it was made before."""
    folder = path[: max(path.rfind("/"), 0)]
    if folder not in made:
        _make_folder(root, folder, made)
        os.mkdir(f"{root}/{folder}")
        made.add(folder)


class SnapshotCache:
    """Trees and small objects of a store, held in memory: what is restored often costs only the writing.

    The least recently used go when there are more than about `max_bytes` in all. Safe for threads.
    """

    def __init__(self, objects: Objects, max_bytes: int = 64 << 20) -> None:
        self._objects = objects
        self._max_bytes = max_bytes
        self._held: OrderedDict[ContentId, tuple[bytes | Tree, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def tree(self, id: ContentId) -> Tree:
        """The tree of a snapshot that was put as `objects.put(tree.encode())`. Raises ObjectMissing."""
        held = self._recall(id)
        if isinstance(held, Tree):
            return held
        data = self._objects.get(id)
        tree = Tree.decode(data)
        self._hold(id, tree, _TREE_FACTOR * len(data))
        return tree

    def copy_to(self, id: ContentId, path: str | os.PathLike[str], *, executable: bool = False) -> int:
        """As `Objects.copy_to`."""
        data = self._recall(id)
        if not isinstance(data, bytes):
            if self._objects.size(id) > self._max_bytes // _SHARE:
                return self._objects.copy_to(id, path, executable=executable)
            data = self._objects.get(id)
            self._hold(id, data, len(data) + _OVERHEAD)
        return write_new(path, data, executable=executable)

    def _recall(self, id: ContentId) -> bytes | Tree | None:
        with self._lock:
            held = self._held.get(id)
            if held is None:
                return None
            self._held.move_to_end(id)
            return held[0]

    def _hold(self, id: ContentId, value: bytes | Tree, cost: int) -> None:
        with self._lock:
            self._bytes += cost - self._held.pop(id, (None, 0))[1]
            self._held[id] = (value, cost)
            while self._bytes > self._max_bytes:
                self._bytes -= self._held.popitem(last=False)[1][1]
