"""Identifiers: random, never derived from content (those are in `hashing`)."""

import os
from collections.abc import Callable
from typing import NewType

RunId = NewType("RunId", str)
AttemptId = NewType("AttemptId", str)
LeaseId = NewType("LeaseId", str)
AgentId = NewType("AgentId", str)
StepId = NewType("StepId", str)

NewId = Callable[[], str]


def new_uuid() -> str:
    """A random UUID (version 4) as text; made here because importing `uuid` costs more than the id."""
    b = bytearray(os.urandom(16))
    b[6] = (b[6] & 0x0F) | 0x40
    b[8] = (b[8] & 0x3F) | 0x80
    h = b.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def new_hex(characters: int) -> str:
    """Random lower-case hex digits."""
    return os.urandom((characters + 1) // 2).hex()[:characters]
