"""Waiting for what other processes do, and holding them up until the test says so."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

LONG = 60.0

# A script's function that says where it is by a file, and waits for another one: `reach(sys.argv[1])`.
REACH = """
import os, sys, time

def reach(gate):
    with open(gate + ".partial", "w") as f:
        f.write(str(os.getpid()))
    os.replace(gate + ".partial", gate + ".reached")
    while not os.path.exists(gate + ".open"):
        time.sleep(0.005)
"""


def until(found: Callable[[], T], what: str, seconds: float = LONG) -> T:
    """What `found` returns as soon as it is true; fails after a time that no quiet machine needs."""
    deadline = time.monotonic() + seconds
    pause = 0.005
    while not (value := found()):
        assert time.monotonic() < deadline, f"after {seconds:g} s still not: {what}"
        time.sleep(pause)
        pause = min(1.2 * pause, 0.1)
    return value


class Gate:
    """A place in a script: `reached` gives the process that waits there, `open` lets it, and all that follow, go on."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def reached(self) -> int:
        """Wait until a script is there; its process."""
        return int(until(lambda: read(f"{self.path}.reached"), f"a script at {self.path}"))

    def is_reached(self) -> bool:
        """Whether a script was there."""
        return os.path.exists(f"{self.path}.reached")

    def reset(self) -> None:
        """Forget who was there."""
        os.unlink(f"{self.path}.reached")

    def open(self) -> None:
        """Let scripts pass."""
        Path(f"{self.path}.open").touch()


def read(path: str) -> str:
    """The text of a file; nothing while there is none."""
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def is_gone(pid: int) -> bool:
    """Whether a process is over."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True
