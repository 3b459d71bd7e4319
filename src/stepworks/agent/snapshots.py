"""Snapshots as the agent sees them: trees and bytes from the objects, a tree that is not there from the server; both
kept in memory."""

import os
from collections import OrderedDict
from collections.abc import Callable

from stepworks.errors import InvalidInput, ObjectMissing
from stepworks.hashing import ContentId
from stepworks.objects.base import Objects
from stepworks.snapshots.restore import SnapshotCache, restore
from stepworks.snapshots.tree import Link, Tree

_KEPT = 64
_SUFFIXES = (".py", ".pyc", ".so")


class Snapshot:
    """A snapshot's tree, and what follows from it for whoever runs its scripts."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.has_links = any(isinstance(entry, Link) for entry in tree.entries)
        self._modules: dict[str, frozenset[str]] = {}

    def modules(self, folder: str) -> frozenset[str]:
        """Names of the modules and packages that the root and a folder have for `import`."""
        found = self._modules.get(folder)
        if found is None:
            paths = [entry.path for entry in self.tree.entries]
            found = self._modules[folder] = modules_of(paths, "") | modules_of(paths, folder)
        return found


class Snapshots:
    """Snapshots by id. `get` asks the server for something by its path. Safe for threads."""

    def __init__(self, objects: Objects, get: Callable[[str], bytes]) -> None:
        self._cache = SnapshotCache(objects)
        self._objects = objects
        self._get = get
        self._found: OrderedDict[str, Snapshot] = OrderedDict()

    def find(self, id: str) -> Snapshot:
        """A snapshot. Raises NotFound if the server does not know it."""
        found = self._found.get(id)
        if found is None:
            found = self._found[id] = Snapshot(Tree.decode(self._encoded(id)))
            if len(self._found) > _KEPT:
                self._found.popitem(last=False)
        return found

    def _encoded(self, id: str) -> bytes:
        # A server that shares its objects with us need not be there for this.
        try:
            return self._objects.get(ContentId(id))
        except (ObjectMissing, InvalidInput):
            return self._get(f"/api/v1/snapshots/{id}")

    def restore(self, snapshot: Snapshot, folder: str) -> None:
        """Write a snapshot into an empty folder. Raises ObjectMissing if bytes of it are not there."""
        restore(snapshot.tree, self._cache, folder)


def modules_of(paths: list[str], folder: str) -> frozenset[str]:
    """What `import` finds in a folder, given the paths of all files: modules, and packages with an `__init__`."""
    inside = f"{folder}/" if folder else ""
    found: set[str] = set()
    for path in paths:
        if not path.startswith(inside):
            continue
        first, _, rest = path[len(inside) :].partition("/")
        if rest in ("__init__.py", "__init__.pyc") or (not rest and first.endswith(_SUFFIXES)):
            found.add(os.path.basename(first).partition(".")[0])
    return frozenset(found)
