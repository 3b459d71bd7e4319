"""Content hashes of files, remembered by path, inode, times and size, so that unchanged files are not read again.

What it says is always right, whatever happens to the memory: that only saves reading. A hash is remembered only if a
later write must show in the file's times; a file that changed a moment ago ("racy") is read again next time. The time
of change (ctime) counts as well as that of modification, as programs set the latter back. Each remembered line
carries a checksum.
"""

import os
import stat
import time
from collections.abc import Callable, Iterable
from struct import Struct
from typing import NamedTuple
from zlib import crc32

from stepworks.clock import Clock, SystemClock
from stepworks.diskfiles import hash_open
from stepworks.errors import Conflict, InvalidInput
from stepworks.hashcache import HashCache, MemoryHashCache, SqliteHashCache
from stepworks.hashing import ContentId

_STAMP = Struct("<Qqqq")  # inode, mtime and ctime in ns, size
_LINE = 32 + 32 + 4  # stamp, digest, checksum
_COARSEST = 2_000_000_000  # ns; no file system we know has coarser times
_TICK = 20_000_000  # ns; two writes within one tick of the kernel's clock may leave the same time
_PAUSES = (0.02, 0.04, 0.08, 0.16)  # seconds between tries at a file that is being written
_LARGE = 4 << 20  # bytes; files from here on are hashed several at a time

KnownFile = tuple[str, os.stat_result]


class FileHash(NamedTuple):
    """What a file's bytes are."""

    id: ContentId
    size: int


class FileHashes:
    """Hashes of files, by content. Safe for threads, and for processes that share the same `path`."""

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        clock: Clock | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`path` is the SQLite file that remembers, made if it is not there; None remembers only in memory.

        `clock` is that of the file systems, more or less; `pause` waits some seconds for a file to settle.
        """
        self._cache: HashCache = MemoryHashCache() if path is None else SqliteHashCache(os.path.abspath(path))
        self._clock = clock or SystemClock()
        self._pause = pause

    def hash_file(self, path: str | os.PathLike[str]) -> ContentId:
        """The identity of a file's bytes (a link's are those of its target).

        Raises OSError if it cannot be read, InvalidInput if it isn't a regular file, Conflict if something writes to
        it all the time.
        """
        absolute = os.path.abspath(path)
        folder, name = os.path.split(absolute)
        found = self.hash_tree(folder, [(name, os.stat(absolute))])[0]
        if found is None:
            raise FileNotFoundError(2, "No such file", absolute)
        return found.id

    def hash_tree(self, root: str | os.PathLike[str], files: Iterable[KnownFile]) -> list[FileHash | None]:
        """The identities of many files: one for each of `files`, which are paths relative to `root` with their stat.

        None for a file that is gone by now. A stat that is out of date makes it slower, not wrong: size and content
        are those of one moment. Raises as `hash_file`.
        """
        folder = os.fsencode(os.path.abspath(root))
        known = list(files)
        prefix = folder.rstrip(b"/") + b"/"
        paths = [prefix + os.fsencode(relative) for relative, _ in known]
        remembered = self._cache.lookup(folder, paths)
        hashes: list[FileHash | None] = []
        unknown: list[int] = []
        for i, (path, (_, st)) in enumerate(zip(paths, known, strict=True)):
            line = remembered.get(path)
            if line is not None and (id := _recall(path, line, _stamp(st))) is not None:
                hashes.append(FileHash(id, st.st_size))
            else:
                hashes.append(None)
                unknown.append(i)
        if unknown:
            self._read(paths, known, unknown, hashes)
        return hashes

    def close(self) -> None:
        """Let go of the file. It can be used again."""
        self._cache.close()

    def _read(
        self, paths: list[bytes], known: list[KnownFile], unknown: list[int], hashes: list[FileHash | None]
    ) -> None:
        """Hash the unknown files, into `hashes`, and remember those that are not racy."""
        now = int(self._clock.now() * 1e9)
        settled_before = now - _COARSEST
        lines: list[tuple[bytes, bytes]] = []

        def read(i: int) -> None:
            result = self._hash_settled(paths[i])
            if result is None:
                return
            st, digest = result
            hashes[i] = FileHash(ContentId(digest), st.st_size)
            if st.st_mtime_ns < settled_before and st.st_ctime_ns < settled_before:
                lines.append((paths[i], _line(paths[i], _stamp(st), digest)))

        large = [i for i in unknown if known[i][1].st_size >= _LARGE]
        try:
            for i in unknown:
                if known[i][1].st_size < _LARGE:
                    read(i)
            _each(read, large)
        finally:
            if lines:
                self._cache.save(lines)

    def _hash_settled(self, path: bytes) -> tuple[os.stat_result, str] | None:
        """Stat and digest of one state of a file, not of a mixture; None if it's gone."""
        for pause in (*_PAUSES, None):
            try:
                # Not blocking, as a FIFO would otherwise wait for its other end.
                fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            except FileNotFoundError:
                return None
            try:
                before = os.fstat(fd)
                if not stat.S_ISREG(before.st_mode):
                    raise InvalidInput(f"'{os.fsdecode(path)}' is not a regular file.", target=os.fsdecode(path))
                now = int(self._clock.now() * 1e9)
                digest, size = hash_open(fd, before.st_size)
                after = os.fstat(fd)
            finally:
                os.close(fd)
            just_written = abs(now - max(before.st_mtime_ns, before.st_ctime_ns)) < _TICK
            if size == before.st_size and _stamp(before) == _stamp(after) and (not just_written or pause is None):
                return before, digest
            if pause is not None:
                self._pause(pause)
        raise Conflict(
            f"File '{os.fsdecode(path)}' changes while it is being read.",
            target=os.fsdecode(path),
            remedy="Wait until it is complete, or keep it out by the ignore file.",
        )


def _each(act: Callable[[int], None], items: list[int]) -> None:
    """Do large files side by side: both reading and hashing let other threads run."""
    workers = min(4, len(items), os.cpu_count() or 1)
    if workers < 2:
        for item in items:
            act(item)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        for _ in pool.map(act, items):
            pass


def _stamp(st: os.stat_result) -> bytes:
    return _STAMP.pack(st.st_ino, st.st_mtime_ns, st.st_ctime_ns, st.st_size)


def _line(path: bytes, stamp: bytes, digest: str) -> bytes:
    line = stamp + bytes.fromhex(digest)
    return line + crc32(line, crc32(path)).to_bytes(4)


def _recall(path: bytes, line: bytes, stamp: bytes) -> ContentId | None:
    """The id in a remembered line, if that is whole and about this state of the file."""
    if not isinstance(line, bytes) or len(line) != _LINE or not line.startswith(stamp):
        return None
    if crc32(line[:-4], crc32(path)).to_bytes(4) != line[-4:]:
        return None
    return ContentId(line[32:64].hex())
