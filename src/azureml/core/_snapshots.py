"""Snapshots of source directories (contracts §10)."""

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from azureml.core._git import GitFacts
from azureml.exceptions import SnapshotException

if TYPE_CHECKING:
    from stepworks.client.api import Client
    from stepworks.filehashes import FileHashes


class Source(NamedTuple):
    """A source directory as the server knows it: its snapshot, and what git says of it."""

    snapshot: str
    properties: Mapping[str, str]


def take_source(client: "Client", directory: str | os.PathLike[str]) -> Source:
    """Take a snapshot of a source directory and give the server what it lacks of it.

    Raises SnapshotException when the directory is not there or cannot be read.
    """
    facts = GitFacts(Path(directory), os.environ)
    try:
        snapshot = take_and_send(client, Path(directory))
    finally:
        found = facts.read()
    return Source(snapshot, {"ContentSnapshotId": snapshot, **found})


def take_and_send(client: "Client", path: Path) -> str:
    """Take a snapshot of a folder, or of one file, and give it to the server; its id."""
    from stepworks.errors import StepworksError

    try:
        return _take_folder(client, path) if path.is_dir() or not path.exists() else _take_file(client, path)
    except StepworksError as e:
        if isinstance(e, ConnectionError):
            raise
        raise SnapshotException(str(e)) from e


def _take_folder(client: "Client", folder: Path) -> str:
    from stepworks.snapshots.take import take

    taken = take(folder, _hashes())
    for warning in taken.warnings:
        warnings.warn(warning, stacklevel=6)
    client.snapshot_ensure(taken.tree, taken.files)
    return taken.tree.id


def _take_file(client: "Client", file: Path) -> str:
    from stepworks.snapshots.tree import File, Tree

    status = file.stat()
    tree = Tree.of([File(file.name, _hashes().hash_file(file), status.st_size, bool(status.st_mode & 0o100))])
    client.snapshot_ensure(tree, {tree.files[0].id: file})
    return tree.id


_caches: "dict[int, FileHashes]" = {}


def _hashes() -> "FileHashes":
    """This process's cache of file hashes, shared with others through a file in STEPWORKS_HOME."""
    from stepworks.filehashes import FileHashes
    from stepworks.home import Home

    found = _caches.get(os.getpid())
    if found is None:
        folder = Home.default(os.environ).cache
        folder.mkdir(parents=True, exist_ok=True)
        _caches.clear()
        found = _caches[os.getpid()] = FileHashes(folder / "source-hashes.db")
    return found
