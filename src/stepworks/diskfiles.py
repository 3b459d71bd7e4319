"""Writing files that were not there before, and reading open ones: what objects and snapshots share."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress

from blake3 import blake3

_BUFFER = 1 << 20
_COPY = 1 << 30
_AT_ONCE = 1000  # parts of one writev


@contextmanager
def new_file(path: str | os.PathLike[str], *, executable: bool = False) -> Generator[int]:
    """A descriptor of a new file; the file is removed again if the block fails.

    Raises FileExistsError rather than open or follow anything that is there.
    """
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o777 if executable else 0o666)
    try:
        yield fd
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(path)
        raise
    finally:
        os.close(fd)


def write_new(path: str | os.PathLike[str], data: bytes | memoryview, *, executable: bool = False) -> int:
    """Write a new file; how many bytes. As `new_file`, without its cost."""
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o777 if executable else 0o666)
    try:
        return write_all(fd, data)
    except BaseException:
        os.unlink(path)
        raise
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes | memoryview) -> int:
    """Write all of `data`; how many bytes."""
    written = os.write(fd, data) if data else 0
    if written < len(data):
        rest = memoryview(data)[written:]
        while rest:
            rest = rest[os.write(fd, rest) :]
    return len(data)


def write_many(fd: int, parts: list[bytes]) -> None:
    """Write all of some parts, one after the other, without joining them."""
    for start in range(0, len(parts), _AT_ONCE):
        some = parts[start : start + _AT_ONCE]
        written = os.writev(fd, some)
        if written < sum(map(len, some)):
            write_all(fd, b"".join(some)[written:])


def copy_all(source: int, target: int) -> int:
    """Copy from the start of one open file to another, inside the kernel where it can; how many bytes."""
    copied = 0
    try:
        while n := os.copy_file_range(source, target, _COPY, copied):
            copied += n
        return copied
    except OSError:
        # Other file systems on the two sides, or one that doesn't know the call: by hand, from where it stopped.
        while data := os.pread(source, _BUFFER, copied):
            copied += write_all(target, data)
        return copied


def hash_open(fd: int, size: int) -> tuple[str, int]:
    """Hexadecimal digest and length of an open file, from its start; `size` is what to expect.

    Read, not mapped: a file that gets shorter meanwhile must not end the process.
    """
    wanted = min(size + 1, _BUFFER)
    data = os.pread(fd, wanted, 0)
    hasher = blake3(data)
    size = len(data)
    if size == wanted:
        buffer = bytearray(_BUFFER)
        view = memoryview(buffer)
        while n := os.preadv(fd, [buffer], size):
            hasher.update(view[:n])
            size += n
    return hasher.hexdigest(), size
