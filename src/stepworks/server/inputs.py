"""What the engine needs to know of data outside of runs: implements the ports of `stepworks.engine.base`."""

import os
import time
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from msgspec.structs import replace

from stepworks.datastores.local import LocalDatastore
from stepworks.engine.base import InputIdentity
from stepworks.errors import Conflict, DataMissing, NotFound
from stepworks.filehashes import FileHashes
from stepworks.filetrees import PARTIAL, copy_file, hash_of, make_folder, merge, remove
from stepworks.graph.document import DataPathValue, DatasetValue
from stepworks.hashing import content_hash, hash_bytes
from stepworks.home import Home
from stepworks.ids import new_hex
from stepworks.records import rows
from stepworks.records.base import Records, View, eq
from stepworks.runs.values import Produced
from stepworks.server import lookup
from stepworks.server.places import folder_of, reached
from stepworks.wire.agent import BoundDatastore

if TYPE_CHECKING:
    from stepworks.datasets.resolver import FolderResolver

_KEPT_LISTINGS = 200
_QUICK_FILES = 64
_QUICK_BYTES = 4 << 20
# A file changed within this time of being looked at could change again without its time showing it.
_SETTLED_SECONDS = 1.0


class WorkspaceData:
    """Looks at the data of a server's workspaces: input identities, and whether outputs are still there."""

    def __init__(self, records: Records, home: Home) -> None:
        cache = home.cache
        cache.mkdir(parents=True, exist_ok=True)
        self._home = home
        self._records = records
        self._web = cache / "web"
        self._hashes = FileHashes(cache / "data-hashes.db")
        self._listings: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._verified: dict[str, tuple[int, int, int, str]] = {}
        # What a view says stays so, and thousands of outputs are verified with one.
        self._roots: WeakKeyDictionary[View, dict[tuple[str, str], str]] = WeakKeyDictionary()
        self._lock = Lock()

    # --- InputIdentities

    def identity(self, workspace: str, source: DataPathValue | DatasetValue) -> InputIdentity:
        """What is there now; see `InputIdentities.identity`."""
        if isinstance(source, DataPathValue):
            return self._of_path(workspace, source)
        return self._of_dataset(workspace, source)

    def files(self, workspace: str, identity: str) -> dict[str, str] | None:
        """Path → content of the files behind an identity that was given earlier, as long as it is remembered."""
        with self._lock:
            return self._listings.get(identity)

    def _of_path(self, workspace: str, source: DataPathValue) -> InputIdentity:
        with self._records.read() as view:
            store = LocalDatastore(Path(self._root(view, workspace, source.datastore)))
        found = list(store.find(source.path))
        is_file = len(found) == 1 and found[0].path == source.path.strip("/")
        known = [(f.path, os.stat(store.root / f.path)) for f in found]
        hashes = self._hashes.hash_tree(store.root, known)
        base = source.path.strip("/")
        listing: dict[str, str] = {
            "" if is_file else path[len(base) :].lstrip("/"): h.id
            for (path, _), h in zip(known, hashes, strict=True)
            if h is not None
        }
        identity = content_hash("data/1", listing)
        return self._remembered(
            InputIdentity(identity, _summary(f.size for f in found), (source.datastore,), is_file), listing
        )

    def _of_dataset(self, workspace: str, source: DatasetValue) -> InputIdentity:
        from stepworks.datasets import files as dataset_files
        from stepworks.datasets.plan import from_json
        from stepworks.datasets.source import SqlQuery

        with self._records.read() as view:
            row = view.get(rows.Dataset, source.id or "")
            if row is None:
                raise NotFound(f"There is no dataset with the id {source.id!r}.", target=source.id)
            resolver = self.resolver(view, workspace)
        plan = from_json(row.plan)
        if isinstance(plan.source, SqlQuery):
            return InputIdentity(dataset_files.identity(plan, resolver), "a query")
        found = dataset_files.files(plan, resolver)
        listing = {f.name: resolver.identity(f.entry) for f in found}
        identity = content_hash("dataset/1", row.definition, listing)
        datastores = tuple(dict.fromkeys(f.entry.datastore for f in found if f.entry.datastore is not None))
        return self._remembered(InputIdentity(identity, _summary(f.entry.size for f in found), datastores), listing)

    def resolver(self, view: View, workspace: str) -> "FolderResolver":
        """Finds the files of datasets of a workspace; hashes are remembered."""
        from stepworks.datasets.resolver import FileEntry, FolderResolver
        from stepworks.datasets.web import WebCache

        hashes = self._hashes

        class Remembering(FolderResolver):
            def identity(self, entry: FileEntry) -> str:
                return hashes.hash_file(self.local(entry))

        stores = view.find(rows.Datastore, eq("workspace", workspace))
        found = {d.name: folder_of(self._home, view, d) for d in stores}
        folders = {name: folder for name, folder in found.items() if folder is not None}
        return Remembering(folders, WebCache(self._web))

    def _remembered(self, identity: InputIdentity, listing: dict[str, str]) -> InputIdentity:
        with self._lock:
            self._listings[identity.id] = listing
            self._listings.move_to_end(identity.id)
            while len(self._listings) > _KEPT_LISTINGS:
                self._listings.popitem(last=False)
        return identity

    # --- datastores

    def datastore(self, view: View, workspace: str, name: str) -> BoundDatastore:
        """A datastore as an agent reaches it. Raises NotFound."""
        row = lookup.datastore(view, workspace, name)
        folder = folder_of(self._home, view, row)
        return BoundDatastore(name=name, type=row.type, root=None if folder is None else str(folder))

    def _root(self, view: View, workspace: str, datastore: str) -> str:
        """The folder of a datastore on this machine. Raises NotFound; DataMissing for one that is elsewhere."""
        known = self._roots.setdefault(view, {})
        key = (workspace, datastore)
        root = known.get(key)
        if root is None:
            root = known[key] = str(reached(self._home, view, lookup.datastore(view, workspace, datastore)))
        return root

    # --- ProducedData

    def is_quick(self, workspace: str, produced: Produced) -> bool:
        """Few and small files are looked at on the spot."""
        return len(produced.files) <= _QUICK_FILES and produced.size <= _QUICK_BYTES

    def verify(self, view: View, workspace: str, produced: Produced) -> bool:
        """Whether every byte of an output is still where it was written."""
        try:
            base = f"{self._root(view, workspace, produced.datastore)}/{produced.path}"
        except NotFound:
            return False
        return all(self._is_there(f"{base}/{f.path}" if f.path else base, f.size, f.hash) for f in produced.files)

    def deliver(self, workspace: str, produced: Produced, datastore: str, path: str) -> Produced:
        """Copy an output to another place; see `ProducedData.deliver`."""
        with self._records.read() as view:
            source = f"{self._root(view, workspace, produced.datastore)}/{produced.path}"
            root = self._root(view, workspace, datastore)
        target = f"{root}/{path}" if path else root
        make_folder(os.path.dirname(target))
        near = f"{os.path.dirname(target)}/{PARTIAL}{new_hex(16)}"
        try:
            for f in produced.files:
                copy = f"{near}/{f.path}" if f.path else near
                make_folder(os.path.dirname(copy))
                copy_file(f"{source}/{f.path}" if f.path else source, copy)
                if hash_of(copy, f.size) != f.hash:
                    raise DataMissing(f"{source} has changed while it was copied.", target=source)
            if not produced.is_file:
                make_folder(near)
            if produced.is_file == os.path.isdir(target) and os.path.lexists(target):
                raise Conflict(f"At {target} is something else.", target=target)
            if produced.is_file or not os.path.lexists(target):
                os.replace(near, target)
            else:
                merge(near, target)
        except FileNotFoundError as e:
            raise DataMissing(f"{source} is not there any more.", target=source) from e
        finally:
            remove(near)
        return replace(produced, datastore=datastore, path=path)

    def _is_there(self, path: str, size: int, content: str) -> bool:
        try:
            status = os.stat(path)
        except OSError:
            return False
        if status.st_size != size:
            return False
        stamp = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, content)
        if self._verified.get(path) == stamp:
            return True
        try:
            found = self._hashes.hash_file(path) if size > _QUICK_BYTES else hash_bytes(Path(path).read_bytes())
        except OSError:
            return False
        if found == content and time.time() - status.st_mtime > _SETTLED_SECONDS:
            self._verified[path] = stamp
        return found == content


def _summary(sizes: Iterable[int]) -> str:
    found = list(sizes)
    return f"{len(found)} file{'s' * (len(found) != 1)}, {_amount(sum(found))}"


def _amount(size: float) -> str:
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
