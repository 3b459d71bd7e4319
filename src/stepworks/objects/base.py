"""The port of the object store: bytes under the identity of their content.

An object never changes. It is there whole or not at all: whoever sees it may rely on every byte. Several threads and
processes may use the same store at once. What an id means is `stepworks.hashing`'s affair.
"""

import os
import re
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from stepworks.diskfiles import new_file, write_all
from stepworks.errors import InvalidInput, ObjectMissing
from stepworks.hashing import ContentId, hash_bytes
from stepworks.objects.stream import pack as pack
from stepworks.objects.stream import unpack

_IN_MEMORY = 8 << 20
_PIECE = 1 << 20
_is_id = re.compile("[0-9a-f]{64}").fullmatch


class Objects(ABC):
    """Content-addressed bytes.

    Every method that takes an id raises InvalidInput if that is not 64 lower-case hexadecimal digits.
    """

    @abstractmethod
    def put(self, data: bytes) -> ContentId:
        """Keep `data`. To put what is there already costs no write and is no error."""

    @abstractmethod
    def put_file(self, path: str | os.PathLike[str], *, move: bool = False) -> ContentId:
        """Keep a file's bytes, with flat memory.

        With `move` the file is given up: afterwards `path` is gone, and nobody may still write to it.
        If this fails or the process ends in the middle, the file is still there or is an object.
        """

    def put_pack(self, chunks: Iterable[bytes]) -> list[ContentId]:
        """Keep the objects of one stream, as made by `pack`; their ids in the order of the stream.

        Raises InvalidInput if bytes are not those that their digest names, or the stream ends early: nothing of the
        object in question is kept, whole ones before it may be.
        """
        ids: list[ContentId] = []
        for digest, length, pieces in unpack(chunks):
            if length <= _IN_MEMORY:
                self.put(b"".join(pieces))
            else:
                with tempfile.NamedTemporaryFile() as spool:
                    spool.writelines(pieces)
                    spool.flush()
                    self.put_file(spool.name)
            ids.append(ContentId(digest.hex()))
        return ids

    def get(self, id: ContentId) -> bytes:
        """The bytes of an object, checked against its id. Raises ObjectMissing, also if they are damaged."""
        with self.open(id) as f:
            data = f.read()
        if hash_bytes(data) != id:
            raise ObjectMissing(
                f"Object {id} is damaged: its bytes are not those that its id names.",
                target=id,
                remedy="Delete it and submit what it belongs to again; check the disk.",
            )
        return data

    @abstractmethod
    def open(self, id: ContentId) -> BinaryIO:
        """The bytes of an object as a stream that can seek. Raises ObjectMissing."""

    @abstractmethod
    def size(self, id: ContentId) -> int:
        """How many bytes an object has. Raises ObjectMissing."""

    @abstractmethod
    def missing(self, ids: Iterable[ContentId]) -> set[ContentId]:
        """Those of `ids` that are not there, as of now: other processes' puts and deletions are seen."""

    def copy_to(self, id: ContentId, path: str | os.PathLike[str], *, executable: bool = False) -> int:
        """Write an object to `path` as a file of its own (never a link: the owner may change it); how many bytes.

        The folder exists, the file does not yet (else FileExistsError). Raises ObjectMissing.
        """
        with self.open(id) as source, new_file(path, executable=executable) as fd:
            written = 0
            while piece := source.read(_PIECE):
                written += write_all(fd, piece)
            return written

    @abstractmethod
    def ids(self) -> Iterator[ContentId]:
        """All objects, each once, in no order."""

    @abstractmethod
    def delete(self, ids: Iterable[ContentId]) -> None:
        """Remove objects; those that are not there are passed over.

        For garbage collection: the caller knows that nobody refers to them or is about to.
        """


def digest_of(id: ContentId) -> bytes:
    """The 32 bytes of an id. Raises InvalidInput if it isn't one."""
    if isinstance(id, str) and _is_id(id):
        return bytes.fromhex(id)
    raise InvalidInput(f"{str(id)[:80]!r} is not a content id.", remedy="It has 64 lower-case hexadecimal digits.")


def object_missing(id: ContentId) -> ObjectMissing:
    """The error for an object that is not there."""
    return ObjectMissing(
        f"Object {id} is not in the object store.",
        target=id,
        remedy="Submit what it belongs to again; if it was there before, look at what deletes from the store.",
    )
