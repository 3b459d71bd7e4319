"""The end of a forked interpreter: as the interpreter's own, but without taking apart what is in memory.

Taking it apart costs several times what a small script does, most of it for pages that are copied because they are
touched. For the same reason this looks first whether there is anything to do. Any Python from 3.6 on can run this.
"""

import _thread
import atexit
import gc
import io
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


_WRITERS = (io.BufferedWriter, io.BufferedRandom, io.BufferedRWPair)
# They write through one of the above, or nothing is lost with them.
# Native libraries that have nothing left to do at the end. Taking apart what they have in memory takes ten times as
# long as a small step.
_DONE = frozenset(
    """
    PIL _cffi_backend _yaml aiohttp blake3 charset_normalizer contourpy cryptography frozenlist google
    greenlet httptools kiwisolver lxml markupsafe matplotlib msgspec multidict numpy orjson pandas propcache psutil
    pyarrow pydantic_core pyproj regex rpds scipy shapely sklearn sqlalchemy statsmodels tokenizers uvloop xxhash yaml
    yarl
    """.split()  # noqa: SIM905
)
_HARMLESS = (io.TextIOWrapper, io.BufferedReader, io.FileIO)


def finish(status: int, ours: "Iterable[str]", library: "Any", is_native: bool) -> None:
    """End the process.

    Waits for threads, calls what was registered to be called, lets go of the user's objects so that their finalizers
    run (`__main__` and the modules in `ours`), writes out files that were left open. With daemon threads still running
    it returns instead, and the caller ends the interpreter the long way, which stops them.

    `library` is the C library, through which native code may have written; None if there is no way to it. With
    `is_native` native code may have registered something to be done at its end, too.
    """
    threading: Any = sys.modules.get("threading")
    if threading is not None:
        _guarded(threading._shutdown)
    if _thread._count() > 0:
        return
    if not hasattr(atexit, "_ncallbacks") or atexit._ncallbacks():
        _guarded(atexit._run_exitfuncs)
    if _has_finalizers(gc.get_objects()):
        # As the interpreter does: the first collection puts objects before what they refer to, so that the second
        # finalizes a file before the descriptor that it writes to.
        gc.collect()
        _let_go(ours)
        gc.collect()
        _write_out(gc.get_objects())
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except BaseException:
            status = status or 120
    if library is not None:
        library.fflush(None)
        if is_native:
            library.exit(status)
    os._exit(status)


def is_native(file: str) -> bool:
    """Whether a module's file is native code that may have something to do when the process ends, such as writing out.

    What comes with Python has not. A package is known by its folder: some call their modules by names of others.
    """
    if not file.endswith(".so") or "lib-dynload" in file:
        return False
    inside = file.rpartition("-packages/")[2]
    return inside.partition("/")[0].partition(".")[0] not in _DONE


def rehearse() -> None:
    """Do what `finish` does before anything is lost."""
    _has_finalizers(gc.get_objects())
    sys.stdout.flush()
    sys.stderr.flush()


def _guarded(act: "Callable[[], Any]") -> None:
    try:
        act()
    except BaseException as e:
        sys.__excepthook__(type(e), e, e.__traceback__)


def _let_go(ours: "Iterable[str]") -> None:
    modules: dict[str, Any] = sys.modules
    modules["__main__"] = None
    for name in ours:
        modules[name] = None


def _has_finalizers(things: "list[Any]") -> bool:
    """Whether any object has something to do when it goes: a file with something to write, a generator, an object of a
    class of the user's."""
    seen: set[type] = set()
    for thing in things:
        kind = type(thing)
        if kind in _WRITERS:
            if not thing.closed:
                return True
        elif kind is type or kind not in seen:
            seen.add(kind)
            if kind not in _HARMLESS and (hasattr(kind, "__del__") or (kind is type and "__del__" in vars(thing))):
                return True
    return False


def _write_out(things: "list[Any]") -> None:
    """Flush files that nobody closed and that did not go."""
    for thing in things:
        if issubclass(type(thing), io.IOBase):
            try:
                if not thing.closed:
                    thing.flush()
            except BaseException:
                pass
