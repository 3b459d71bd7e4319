"""The new objects of one stream on their way to a local disk: nothing shows until all of them are there."""

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress

from stepworks.diskfiles import new_file, write_all
from stepworks.hashing import ContentId
from stepworks.objects.packfile import PackWriter
from stepworks.objects.packs import Packs, new_pack

BIG = 1 << 20  # bytes; from here on an object gets a file of its own
_FEW = 8  # up to so many small objects get files of their own too: a pack has its price


class Incoming:
    """Written under temporary names until `publish`; as a context manager it leaves none of them behind."""

    def __init__(self, new_path: Callable[[], str]) -> None:
        self._new_path = new_path
        self._files: dict[bytes, str] = {}
        self._few: dict[bytes, bytes] = {}
        self._pack: tuple[str, int, PackWriter] | None = None
        self._open = ExitStack()

    def __enter__(self) -> "Incoming":
        return self

    def __exit__(self, *exc: object) -> None:
        self._open.close()
        for path in self._files.values():
            with suppress(FileNotFoundError):
                os.unlink(path)
        if self._pack:
            with suppress(FileNotFoundError):
                os.unlink(self._pack[0])

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._files or digest in self._few or (self._pack is not None and digest in self._pack[2])

    def add_file(self, digest: bytes, pieces: Iterable[memoryview]) -> None:
        """Write an object to a file of its own, piece by piece."""
        path = self._new_path()
        with new_file(path) as fd:
            for piece in pieces:
                write_all(fd, piece)
            os.fchmod(fd, 0o444)
            os.fdatasync(fd)
        self._files[digest] = path

    def add_small(self, digest: bytes, data: bytes) -> None:
        """Hold an object back, or append it to the pack once there are more than a few."""
        if self._pack is None and len(self._few) < _FEW:
            self._few[digest] = data
            return
        if self._pack is None:
            self._pack = self._open.enter_context(new_pack(self._new_path()))
            for earlier in self._few.items():
                self._pack[2].add(*earlier)
            self._few.clear()
        self._pack[2].add(digest, data)

    def publish(self, publish_file: Callable[[str, ContentId], None], packs: Packs) -> None:
        """Give everything its name, but for small objects of which nothing is new."""
        for digest in self._few.keys() - packs.among(set(self._few)):
            self.add_file(digest, [memoryview(self._few[digest])])
        if self._pack:
            path, fd, writer = self._pack
            digests = writer.digests()
            if len(packs.among(digests)) < len(digests):
                name = writer.finish()
                os.fdatasync(fd)
                packs.add(path, name)
        for digest, path in self._files.items():
            publish_file(path, ContentId(digest.hex()))
