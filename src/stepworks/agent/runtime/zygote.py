"""A warm interpreter: waits for requests and forks a child for each, which runs a script or another program.

`python -u zygote.py N`: descriptor 3 is the control connection, 4 to 3+N are those of the slots; all are stream
sockets to the agent. Messages to us are a length (four bytes) and a `marshal` value, messages from us are lines:

    control  ← {"preload": names, "deny": names, "restore": {variable: value or None}, "threads": {kind: count}}
             → "import NAME" before each package, "dirty NAME" (and the end) when one may not be preloaded,
               "ready" with the folders of installed packages and ":" and the names that a file of the user's must not
               have (they are loaded here, but not in a fresh interpreter), each after a NUL
    slot     ← a request: what the child is to do (see `child.run`)
             → "started PID", later "ended PID STATUS MAXRSS"; "failed ERRNO" when no process could be made

When a connection closes the agent is gone: all children are killed, and so is this process's reason to be.
Any Python from 3.6 on can run this.
"""
# ruff: noqa: SIM105, E402

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STARTUP = frozenset(sys.modules)

import _signal  # pyright: ignore[reportMissingImports]
import errno
import gc
import marshal
import os
import resource  # what `os.wait4` would import later
import select

# Not left to the interpreter, which may have been told to leave the script's folder out.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import child  # pyright: ignore[reportMissingImports]
import ending  # pyright: ignore[reportMissingImports]
import native  # pyright: ignore[reportMissingImports]
import start  # pyright: ignore[reportMissingImports]

# The names are free for files of the user's.
for _name in ("child", "ending", "native", "start"):
    del sys.modules[_name]
del sys.path[0]

CONTROL = 3
_MOMENT = 3  # milliseconds
_PAUSE = 500


class Zygote:
    """The process that is forked from; single-threaded, with no open files but its connections."""

    def __init__(self, slots: int) -> None:
        here = os.path.dirname(os.path.realpath(__file__))
        sys.path[:] = [p for p in sys.path if os.path.realpath(p) != here]
        self.slots = range(CONTROL + 1, CONTROL + 1 + slots)
        self.top = 0
        self.children: dict[int, int] = {}
        # A child that was forked beforehand: its id, and where it waits for its request.
        self.spare: tuple[int, int] | None = None
        # Milliseconds to wait before the next try, when no process could be made.
        self.pause = 0
        self.origin = child.Origin(frozenset())

    def prepare(self, settings: "dict[str, Any]") -> None:
        """Import what was asked for and get ready to fork."""
        self.origin = child.Origin(frozenset(settings["deny"]))
        for name in child.OURS:
            _try_import(name)
        if settings["preload"]:
            # While a library is being imported nobody looks at the connections.
            native.die_with_parent(int(_signal.SIGKILL))
            self._preload(settings["preload"], settings["threads"])
            native.die_with_parent(0)
        for name, value in settings["restore"].items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self.origin.settle()
        gc.collect()
        if hasattr(gc, "freeze"):
            gc.freeze()

    def serve(self) -> None:
        """Fork for requests until the agent goes. Returns in children whose interpreter must end the long way."""
        wake, wake_end = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(wake_end, False)
        _signal.signal(_signal.SIGCHLD, _ignore)
        _signal.set_wakeup_fd(wake_end)
        # Above it are only the two ends of the pipe of a spare child.
        self.top = wake_end + 3
        poll = select.poll()
        for fd in (wake, CONTROL, *self.slots):
            poll.register(fd, select.POLLIN)
        taken = {name.partition(".")[0] for name in self.origin.baseline} - _STARTUP - set(child.OURS)
        taken -= set(sys.builtin_module_names)
        words = [b"ready", *map(os.fsencode, self.origin.installed), b":", *map(os.fsencode, sorted(taken))]
        _tell(CONTROL, b"\0".join(words) + b"\n")
        while True:
            # A fork takes as long as a small script: not while the end of one is about to be told.
            patience = _MOMENT if self.children else 0
            events = poll.poll(None if self.spare else max(patience, self.pause))
            if not events and self._make_spare() == 0:
                return
            for fd, _ in events:
                if fd == wake:
                    os.read(wake, 512)
                    self._reap()
                    continue
                request = None if fd == CONTROL else _read_message(fd)
                if request is None:
                    self._leave()
                elif self._hand_over(fd, request) == 0:
                    return

    def _make_spare(self, *, in_time: bool = True) -> int:
        """Fork a child that waits: 0 in the child, once it has done what it was asked. Fails later if it can't be."""
        theirs, ours = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(theirs)
            os.close(ours)
            self.pause = _PAUSE
            return -1
        self.pause = 0
        if pid:
            os.close(theirs)
            self.spare = (pid, ours)
            return pid
        child.detach(theirs, CONTROL, self.top)
        if in_time:
            child.rehearse(self.origin)
        message = _read_message(CONTROL)
        if message is None:
            os._exit(0)
        os.close(CONTROL)
        child.run(self.origin, marshal.loads(message[4:]))
        return 0

    def _hand_over(self, fd: int, request: bytes) -> int:
        """Give a request to the child that waits, or to another if it has died; 0 in such a child."""
        while True:
            made = 1 if self.spare else self._make_spare(in_time=False)
            spare, self.spare = self.spare, None
            if spare is None:
                if made:
                    _tell(fd, b"failed %d\n" % errno.EAGAIN)
                return made
            pid, waiting = spare
            try:
                rest = memoryview(request)
                while rest:
                    rest = rest[os.write(waiting, rest) :]
            except BrokenPipeError:
                os.close(waiting)
                continue
            os.close(waiting)
            self.children[pid] = fd
            _tell(fd, b"started %d\n" % pid)
            return pid

    def _reap(self) -> None:
        while self.children:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
            if pid == 0:
                return
            fd = self.children.pop(pid, None)
            if fd is not None:
                _tell(fd, b"ended %d %d %d\n" % (pid, status, usage.ru_maxrss))

    def _leave(self) -> None:
        for pid in self.children:
            try:
                os.killpg(pid, _signal.SIGKILL)
            except OSError:
                pass
        os._exit(0)

    def _preload(self, names: "list[str]", threads: "dict[str, int]") -> None:
        """Import modules, as long as one thread and no open file remains."""
        known = frozenset(sys.modules)
        files = _open_files()
        package = ""
        for name in names:
            top = name.partition(".")[0]
            if name in sys.modules or top in self.origin.denied:
                continue
            if top != package:
                package = top
                _tell(CONTROL, b"import %s\n" % top.encode())
            _try_import(name)
            if len(os.listdir("/proc/self/task")) > 1 or _open_files() != files:
                self._refuse(top)
        for kind, setter in native.pools():
            if setter is None:
                self._refuse("numpy")
            self.origin.pools.append((setter, threads[kind]))
        loaded: dict[str, Any] = dict(sys.modules)
        new = [module for name, module in loaded.items() if name not in known]
        self.origin.is_native = any(map(ending.is_native, map(start.file_of, new)))

    def _refuse(self, top: str) -> None:
        _tell(CONTROL, b"dirty %s\n" % top.encode())
        os._exit(1)


def _try_import(name: str) -> None:
    try:
        __import__(name)
    except BaseException:
        pass  # whoever needs it finds out, and is told why


def _close_from(first: int) -> None:
    """Close what the agent itself has inherited."""
    os.closerange(first, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _open_files() -> "set[str]":
    return set(os.listdir("/proc/self/fd"))


def _read_message(fd: int) -> "bytes | None":
    """A whole message, its length included; None at the end."""
    size = _read_exactly(fd, 4)
    body = None if size is None else _read_exactly(fd, int.from_bytes(size, "big"))
    return None if size is None or body is None else size + body


def _read_exactly(fd: int, size: int) -> "bytes | None":
    found = b""
    while len(found) < size:
        try:
            piece = os.read(fd, size - len(found))
        except ConnectionResetError:
            return None
        if not piece:
            return None
        found += piece
    return found


def _tell(fd: int, line: bytes) -> None:
    try:
        os.write(fd, line)
    except BrokenPipeError:
        pass  # seen at the next read


def _ignore(*_: "Any") -> None:
    """A handler, so that the signal wakes us up."""


def _main() -> None:
    import faulthandler

    os.setsid()
    # Who started the server in the background or under nohup did not mean that scripts ignore these.
    for number in (_signal.SIGHUP, _signal.SIGQUIT, _signal.SIGTERM):
        _signal.signal(number, _signal.SIG_DFL)
    # Ctrl-C in a terminal is the agent's affair.
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)
    faulthandler.enable(2)
    slots = int(sys.argv[1])
    _close_from(CONTROL + slots + 1)
    zygote = Zygote(slots)
    settings = _read_message(CONTROL)
    if settings is not None:
        zygote.prepare(marshal.loads(settings[4:]))
        zygote.serve()


if __name__ == "__main__":
    _main()
