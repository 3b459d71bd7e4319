"""The manifest of a snapshot: which files and links it has, and what is in them. Pure values.

A tree's id is a function of its content alone: equal directories have equal ids, wherever and whenever they were
taken. Its encoded form is exactly what its id is the hash of, so a stored tree proves itself.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

import msgspec

from stepworks.errors import InvalidInput, UnsafePath
from stepworks.hashing import ContentId, content_hash

_TAG = "snapshot/1"
_Id = Annotated[ContentId, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
_Size = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class File(msgspec.Struct, frozen=True, array_like=True, tag="file", gc=False):
    """A regular file: `path` is posix and relative to the root, `size` in bytes."""

    path: str
    id: _Id
    size: _Size
    executable: bool = False


class Link(msgspec.Struct, frozen=True, array_like=True, tag="link", gc=False):
    """A symbolic link, with its target as written."""

    path: str
    target: str


Entry = File | Link


class TreeDiff(msgspec.Struct, frozen=True):
    """Paths that only the second tree has, that only the first has, and whose entries differ; each sorted."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class Tree(msgspec.Struct, frozen=True, dict=True):
    """All files and links of a snapshot, sorted by path. Folders are there by the paths of what is in them.

    Every tree that exists is safe to write out: making one raises UnsafePath for paths that are absolute, lead
    upwards, or go through a link or file of the same tree, and InvalidInput for entries out of order or given twice.
    """

    entries: tuple[Entry, ...]

    def __post_init__(self) -> None:
        _check(self.entries)

    @staticmethod
    def of(entries: Iterable[Entry]) -> "Tree":
        """The tree of some entries in any order."""
        return Tree(tuple(sorted(entries, key=lambda entry: entry.path)))

    @cached_property
    def id(self) -> ContentId:
        """The snapshot's identity."""
        return content_hash(_TAG, self.entries)

    @property
    def files(self) -> tuple[File, ...]:
        """The entries that are files."""
        return tuple(entry for entry in self.entries if isinstance(entry, File))

    @property
    def size(self) -> int:
        """Bytes in all files."""
        return sum(file.size for file in self.files)

    def encode(self) -> bytes:
        """Bytes whose `hash_bytes` is the tree's id."""
        return _encoder.encode((_TAG, (self.entries,)))

    @staticmethod
    def decode(data: bytes) -> "Tree":
        """The tree that `encode` wrote. Raises InvalidInput for anything else, UnsafePath for one that isn't safe."""
        try:
            _, (entries,) = _decoder.decode(data)
        except msgspec.DecodeError as error:
            raise InvalidInput(f"These bytes are not the tree of a snapshot: {error}.") from error
        tree = Tree(entries)
        if tree.encode() != data:
            raise InvalidInput("These bytes are not the tree of a snapshot as it is written: they differ in form.")
        return tree


_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder(tuple[Literal["snapshot/1"], tuple[tuple[Entry, ...]]])


def diff(old: Tree, new: Tree) -> TreeDiff:
    """What to do to `old` to have `new`, by path."""
    before = {entry.path: entry for entry in old.entries}
    after = {entry.path: entry for entry in new.entries}
    return TreeDiff(
        added=tuple(path for path in after if path not in before),
        removed=tuple(path for path in before if path not in after),
        changed=tuple(path for path, entry in after.items() if path in before and before[path] != entry),
    )


# An empty, "." or ".." segment (so also a slash at either end, or two together), or a NUL.
_is_unsafe = re.compile(r"(?:\A|/)\.{0,2}(?:/|\Z)|\0").search


def _check(entries: tuple[Entry, ...]) -> None:
    paths = [entry.path for entry in entries]
    for path in paths:
        if _is_unsafe(path):
            raise UnsafePath(f"Path {path!r} is not a plain path below the snapshot's root.", target=path)
    for path, following in pairwise(paths):
        if path >= following:
            raise InvalidInput(
                f"Path {following!r} is in the snapshot twice."
                if path == following
                else f"Paths of a snapshot are sorted, but {path!r} comes before {following!r}.",
                target=following,
            )
    taken = set(paths)
    folders: set[str] = set()
    for path in paths:
        folder = path
        while (cut := folder.rfind("/")) > 0 and (folder := folder[:cut]) not in folders:
            folders.add(folder)
            if folder in taken:
                raise UnsafePath(f"Path {path!r} goes through {folder!r}, which is not a folder.", target=path)
    for entry in entries:
        if isinstance(entry, Link) and (not entry.target or "\0" in entry.target):
            raise InvalidInput(f"Link {entry.path!r} has no usable target: {entry.target!r}.", target=entry.path)
