"""Many objects in one stream of bytes: how a client sends the new files of a snapshot.

For each object: its 32-byte BLAKE3 digest, its length as 8 bytes (big-endian), its bytes. Nothing else; an empty
stream holds no object. Both directions keep memory flat, whatever the sizes.
"""

import os
import struct
from collections.abc import Iterable, Iterator

from blake3 import blake3

from stepworks.errors import Conflict, InvalidInput
from stepworks.hashing import ContentId

HEADER = struct.Struct(">32sQ")
_CHUNK = 1 << 20


def pack(items: Iterable[tuple[ContentId, str | os.PathLike[str] | bytes]]) -> Iterator[bytes]:
    """The stream for some objects, in chunks of about a mebibyte. A path names a file, bytes are the object itself.

    Raises Conflict, in place of a wrong stream, if a file has no longer the content that its id names.
    """
    waiting: list[bytes] = []
    size = 0
    for id, item in items:
        if isinstance(item, bytes):
            pieces = iter((HEADER.pack(bytes.fromhex(id), len(item)), item))
        else:
            pieces = _file(id, os.fspath(item))
        for piece in pieces:
            waiting.append(piece)
            size += len(piece)
            if size >= _CHUNK:
                yield b"".join(waiting)
                waiting.clear()
                size = 0
    if waiting:
        yield b"".join(waiting)


def _file(id: ContentId, path: str) -> Iterator[bytes]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise _changed(path) from error
    try:
        size = os.fstat(fd).st_size
        if size < _CHUNK:
            data = os.read(fd, size + 1)
            if blake3(data).hexdigest() != id:
                raise _changed(path)
            yield HEADER.pack(bytes.fromhex(id), size)
            yield data
            return
        yield HEADER.pack(bytes.fromhex(id), size)
        hasher = blake3()
        left = size
        while left:
            data = os.read(fd, min(left, _CHUNK))
            if not data:
                raise _changed(path)
            hasher.update(data)
            left -= len(data)
            # The last piece is held back until all of the file is known to be what was announced.
            if not left and hasher.hexdigest() != id:
                raise _changed(path)
            yield data
    finally:
        os.close(fd)


def _changed(path: str) -> Conflict:
    return Conflict(
        f"File '{path}' changed while it was being sent.",
        target=path,
        remedy="Submit again. If something writes to it all the time, keep it out by the ignore file.",
    )


def unpack(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, int, Iterator[memoryview]]]:
    """Digest, length and bytes of each object of a stream.

    The bytes come in pieces that are valid at once and may be left unread. They are known to be right only when
    their iterator has ended without an error. Raises InvalidInput for bytes that are not those that their digest
    names, and for a stream that ends early.
    """
    reader = _Reader(chunks)
    while (head := reader.header()) is not None:
        digest, length = HEADER.unpack(head)
        pieces = _checked(reader, digest, length)
        yield digest, length, pieces
        for _ in pieces:
            pass


def _checked(reader: "_Reader", digest: bytes, length: int) -> Iterator[memoryview]:
    hasher = blake3()
    for piece in reader.take(length):
        hasher.update(piece)
        yield piece
    if hasher.digest() != digest:
        raise InvalidInput(
            f"Bytes sent for object {digest.hex()} are those of object {hasher.hexdigest()}.",
            target=digest.hex(),
            remedy="Send it again.",
        )


class _Reader:
    """Chunks of any size as a run of bytes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._chunk = memoryview(b"")

    def header(self) -> bytes | None:
        """The next header; None at the end."""
        head = bytes(self._chunk[: HEADER.size])
        self._chunk = self._chunk[HEADER.size :]
        while len(head) < HEADER.size:
            if not self._next():
                if head:
                    raise _ends_early()
                return None
            more = HEADER.size - len(head)
            head += self._chunk[:more]
            self._chunk = self._chunk[more:]
        return head

    def take(self, length: int) -> Iterator[memoryview]:
        """The next `length` bytes."""
        while length:
            if not self._chunk and not self._next():
                raise _ends_early()
            piece = self._chunk[:length]
            self._chunk = self._chunk[length:]
            length -= len(piece)
            yield piece

    def _next(self) -> bool:
        """Go on to the next chunk that holds something."""
        for chunk in self._chunks:
            if chunk:
                self._chunk = memoryview(chunk)
                return True
        return False


def _ends_early() -> InvalidInput:
    return InvalidInput("The stream of objects ends in the middle of one.", remedy="Send it again.")
