"""The agent's side of one warm interpreter (`runtime/zygote.py` is the other)."""

import fcntl
import marshal
import os
import select
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from stepworks.errors import EnvironmentFailed, StepworksError

RUNTIME = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runtime")
# Above any number that a connection has in the interpreter, so that putting one there never closes another.
_OUT_OF_THE_WAY = 256
_CONTROL = 3


class ZygoteGone(StepworksError):
    """The warm interpreter has ended, and with it all that it had forked."""

    code = "ZygoteGone"


class Untouched(ZygoteGone):
    """The warm interpreter has ended without having read what it was asked: nothing was run."""

    code = "Untouched"


class Dirty(StepworksError):
    """A package may not be preloaded; `target` names it ("" when that is not known)."""

    code = "Dirty"


class Zygote:
    """A warm interpreter with a connection for each slot of the agent.

    A slot's connection is for one thread. Whoever uses one is in `users`; when it has `retired` and has no users its
    connections are closed, and it ends.
    """

    def __init__(self, python: str, environment: Mapping[str, str], slots: int) -> None:
        """Start the interpreter. Raises EnvironmentFailed if there is none."""
        pairs = [socket.socketpair() for _ in range(1 + slots)]
        theirs = [fcntl.fcntl(their.fileno(), fcntl.F_DUPFD_CLOEXEC, _OUT_OF_THE_WAY) for _, their in pairs]
        actions: list[tuple[Any, ...]] = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
        ]
        actions += [(os.POSIX_SPAWN_DUP2, fd, _CONTROL + i) for i, fd in enumerate(theirs)]
        command = [python, "-u", os.path.join(RUNTIME, "zygote.py"), str(slots)]
        try:
            self.pid = os.posix_spawn(python, command, environment, file_actions=actions, setsigmask=[])
        except OSError as e:
            for mine, _ in pairs:
                mine.close()
            raise EnvironmentFailed(
                f"The interpreter '{python}' of the environment cannot be started: {e.strerror}.",
                target=python,
                remedy="Remove the environment's folder, so that it is made again, or name another interpreter.",
            ) from e
        finally:
            for fd in theirs:
                os.close(fd)
            for _, their in pairs:
                their.close()
        self._control, *self._slots = [mine.detach() for mine, _ in pairs]
        self._pending = [b""] * slots
        self._poll = select.poll()
        self._poll.register(self._control, select.POLLIN)
        self.users: set[int] = set()
        self.last_used = time.monotonic()
        self.retired = False
        self.is_gone = False
        self._reaped = False
        self.names: tuple[str, ...] = ()
        # Folders of installed packages; names of modules that are loaded though a fresh interpreter has not.
        self.libraries: tuple[str, ...] = ()
        self.taken: frozenset[str] = frozenset()

    def prepare(self, settings: Mapping[str, Any], timeout: float) -> None:
        """Have it import what it shall, and wait until it is ready.

        Raises Dirty when a package may not be preloaded (it has ended then, also when it took too long), ZygoteGone
        when it ended without a package to blame.
        """
        package = ""
        line = b""
        until = time.monotonic() + timeout
        try:
            _send(self._control, settings)
            while not line.startswith(b"ready"):
                line = self._control_line(until)
                word, _, rest = line.decode(errors="replace").partition(" ")
                if word == "import":
                    package = rest
                elif word == "dirty":
                    raise Dirty(f"'{rest}' leaves threads or open files behind.", target=rest)
        except (ZygoteGone, OSError) as e:
            self.close()
            if package:
                raise Dirty(f"'{package}' ends the interpreter, or takes too long.", target=package) from e
            raise ZygoteGone("A warm interpreter ended before it was ready.") from e
        except Dirty:
            self.close()
            raise
        self.names = tuple(settings["preload"])
        words = line.decode("utf-8", "surrogateescape").split("\0")
        end = words.index(":")
        self.libraries, self.taken = tuple(words[1:end]), frozenset(words[end + 1 :])

    def fileno(self, slot: int) -> int:
        """The descriptor of a slot's connection, to wait for."""
        return self._slots[slot]

    def ask(self, slot: int, request: Mapping[str, Any]) -> None:
        """Send a request. Raises Untouched."""
        try:
            _send(self._slots[slot], request)
        except OSError as e:
            self.is_gone = True
            raise Untouched("A warm interpreter has ended.") from e

    def has_line(self, slot: int) -> bool:
        """Whether `next_line` has one without waiting."""
        return b"\n" in self._pending[slot]

    def next_line(self, slot: int) -> list[bytes]:
        """The words of the next line that it says to a slot. Raises ZygoteGone."""
        pending = self._pending[slot]
        while (end := pending.find(b"\n")) < 0:
            try:
                data = os.read(self._slots[slot], 4096)
            except ConnectionResetError as e:
                # What the kernel says when the other side has left something unread.
                self.is_gone = True
                raise Untouched("A warm interpreter has ended.") from e
            except OSError:
                data = b""
            if not data:
                self.is_gone = True
                raise ZygoteGone("A warm interpreter has ended.")
            pending += data
        self._pending[slot] = pending[end + 1 :]
        return pending[:end].split()

    def memory(self) -> int:
        """Bytes of memory it has."""
        try:
            with open(f"/proc/{self.pid}/statm", "rb") as f:
                return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return 0

    def close(self) -> None:
        """Hang up: it ends its children and itself."""
        fds, self._slots, self._control = [self._control, *self._slots], [], -1
        for fd in fds:
            if fd >= 0:
                os.close(fd)
        self.is_gone = True
        self.reap()

    def reap(self) -> bool:
        """Collect its process once it has ended; whether that is done."""
        if not self._reaped:
            try:
                self._reaped = os.waitpid(self.pid, os.WNOHANG)[0] != 0
            except ChildProcessError:
                self._reaped = True
        return self._reaped

    def wait(self) -> None:
        """Wait for the end of its process, which has hung up. What it had forked is ended by then, by the kernel."""
        if not self._reaped:
            with suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
            self._reaped = True

    def _control_line(self, until: float) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            if not self._poll.poll(max(until - time.monotonic(), 0) * 1000):
                raise TimeoutError
            try:
                piece = os.read(self._control, 1)
            except ConnectionResetError:
                piece = b""
            if not piece:
                raise ZygoteGone("A warm interpreter has ended.")
            line += piece
        return line[:-1]


def _send(fd: int, message: Mapping[str, Any]) -> None:
    # The oldest format that every Python from 3.6 on reads and that takes any text.
    body = marshal.dumps(dict(message), 2)
    data: Sequence[Any] = memoryview(len(body).to_bytes(4, "big") + body)
    while data:
        data = data[os.write(fd, data) :]
