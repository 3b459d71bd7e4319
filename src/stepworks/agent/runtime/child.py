"""A child of a warm interpreter: the process of one attempt, from its request to the user's code.

It runs as little as it can: what it touches of the memory that it shares with the interpreter it was forked from must
be copied.
"""
# ruff: noqa: SIM105

import _signal  # pyright: ignore[reportMissingImports]
import marshal
import os
import sys

import ending  # pyright: ignore[reportMissingImports]
import native  # pyright: ignore[reportMissingImports]
import start  # pyright: ignore[reportMissingImports]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

OURS = ("azureml", "stepworks")


class Origin:
    """What a child must know of the interpreter it was forked from."""

    def __init__(self, denied: "frozenset[str]") -> None:
        # Packages that are not to be preloaded.
        self.denied = denied
        # The modules that were there before the user's code, and the last of them to come.
        self.baseline: frozenset[str] = frozenset()
        self.last = ""
        # What modules took from the interpreter that they were imported in, set anew by these.
        self.renewals: list[Callable[[], Any]] = []
        # Setters of thread pools, and how many threads each is to have.
        self.pools: list[tuple[Any, int]] = []
        # Whether native code was preloaded that may have something to do at the end.
        self.is_native = False
        self.installed = [p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages")]
        self.standard = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), "")

    def settle(self) -> None:
        """All that is to be there is there: remember it."""
        self.renewals += [renew for name, renew in _RENEWALS.items() if name in sys.modules]
        self.baseline = frozenset(sys.modules)
        self.last = list(sys.modules)[-1]
        for _ in range(_OFTEN):
            rehearse(self)

    def new_modules(self) -> "list[str]":
        """The modules that were imported since, in order."""
        new: list[str] = []
        names = reversed(sys.modules) if hasattr({}, "__reversed__") else reversed(list(sys.modules))
        for name in names:
            if name == self.last:
                break
            if name not in self.baseline:
                new.append(name)
        new.reverse()
        return new


def detach(waiting: int, place: int, top: int) -> None:
    """Leave the interpreter that this was forked from: a session of its own, none of its connections (up to `top`),
    signals as a fresh process has them. The descriptor `waiting` moves to `place`."""
    parent = os.getppid()
    os.setsid()
    native.die_with_parent(int(_signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(1)
    _signal.set_wakeup_fd(-1)
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    os.dup2(waiting, place)
    os.closerange(place + 1, top)


def rehearse(origin: Origin) -> None:
    """Go the way that running a script goes, with nothing to run.

    In the zygote this is done until its functions have settled, as they change in memory while they are new. In a child
    that waits, the memory that is touched on the way is copied now and not when somebody waits.
    """
    request: Any = marshal.loads(_NOTHING)
    _set_variables(request["variables"])
    start.rehearse()
    origin.new_modules()
    ending.rehearse()


def run(origin: Origin, request: "dict[str, Any]") -> None:
    """Become the attempt's process. Raises SystemExit when its interpreter must end the long way.

    A request has `folder` (the attempt's), `log`, `cwd`, and either `script` with `place` (the folder it is in),
    `arguments` and `variables` (on top of the environment), or `exec` (an argument vector) with the whole
    `environment`.
    """
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.chdir(request["cwd"])
    if "exec" in request:
        _execute(request["exec"], request["environment"])
    _set_variables(request["variables"])
    for setter, count in origin.pools:
        setter(count)
    for renew in origin.renewals:
        renew()
    status = start.run(request["folder"], request["script"], request["arguments"], request["place"])
    files = {name: start.file_of(sys.modules.get(name)) for name in origin.new_modules()}
    if files:
        try:
            _note_imports(origin, files, request["folder"])
        except BaseException:
            pass  # it only speeds up later steps
    inside = os.path.join(request["cwd"], "")
    ours = [name for name, file in files.items() if file.startswith(inside)]
    is_native = origin.is_native or any(map(ending.is_native, files.values()))
    ending.finish(status, ours, native.library, is_native)
    sys.exit(status)


def _note_imports(origin: Origin, files: "dict[str, str]", folder: str) -> None:
    """Write down which modules come from the environment's libraries, in order, for later preloading. Those that do
    not come with Python have a "+" before them."""
    folders = tuple(os.path.join(p, "") for p in origin.installed)
    lines: list[str] = []
    for name, file in files.items():
        top = name.partition(".")[0]
        is_installed = top in OURS or file.startswith(folders)
        if top not in origin.denied and (is_installed or file.startswith(origin.standard)):
            lines.append("+" + name if is_installed else name)
    if lines:
        with open(os.path.join(folder, "imported"), "wb") as f:
            f.write("\n".join(lines).encode("utf-8", "replace"))


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


_RENEWALS = {
    "random": lambda: sys.modules["random"].seed(),
    "numpy.random": lambda: sys.modules["numpy.random"].seed(),
    "numexpr.utils": lambda: sys.modules["numexpr.utils"]._init_num_threads(),
    "multiprocessing.process": _renew_multiprocessing,
}

_OFTEN = 20
_NOTHING = marshal.dumps({"variables": {"STEPWORKS_ATTEMPT": ""}, "folder": "", "script": "", "arguments": []}, 2)


def _execute(command: "list[str]", environment: "dict[str, str]") -> None:
    """Become another program."""
    for number in (_signal.SIGPIPE, _signal.SIGXFSZ):
        _signal.signal(number, _signal.SIG_DFL)
    try:
        os.execvpe(command[0], command, environment)
    except (OSError, ValueError) as e:
        os.write(2, os.fsencode("{}: {}\n".format(command[0], e)))  # noqa: UP032
        os._exit(127)
