"""Inputs of an attempt: the local path (or dataset id) that the script gets for each.

Data of this machine are linked, not copied: a mount is the real path, for datasets a folder of links. Copies are made
for the modes that ask for them, and of what lies elsewhere.
"""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from stepworks.data.paths import relative
from stepworks.datastores.base import Datastore
from stepworks.errors import DataMissing, InvalidInput
from stepworks.filetrees import copy_any, make_folder
from stepworks.graph.document import Input, StepOutput
from stepworks.wire.agent import BoundDatastore, BoundInput

if TYPE_CHECKING:
    from stepworks.datasets.files import DatasetFile
    from stepworks.datasets.plan import Plan
    from stepworks.datasets.resolver import Resolver

OpenStore = Callable[[BoundDatastore], Datastore]
_AT_ONCE = 8


class Value:
    """What a script gets for an input: a path, or in direct mode the id of a dataset."""

    __slots__ = ("is_file", "text")

    def __init__(self, text: str, is_file: bool = False) -> None:
        self.text = text
        self.is_file = is_file


class Binder:
    """Binds the inputs of one attempt.

    `run` is the script's working directory, `inputs` a folder for what has to be made, `web` one that keeps what was
    fetched from web addresses. `made` collects what was made outside of the attempt's folder and goes when it ends.
    """

    def __init__(
        self,
        step: str,
        datastores: Mapping[str, BoundDatastore],
        open_store: OpenStore,
        *,
        run: str,
        inputs: str,
        web: str,
    ) -> None:
        self._step = step
        self._datastores = datastores
        self._open_store = open_store
        self._run = run
        self._inputs = inputs
        self._web = web
        self.made: list[str] = []
        self.notes: list[str] = []

    def bind(self, bound: BoundInput) -> Value:
        """The value of one input. Raises DataMissing, naming port, datastore and path; InvalidInput for a path on the
        compute that is taken."""
        port = bound.port
        if (port.tabular or port.mode == "direct") and bound.dataset is not None:
            return Value(bound.dataset)
        if bound.plan is not None:
            return self._bind_dataset(bound, bound.plan)
        if bound.datastore is None:
            raise DataMissing(f"Input '{port.name}' of step '{self._step}' has no data.", target=port.name)
        store = self._datastores[bound.datastore]
        path = relative(bound.path, what=f"path of input '{port.name}'")
        if store.root is None:
            return self._fetch(bound, store, path)
        return self._bind_path(bound, f"{store.root}/{path}" if path else store.root)

    def _bind_path(self, bound: BoundInput, source: str) -> Value:
        port = bound.port
        copied = port.mode in ("download", "upload")
        try:
            is_file = stat.S_ISREG(os.stat(source).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            if copied or isinstance(port.source, StepOutput):
                raise self._missing(bound) from None
            # Published code writes to places that are not there. What looks like a file will be made by the script.
            make_folder(os.path.dirname(source) if os.path.splitext(source)[1] else source)
            is_file = False
        if not copied:
            return Value(self._linked(port, source), is_file)
        target = self._place(port)
        if is_file and port.path_on_compute is None:
            target = f"{target}/{os.path.basename(source)}"
        make_folder(os.path.dirname(target))
        copy_any(source, target)
        return Value(target, is_file)

    def _linked(self, port: Input, source: str) -> str:
        """The real path, or a link to it where the user wants it to be."""
        if port.path_on_compute is None:
            return source
        place = self._place(port)
        make_folder(os.path.dirname(place))
        os.symlink(source, place)
        return place

    def _place(self, port: Input) -> str:
        """Where an input is made: where the user wants it, else in the attempt's folder. Nothing is there."""
        if port.path_on_compute is None:
            return f"{self._inputs}/{port.name}"
        place = place_on_compute(port.path_on_compute, self._run, what=f"input '{port.name}' of step '{self._step}'")
        if os.path.isabs(port.path_on_compute):
            self.made.append(place)
        return place

    def _missing(self, bound: BoundInput, detail: str = "") -> DataMissing:
        port = bound.port
        place = (
            f"'{bound.path}' in datastore '{bound.datastore}'"
            if bound.datastore is not None
            else f"dataset '{bound.dataset}'"
        )
        produced = isinstance(port.source, StepOutput)
        return DataMissing(
            f"Input '{port.name}' of step '{self._step}': there is nothing at {place}.{f' {detail}' if detail else ''}",
            target=port.name,
            remedy="The step that made it must run again: submit with regenerate_outputs=True."
            if produced
            else "Check the path: its spelling, upper and lower case, and that the data was uploaded.",
        )

    # --- datasets

    def _bind_dataset(self, bound: BoundInput, encoded: bytes) -> Value:
        from stepworks.datasets.files import files
        from stepworks.datasets.plan import from_json
        from stepworks.datasets.resolver import FolderResolver
        from stepworks.datasets.web import WebCache

        plan = from_json(encoded)
        folders = {name: Path(store.root) for name, store in self._datastores.items() if store.root is not None}
        resolver = FolderResolver(folders, WebCache(Path(self._web)))
        try:
            found = files(plan, resolver)
        except DataMissing as e:
            raise self._missing(bound, str(e)) from e
        copied = bound.port.mode in ("download", "upload")
        if _is_one_file(plan, found):
            source = str(resolver.local(found[0].entry))
            if not copied:
                return Value(self._linked(bound.port, source), is_file=True)
            place = self._place(bound.port)
            target = (
                place if bound.port.path_on_compute is not None else f"{place}/{os.path.basename(found[0].relative)}"
            )
            make_folder(os.path.dirname(target))
            copy_any(source, target)
            return Value(target, is_file=True)
        return self._dataset_folder(bound.port, found, resolver, copied)

    def _dataset_folder(
        self, port: Input, found: "tuple[DatasetFile, ...]", resolver: "Resolver", copied: bool
    ) -> Value:
        """A folder with the files of a dataset at their relative paths."""
        folder = self._place(port)
        made = {folder}
        os.makedirs(folder)
        for file in found:
            target = f"{folder}/{relative(file.relative, what='path of a file of a dataset')}"
            parent = os.path.dirname(target)
            if parent not in made:
                os.makedirs(parent, exist_ok=True)
                made.add(parent)
            source = str(resolver.local(file.entry))
            if copied:
                copy_any(source, target)
            else:
                os.symlink(source, target)
        return Value(folder)

    # --- elsewhere

    def _fetch(self, bound: BoundInput, store: BoundDatastore, path: str) -> Value:
        """A copy of what lies in a datastore that is no folder of this machine."""
        from concurrent.futures import ThreadPoolExecutor

        port = bound.port
        opened = self._open_store(store)
        found = list(opened.find(path))
        if not found:
            raise self._missing(bound)
        if port.mode == "mount":
            self.notes.append(
                f"Input '{port.name}' was copied from datastore '{store.name}' instead of mounted: "
                "what the script writes there stays here."
            )
        is_file = len(found) == 1 and found[0].path == path
        target = self._place(port)
        if is_file and port.path_on_compute is None:
            target = f"{target}/{os.path.basename(path)}"

        def fetch(name: str) -> None:
            local = target if is_file else f"{target}/{relative(name[len(path) :])}"
            os.makedirs(os.path.dirname(local), exist_ok=True)
            with open(local, "xb") as f:
                f.writelines(opened.read(name))

        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for _ in threads.map(fetch, [f.path for f in found]):
                pass
        return Value(target, is_file)


def place_on_compute(path: str, run: str, *, what: str) -> str:
    """The place a user chose, absolute or in the working directory. Raises InvalidInput if something is there already,
    as nobody's files are overwritten, or if it leads out of the working directory."""
    place = (
        os.path.normpath(path) if os.path.isabs(path) else f"{run}/{relative(path, what=f'path_on_compute of {what}')}"
    )
    if os.path.lexists(place) or place.rstrip("/") in ("", run.rstrip("/")):
        raise InvalidInput(
            f"The path_on_compute {path!r} of {what} is taken: something is at '{place}' already.",
            target="path_on_compute",
            remedy="Give a path that is free, or leave path_on_compute out and use the path that the script is given.",
        )
    return place


def _is_one_file(plan: "Plan", found: "tuple[DatasetFile, ...]") -> bool:
    """Whether a dataset was made of the path of a single file: it mounts as that file (published code relies on it)."""
    from stepworks.datasets.source import DatastorePath, Files

    if len(found) != 1 or not isinstance(plan.source, Files) or len(plan.source.paths) != 1:
        return False
    (path,) = plan.source.paths
    return not isinstance(path, DatastorePath) or relative(path.path) == found[0].entry.path
