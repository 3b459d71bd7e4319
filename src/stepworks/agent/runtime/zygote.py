"""A warm interpreter: waits for requests and forks a child for each, which runs a script or another program.

`python -u zygote.py N`: descriptor 3 is the control connection, 4 to 3+N are those of the slots; all are stream
sockets to the agent. Messages to us are a length (four bytes) and a `marshal` value, messages from us are lines:

    control  ← {"preload": names, "deny": names, "restore": {variable: value or None}, "threads": {kind: count}}
             → "import NAME" before each package, "dirty NAME" (and the end) when one may not be preloaded,
               "ready" with the folders of installed packages and ":" and the names that a file of the user's must not
               have (they are loaded here, but not in a fresh interpreter), each after a NUL
    slot     ← a request: what the child is to do (see `_Child`)
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
import ending  # pyright: ignore[reportMissingImports]
import start  # pyright: ignore[reportMissingImports]

# The names are free for files of the user's.
del sys.modules["ending"], sys.modules["start"], sys.path[0]

CONTROL = 3
_PR_SET_PDEATHSIG = 1
_OURS = ("azureml", "stepworks")

try:
    import ctypes

    _library = ctypes.PyDLL(None)
    _prctl = _library.prctl
except (ImportError, OSError, AttributeError):  # an interpreter built without it: the agent's bookkeeping must do
    ctypes: "Any" = None
    _library: "Any" = None

    def _prctl(*_: int) -> int:
        return -1


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
        self.renewals: list[Any] = []
        self.denied: frozenset[str] = frozenset()
        self.baseline: frozenset[str] = frozenset()
        self.last = ""
        self.is_native = False
        self.installed = [p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages")]
        self.standard = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "")

    def prepare(self, settings: "dict[str, Any]") -> None:
        """Import what was asked for and get ready to fork."""
        self.denied = frozenset(settings["deny"])
        for name in _OURS:
            _try_import(name)
        known = frozenset(sys.modules)
        if settings["preload"]:
            # While a library is being imported nobody looks at the connections.
            _prctl(_PR_SET_PDEATHSIG, int(_signal.SIGKILL))
            self._preload(settings["preload"])
            self._find_pools(settings["threads"])
            loaded: dict[str, Any] = dict(sys.modules)
            new = [module for name, module in loaded.items() if name not in known]
            self.is_native = any(map(ending.is_native, map(start.file_of, new)))
            _prctl(_PR_SET_PDEATHSIG, 0)
        for name, value in settings["restore"].items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self.renewals += [renew for name, renew in _RENEWALS.items() if name in sys.modules]
        self.baseline = frozenset(sys.modules)
        self.last = list(sys.modules)[-1]
        for _ in range(_OFTEN):
            _rehearse(self)
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
        taken = {name.partition(".")[0] for name in self.baseline} - _STARTUP - set(_OURS)
        taken -= set(sys.builtin_module_names)
        words = [b"ready", *map(os.fsencode, self.installed), b":", *map(os.fsencode, sorted(taken))]
        _tell(CONTROL, b"\0".join(words) + b"\n")
        while True:
            if self.spare is None and self._make_spare() == 0:
                return
            for fd, _ in poll.poll():
                if fd == wake:
                    _drain(wake)
                    self._reap()
                    continue
                request = None if fd == CONTROL else _read_message(fd)
                if request is None:
                    self._leave()
                elif self._hand_over(fd, request) == 0:
                    return

    def _make_spare(self) -> int:
        """Fork a child that waits: 0 in the child, once it has done what it was asked. Fails later if it can't be."""
        theirs, ours = os.pipe()
        try:
            pid = os.fork()
        except OSError:
            os.close(theirs)
            os.close(ours)
            return -1
        if pid:
            os.close(theirs)
            self.spare = (pid, ours)
            return pid
        _detach(theirs, self.top)
        _rehearse(self)
        message = _read_message(CONTROL)
        if message is None:
            os._exit(0)
        os.close(CONTROL)
        _Child(self, marshal.loads(message[4:])).run()
        return 0

    def _hand_over(self, fd: int, request: bytes) -> int:
        """Give a request to the child that waits, or to another if it has died; 0 in such a child."""
        while True:
            made = 1 if self.spare else self._make_spare()
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
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
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

    def _preload(self, names: "list[str]") -> None:
        files = _open_files()
        package = ""
        for name in names:
            top = name.partition(".")[0]
            if name in sys.modules or top in self.denied:
                continue
            if top != package:
                package = top
                _tell(CONTROL, b"import %s\n" % top.encode())
            _try_import(name)
            if len(os.listdir("/proc/self/task")) > 1 or _open_files() != files:
                self._refuse(top)

    def _find_pools(self, counts: "dict[str, int]") -> None:
        """The functions by which numeric libraries get their threads back in a child."""
        for path in _mapped_libraries():
            base = os.path.basename(path)
            kind = next((kind for kind, marks in _POOLS.items() if any(mark in base for mark in marks)), None)
            if kind is None:
                continue
            setter = None if ctypes is None else _setter(kind, path)
            if setter is None:
                self._refuse("numpy")
            else:
                self.renewals.append(lambda setter=setter, count=counts[kind]: setter(count))

    def _refuse(self, top: str) -> None:
        _tell(CONTROL, b"dirty %s\n" % top.encode())
        os._exit(1)


class _Child:
    """The process of one attempt, from its request to the user's code. It runs as little as it can: what it touches of
    the memory that it shares with the zygote must be copied.

    A request has `folder` (the attempt's), `log`, `cwd`, and either `script` with `place` (the folder it is in),
    `arguments` and `variables` (on top of the environment), or `exec` (an argument vector) with the whole
    `environment`.
    """

    def __init__(self, zygote: Zygote, request: "dict[str, Any]") -> None:
        self.zygote = zygote
        self.request = request

    def run(self) -> None:
        """Become the attempt's process. Returns when its interpreter must end the long way."""
        zygote, request = self.zygote, self.request
        log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        os.chdir(request["cwd"])
        if "exec" in request:
            _execute(request["exec"], request["environment"])
        _set_variables(request["variables"])
        for renew in zygote.renewals:
            renew()
        status = start.run(request["folder"], request["script"], request["arguments"], request["place"])
        files = {name: start.file_of(sys.modules.get(name)) for name in self.new_modules()}
        if files:
            try:
                self._note_imports(files)
            except BaseException:
                pass  # it only speeds up later steps
        inside = os.path.join(request["cwd"], "")
        ours = [name for name, file in files.items() if file.startswith(inside)]
        is_native = zygote.is_native or any(map(ending.is_native, files.values()))
        ending.finish(status, ours, _library, is_native)
        sys.exit(status)

    def new_modules(self) -> "list[str]":
        """The modules that were imported since the fork, in order."""
        zygote = self.zygote
        new: list[str] = []
        names = reversed(sys.modules) if hasattr({}, "__reversed__") else reversed(list(sys.modules))
        for name in names:
            if name == zygote.last:
                break
            if name not in zygote.baseline:
                new.append(name)
        new.reverse()
        return new

    def _note_imports(self, files: "dict[str, str]") -> None:
        """Write down which modules come from the environment's libraries, in order, for later preloading. Those that do
        not come with Python have a "+" before them."""
        zygote = self.zygote
        folders = tuple(os.path.join(p, "") for p in zygote.installed)
        lines: list[str] = []
        for name, file in files.items():
            top = name.partition(".")[0]
            is_installed = top in _OURS or file.startswith(folders)
            if top not in zygote.denied and (is_installed or file.startswith(zygote.standard)):
                lines.append("+" + name if is_installed else name)
        if lines:
            with open(os.path.join(self.request["folder"], "imported"), "wb") as f:
                f.write("\n".join(lines).encode("utf-8", "replace"))


def _detach(waiting: int, top: int) -> None:
    """Leave the zygote: a session of its own, none of its connections, signals as a fresh process has them. The pipe it
    waits on takes the place of the control connection."""
    parent = os.getppid()
    os.setsid()
    _prctl(_PR_SET_PDEATHSIG, int(_signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)
    _signal.set_wakeup_fd(-1)
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    os.dup2(waiting, CONTROL)
    os.closerange(CONTROL + 1, top)


def _rehearse(zygote: Zygote) -> None:
    """Go the way that running a script goes, with nothing to run.

    In the zygote this is done until its functions have settled, as they change in memory while they are new. In a child
    that waits, the memory that is touched on the way is copied now and not when somebody waits.
    """
    request: Any = marshal.loads(_NOTHING)
    _set_variables(request["variables"])
    start.rehearse()
    _Child(zygote, request).new_modules()
    ending.rehearse()


def _set_variables(variables: "dict[str, str]") -> None:
    """As `os.environ.update`, which would touch five times as much memory."""
    put: Any = os.putenv
    known: Any = getattr(os.environ, "_data")  # noqa: B009 - it is private
    for name, value in variables.items():
        key, text = os.fsencode(name), os.fsencode(value)
        put(key, text)
        known[key] = text
    if "TZ" in variables:
        import time

        time.tzset()


def _renew_multiprocessing() -> None:
    process: Any = sys.modules["multiprocessing.process"]
    process.ORIGINAL_DIR = os.getcwd()
    process.current_process().authkey = os.urandom(32)


# What modules took from the interpreter that they were imported in, set anew.
_RENEWALS = {
    "random": lambda: sys.modules["random"].seed(),
    "numpy.random": lambda: sys.modules["numpy.random"].seed(),
    "numexpr.utils": lambda: sys.modules["numexpr.utils"]._init_num_threads(),
    "multiprocessing.process": _renew_multiprocessing,
}

_OFTEN = 20
_NOTHING = marshal.dumps({"variables": {"STEPWORKS_ATTEMPT": ""}, "folder": "", "script": "", "arguments": []}, 2)

_POOLS = {
    "openblas": ("openblas",),
    "openmp": ("libgomp", "libomp", "libiomp"),
    "mkl": ("mkl_rt",),
    "blis": ("blis",),
}
_SETTERS = {
    "openblas": [p + "openblas_set_num_threads" + s for p in ("scipy_", "") for s in ("64_", "_64", "64", "")],
    "openmp": ["omp_set_num_threads"],
    "mkl": ["MKL_Set_Num_Threads"],
    "blis": ["bli_thread_set_num_threads"],
}


def _setter(kind: str, path: str) -> "Any":
    library = ctypes.CDLL(path)
    return next((getattr(library, name) for name in _SETTERS[kind] if hasattr(library, name)), None)


def _mapped_libraries() -> "list[str]":
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as f:
        return sorted({line[line.index("/") :].rstrip("\n") for line in f if "/" in line and ".so" in line})


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


def _execute(command: "list[str]", environment: "dict[str, str]") -> None:
    """Become another program."""
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(number, _signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment)
    except (OSError, ValueError) as e:
        os.write(2, os.fsencode("{}: {}\n".format(command[0], e)))  # noqa: UP032
        os._exit(127)


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


def _drain(fd: int) -> None:
    try:
        while os.read(fd, 512):
            pass
    except BlockingIOError:
        pass


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
