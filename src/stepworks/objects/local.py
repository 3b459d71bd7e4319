"""Objects on a local disk, under one folder.

    ab/cdef…            one object, in a file of its own, read-only
    packs/….pack        many small objects that came in one stream (`packfile`)
    tmp/                what is being written

Everything is written in `tmp` and gets its name by rename. Its bytes are flushed to the disk before that, the folder
is not: after a power cut an object is whole or missing, never damaged; after the end of a process, however sudden,
whatever was put is there. What processes that ended left in `tmp` is removed when a store is opened, once it is a day
old.
"""

import io
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import BinaryIO

from stepworks.clock import Clock, SystemClock
from stepworks.diskfiles import copy_all, hash_open, new_file, write_all, write_new
from stepworks.hashing import ContentId, hash_bytes
from stepworks.ids import new_hex
from stepworks.objects.base import Objects, digest_of, object_missing
from stepworks.objects.incoming import BIG, Incoming
from stepworks.objects.packfile import Pack
from stepworks.objects.packs import Packs
from stepworks.objects.stream import unpack

_ABANDONED_AFTER = 24 * 3600.0  # seconds


class LocalObjects(Objects):
    """The objects of one folder, which is made if it isn't there."""

    def __init__(self, root: str | os.PathLike[str], *, clock: Clock | None = None) -> None:
        self._root = os.path.abspath(root)
        self._tmp = os.path.join(self._root, "tmp")
        packs = os.path.join(self._root, "packs")
        os.makedirs(self._tmp, exist_ok=True)
        os.makedirs(packs, exist_ok=True)
        self._packs = Packs(packs, self._new_path)
        self._packs.refresh()
        self._remove_abandoned((clock or SystemClock()).now())

    def put(self, data: bytes) -> ContentId:
        id = hash_bytes(data)
        if not self._has(id):
            path = self._new_path()
            with new_file(path) as fd:
                write_all(fd, data)
                self._publish_open(fd, path, id)
        return id

    def put_file(self, path: str | os.PathLike[str], *, move: bool = False) -> ContentId:
        if move and (id := self._move_in(os.fspath(path))) is not None:
            return id
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            id = self._copy_in(source)
        finally:
            os.close(source)
        if move:
            os.unlink(path)
        return id

    def put_pack(self, chunks: Iterable[bytes]) -> list[ContentId]:
        """As the port says; here a refused stream leaves nothing at all."""
        ids: list[ContentId] = []
        with Incoming(self._new_path) as incoming:
            for digest, length, pieces in unpack(chunks):
                id = ContentId(digest.hex())
                ids.append(id)
                if digest in incoming:
                    continue
                if length < BIG:
                    incoming.add_small(digest, b"".join(pieces))
                elif not self._has(id):
                    incoming.add_file(digest, pieces)
            # Senders ask what is missing, so small objects that are here already are not looked for one by one.
            incoming.publish(self._publish, self._packs)
        return ids

    def open(self, id: ContentId) -> BinaryIO:
        found = self._find(id)
        return open(found, "rb") if isinstance(found, str) else io.BytesIO(_read(found))

    def size(self, id: ContentId) -> int:
        found = self._find(id)
        return os.stat(found).st_size if isinstance(found, str) else found[2]

    def missing(self, ids: Iterable[ContentId]) -> set[ContentId]:
        self._packs.refresh()
        wanted = {digest_of(id) for id in ids}
        wanted -= self._packs.among(wanted)
        return {id for digest in wanted if not os.path.exists(self._path(id := ContentId(digest.hex())))}

    def copy_to(self, id: ContentId, path: str | os.PathLike[str], *, executable: bool = False) -> int:
        found = self._find(id)
        if not isinstance(found, str):
            return write_new(path, _read(found), executable=executable)
        source = os.open(found, os.O_RDONLY | os.O_CLOEXEC)
        try:
            with new_file(path, executable=executable) as target:
                return copy_all(source, target)
        finally:
            os.close(source)

    def ids(self) -> Iterator[ContentId]:
        self._packs.refresh()
        yield from (ContentId(digest.hex()) for digest in self._packs.digests())
        for folder in os.listdir(self._root):
            if len(folder) != 2:
                continue
            for name in os.listdir(os.path.join(self._root, folder)):
                if len(name) == 62 and bytes.fromhex(folder + name) not in self._packs:
                    yield ContentId(folder + name)

    def delete(self, ids: Iterable[ContentId]) -> None:
        unwanted = {digest_of(id) for id in ids}
        for digest in unwanted:
            with suppress(FileNotFoundError):
                os.unlink(self._path(ContentId(digest.hex())))
        self._packs.remove(unwanted)

    def _path(self, id: ContentId) -> str:
        return f"{self._root}/{id[:2]}/{id[2:]}"

    def _new_path(self) -> str:
        return f"{self._tmp}/{new_hex(16)}"

    def _has(self, id: ContentId) -> bool:
        """Whether an object is known; what another process has just put may be overlooked, and is then kept twice."""
        return bytes.fromhex(id) in self._packs or os.path.exists(self._path(id))

    def _find(self, id: ContentId) -> str | tuple[Pack, int, int]:
        """The path of an object in a file of its own, or the place of one in a pack."""
        digest = digest_of(id)
        if (place := self._packs.find(digest)) is not None:
            return place
        path = self._path(id)
        if os.path.exists(path):
            return path
        # Perhaps another process has put it, or moved it to another pack, since the packs were listed.
        self._packs.refresh()
        if (place := self._packs.find(digest)) is not None:
            return place
        raise object_missing(id)

    def _copy_in(self, source: int) -> ContentId:
        """Copy an open file. The copy is hashed again, as the file may have changed since it was looked at."""
        size = os.fstat(source).st_size
        id = ContentId(hash_open(source, size)[0])
        if self._has(id):
            return id
        path = self._new_path()
        with new_file(path) as fd:
            copy_all(source, fd)
            id = ContentId(hash_open(fd, size)[0])
            self._publish_open(fd, path, id)
        return id

    def _move_in(self, path: str) -> ContentId | None:
        """Make a file an object by renaming it; None if it has to be copied."""
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            before = os.fstat(fd)
            if before.st_nlink != 1 or before.st_dev != os.stat(self._tmp).st_dev:
                return None
            id = ContentId(hash_open(fd, before.st_size)[0])
            after = os.fstat(fd)
            if (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, before.st_size):
                return None
            if self._has(id):
                os.unlink(path)
            else:
                self._publish_open(fd, path, id)
            return id
        finally:
            os.close(fd)

    def _publish_open(self, fd: int, path: str, id: ContentId) -> None:
        with suppress(PermissionError):  # another user's file that was moved in
            os.fchmod(fd, 0o444)
        os.fdatasync(fd)
        self._publish(path, id)

    def _publish(self, path: str, id: ContentId) -> None:
        """Give a finished file its name. Should that be there by now, equal bytes take the place of equal bytes."""
        final = self._path(id)
        try:
            os.rename(path, final)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(final), exist_ok=True)
            os.rename(path, final)

    def _remove_abandoned(self, now: float) -> None:
        for name in os.listdir(self._tmp):
            path = f"{self._tmp}/{name}"
            with suppress(FileNotFoundError):
                if os.stat(path).st_mtime < now - _ABANDONED_AFTER:
                    os.unlink(path)


def _read(place: tuple[Pack, int, int]) -> bytes:
    pack, offset, length = place
    return pack.read(offset, length)
