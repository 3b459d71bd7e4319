"""Objects in memory: the double for tests."""

import io
import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from stepworks.hashing import ContentId, hash_bytes
from stepworks.objects.base import Objects, digest_of, object_missing


class MemoryObjects(Objects):
    """Objects that end with the process."""

    def __init__(self) -> None:
        self._objects: dict[ContentId, bytes] = {}

    def put(self, data: bytes) -> ContentId:
        id = hash_bytes(data)
        self._objects.setdefault(id, bytes(data))
        return id

    def put_file(self, path: str | os.PathLike[str], *, move: bool = False) -> ContentId:
        with open(path, "rb") as f:
            id = self.put(f.read())
        if move:
            os.unlink(path)
        return id

    def open(self, id: ContentId) -> BinaryIO:
        return io.BytesIO(self._bytes(id))

    def size(self, id: ContentId) -> int:
        return len(self._bytes(id))

    def missing(self, ids: Iterable[ContentId]) -> set[ContentId]:
        return {id for id in ids if digest_of(id) and id not in self._objects}

    def ids(self) -> Iterator[ContentId]:
        return iter(tuple(self._objects))

    def delete(self, ids: Iterable[ContentId]) -> None:
        for id in ids:
            digest_of(id)
            self._objects.pop(id, None)

    def _bytes(self, id: ContentId) -> bytes:
        digest_of(id)
        try:
            return self._objects[id]
        except KeyError:
            raise object_missing(id) from None
