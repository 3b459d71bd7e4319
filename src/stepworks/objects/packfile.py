"""Many small objects in one file, with a sorted index at its end.

    magic | bytes of the objects | digest, offset, length of each, sorted | count, offset of the index, magic

A pack is written under another name and renamed when all of it is there, index and all; it never changes after that.
Readers map it into memory and bisect the index where it lies, so opening one costs the same for ten objects or a
million.
"""

import mmap
import os
import struct
from bisect import bisect_left
from collections.abc import Iterator

from stepworks.diskfiles import write_many
from stepworks.errors import InvalidInput
from stepworks.hashing import hash_bytes

MAGIC = b"swpack1\n"
_ENTRY = struct.Struct(">32sQQ")
_FOOTER = struct.Struct(">QQ8s")
_BATCH = 1 << 20


class Pack:
    """A finished pack, open for reading. Stays readable when its file is removed."""

    def __init__(self, path: str) -> None:
        """Raises FileNotFoundError; InvalidInput if the file is not a pack."""
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(fd).st_size
            if size < len(MAGIC) + _FOOTER.size:
                raise _not_a_pack(path)
            self.file_size = size
            self._map = mmap.mmap(fd, size, prot=mmap.PROT_READ)
        finally:
            os.close(fd)
        self._count, self._index, magic = _FOOTER.unpack_from(self._map, size - _FOOTER.size)
        if magic != MAGIC or self._index + self._count * _ENTRY.size + _FOOTER.size != size:
            raise _not_a_pack(path)

    def __len__(self) -> int:
        return self._count

    def find(self, digest: bytes) -> tuple[int, int] | None:
        """Offset and length of an object; None if it isn't in here."""
        i = bisect_left(range(self._count), digest, key=self._digest)
        if i == self._count:
            return None
        found, offset, length = _ENTRY.unpack_from(self._map, self._index + i * _ENTRY.size)
        return (offset, length) if found == digest else None

    def among(self, digests: set[bytes]) -> set[bytes]:
        """Those of `digests` that are in here."""
        if len(digests) * 16 < self._count:
            return {digest for digest in digests if self.find(digest) is not None}
        return digests.intersection(self.digests())

    def read(self, offset: int, length: int) -> bytes:
        """The bytes at a place that `find` gave."""
        return self._map[offset : offset + length]

    def digests(self) -> Iterator[bytes]:
        """All digests, sorted."""
        step = _ENTRY.size
        for start in range(self._index, self._index + self._count * step, step):
            yield self._map[start : start + 32]

    def entries(self) -> Iterator[tuple[bytes, int, int]]:
        """Digest, offset, length of each object, sorted by digest."""
        for i in range(self._count):
            yield _ENTRY.unpack_from(self._map, self._index + i * _ENTRY.size)

    def _digest(self, i: int) -> bytes:
        start = self._index + i * _ENTRY.size
        return self._map[start : start + 32]


class PackWriter:
    """Fills a new, empty file. The caller makes it durable and gives it its name."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._waiting: list[bytes] = [MAGIC]
        self._waiting_size = len(MAGIC)
        self._offset = len(MAGIC)
        self._entries: dict[bytes, bytes] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._entries

    def digests(self) -> set[bytes]:
        """What has been added."""
        return set(self._entries)

    def add(self, digest: bytes, data: bytes) -> None:
        """Append an object, once."""
        if digest in self._entries:
            return
        self._entries[digest] = _ENTRY.pack(digest, self._offset, len(data))
        self._offset += len(data)
        self._waiting.append(data)
        self._waiting_size += len(data)
        if self._waiting_size >= _BATCH:
            self._flush()

    def finish(self) -> str:
        """Write the index; a name that says what is in the pack and where, so that equal names are equal packs."""
        index = b"".join(self._entries[digest] for digest in sorted(self._entries))
        self._waiting += [index, _FOOTER.pack(len(self._entries), self._offset, MAGIC)]
        self._flush()
        return hash_bytes(index)[:40] + ".pack"

    def _flush(self) -> None:
        write_many(self._fd, self._waiting)
        self._waiting.clear()
        self._waiting_size = 0


def _not_a_pack(path: str) -> InvalidInput:
    return InvalidInput(
        f"'{path}' is not a pack of objects, or is damaged.",
        target=path,
        remedy="Move it out of the object store and submit again what is missing then.",
    )
