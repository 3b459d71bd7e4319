"""Content identities. Everything that names content goes through here, as a tagged structure.

A content id is the lower-case hex of a BLAKE3 digest (64 characters). Structures are encoded as
MessagePack with sorted keys, so that two different values never encode alike; strings are never joined.
"""

from pathlib import Path
from typing import NewType

import msgspec
from blake3 import blake3

ContentId = NewType("ContentId", str)

_encoder = msgspec.msgpack.Encoder(order="deterministic")
_MMAP_FROM = 1 << 20


def hash_bytes(data: bytes | bytearray | memoryview) -> ContentId:
    """The identity of some bytes."""
    return ContentId(blake3(data).hexdigest())


def hash_file(path: str | Path) -> ContentId:
    """The identity of a file's bytes; large files are mapped, not read into memory."""
    with open(path, "rb") as f:
        head = f.read(_MMAP_FROM)
        if len(head) < _MMAP_FROM:
            return ContentId(blake3(head).hexdigest())
    return ContentId(blake3().update_mmap(path).hexdigest())


def content_hash(tag: str, *parts: object) -> ContentId:
    """The identity of a structure.

    `tag` says what is hashed and carries a version ("reuse/1"): bump it when the meaning changes.
    """
    return ContentId(blake3(_encoder.encode((tag, parts))).hexdigest())
