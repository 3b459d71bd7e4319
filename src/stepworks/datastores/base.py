"""The port of a user's storage: files by relative path.

What holds for every adapter: paths are relative and POSIX (`stepworks.data.paths.relative` is applied by the caller
or again here); a file appears complete or not at all; listings are sorted by path and never hold partial files.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec


class StoredFile(msgspec.Struct, frozen=True):
    """A file in a datastore. `identity` is a content hash or an ETag where the store gives one for nothing."""

    path: str
    size: int
    modified: float
    identity: str | None = None


class Datastore(ABC):
    """Files of one storage."""

    @abstractmethod
    def list(self, prefix: str = "") -> Iterator[StoredFile]:
        """Files whose path starts with `prefix`, as text."""

    @abstractmethod
    def find(self, pattern: str) -> Iterator[StoredFile]:
        """The file at `pattern`, all files below it when it is a folder, or those that match it as a glob
        (`*` within a folder, `**` across folders)."""

    @abstractmethod
    def read(self, path: str) -> Iterator[bytes]:
        """The bytes of a file, in chunks. Raises NotFound."""

    @abstractmethod
    def write(self, path: str, chunks: Iterable[bytes], *, overwrite: bool = False) -> bool:
        """Store a file; False when one exists and `overwrite` is not given (then nothing is changed)."""

    @abstractmethod
    def delete(self, path: str) -> bool:
        """Remove a file; False when there is none."""

    @abstractmethod
    def local_path(self, path: str) -> Path | None:
        """Where the path is on this machine, or None when it must be transferred."""
