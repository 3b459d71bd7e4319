"""Runs one script of a step in this process, from `__main__` to the end of the interpreter.

`python -u start.py FOLDER SCRIPT ARGUMENT…` is a cold start: the working directory and the environment are set.
FOLDER is the attempt's own: an exception that nobody caught is described there, in the file `cause`. Warm
interpreters (`zygote.py`) use the functions below in a forked child.

Any Python from 3.6 on can run this. Nothing is imported before the user's code that a fresh interpreter has not loaded
anyhow: a file of the user's that is called as a module of the standard library must be found as `python script.py`
would find it. (So no `contextlib`, no `typing`.)
"""
# ruff: noqa: SIM105

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OURS = ("azureml", "stepworks")
_LONGEST_TRACEBACK = 1 << 16


def run(folder: str, script: str, arguments: "list[str]", place: str) -> int:
    """Run a script of the working directory as `__main__`; its exit status.

    `place` is the folder of the script with links resolved. It and the working directory come first on `sys.path`.
    """
    root = os.getcwd()
    path = os.path.join(root, script)
    sys.argv = [script, *arguments]
    sys.path[:0] = [place] if place == root else [place, root]
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = [sys.executable, "-u", script, *arguments]
    try:
        source = _read(path)
        sys.modules["__main__"] = main = _main_module(path)
        exec(compile(source, path, "exec", dont_inherit=True), vars(main))
    except SystemExit as e:
        return _status_of(e.code)
    except BaseException as e:
        return _uncaught(folder, e)
    return 0


def rehearse() -> None:
    """Do what `run` does with nothing to run."""
    path = os.path.join(os.getcwd(), "main.py")
    source = (
        b"import sys\n\n\ndef main(name):\n    return sys.argv[1:] + [name]\n\n\nif __name__ == '':\n    main(1.5)\n"
    )
    exec(compile(source, path, "exec", dont_inherit=True), vars(_main_module(path)))


def file_of(module: "Any") -> str:
    """The file that a module came from, "" if it came from none."""
    found = getattr(module, "__dict__", {}).get("__file__")
    return found if isinstance(found, str) else ""


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = b""
        while True:
            piece = os.read(fd, 1 << 20)
            if not piece:
                return data
            data += piece
    finally:
        os.close(fd)


def _main_module(path: str) -> "Any":
    """A fresh `__main__`, as a script started from the command line has it."""
    import builtins

    main: Any = type(sys)("__main__")
    try:
        main.__loader__ = type(globals()["__loader__"])("__main__", path)
    except (KeyError, TypeError):
        main.__loader__ = None
    main.__file__ = path
    main.__builtins__ = builtins
    main.__package__ = None
    main.__spec__ = None
    main.__cached__ = None
    main.__annotations__ = {}
    return main


def _status_of(code: "Any") -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    sys.stderr.write(str(code) + "\n")
    return 1


def _uncaught(folder: str, error: BaseException) -> int:
    """Show an exception as the interpreter does, without our own frames, and describe it in the file `cause`."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    error = error.with_traceback(trace)
    try:
        sys.excepthook(type(error), error, trace)
    except BaseException:
        sys.__excepthook__(type(error), error, trace)
    try:
        _describe(folder, error)
    except BaseException:
        pass  # the log has it, and the exit status says that it failed
    if isinstance(error, KeyboardInterrupt):
        _interrupt()
    return 1


def _describe(folder: str, error: BaseException) -> None:
    import traceback

    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = kind.__module__ + "." + name
    text = "".join(traceback.format_exception(kind, error, error.__traceback__))
    if len(text) > _LONGEST_TRACEBACK:
        half = _LONGEST_TRACEBACK // 2
        text = text[:half] + "\n  [...]\n" + text[-half:]
    parts = [part.replace("\0", "\\0") for part in (name, str(error)[:_LONGEST_TRACEBACK], text)]
    with open(os.path.join(folder, "cause"), "wb") as f:
        f.write("\0".join(parts).encode("utf-8", "backslashreplace"))


def _interrupt() -> None:
    """Die of SIGINT, so that whoever waits sees the signal and not an exit status."""
    import _signal  # pyright: ignore[reportMissingImports]

    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    os.kill(os.getpid(), _signal.SIGINT)


def _import_ours(folders: "set[str]") -> None:
    """A folder of the user's that is called as one of our packages must not hide it (published code relies on it)."""
    for name in _OURS:
        for folder in folders:
            path = os.path.join(folder, name)
            if name not in sys.modules and (os.path.exists(path) or os.path.exists(path + ".py")):
                try:
                    __import__(name)
                except ImportError:
                    pass


def _main() -> None:
    folder, script = sys.argv[1:3]
    here = os.path.dirname(os.path.realpath(__file__))
    if sys.path and os.path.realpath(sys.path[0]) == here:
        del sys.path[0]
    root = os.getcwd()
    place = os.path.dirname(os.path.realpath(os.path.join(root, script)))
    _import_ours({root, place})
    sys.exit(run(folder, script, sys.argv[3:], place))


if __name__ == "__main__":
    _main()
