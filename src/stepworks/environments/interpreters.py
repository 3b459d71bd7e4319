"""Python interpreters: which ones are on this machine, and which of them serves a wish. The choice is pure."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

OLDEST = (3, 11)
"""The `azureml` package needs this Python or a newer one."""

Version = tuple[int, ...]


class Interpreter(msgspec.Struct, frozen=True):
    """An interpreter's path and as much of its version as is known, two numbers at least."""

    path: str
    version: Version

    @property
    def minor(self) -> Version:
        return self.version[:2]

    @property
    def series(self) -> str:
        """The version as it is asked for: "3.11"."""
        return ".".join(map(str, self.minor))


class Choice(msgspec.Struct, frozen=True):
    """The interpreter taken for a wish; `note` says why it is another Python than the one asked for."""

    interpreter: Interpreter
    note: str | None = None


def running_interpreter() -> Interpreter:
    """The interpreter that runs this process."""
    return Interpreter(sys.executable, tuple(sys.version_info[:3]))


def choose(requested: str | None, running: Interpreter, others: Iterable[Interpreter]) -> Choice:
    """The interpreter for a requested version ("3.8", "3.8.13", ">=3.9,<3.12"; None for any).

    The running one wherever it fits; otherwise the newest that fits; otherwise the nearest, with a note. Only
    interpreters that can run stepworks are candidates.
    """
    candidates = [running, *(i for i in others if i.minor >= OLDEST)]
    if not requested or fits(running.minor, requested):
        return Choice(running)
    fitting = [i for i in candidates if fits(i.minor, requested)]
    if fitting:
        return Choice(max(fitting, key=lambda i: i.version))
    wanted = _named_versions(requested)
    if not wanted:
        return Choice(running, f"'{requested}' is not a version of Python; Python {running.series} is used.")
    goal = max(wanted)
    near = min(candidates, key=lambda i: (abs(_minors(i.minor) - _minors(goal)), i is not running, i.path))
    why = f"needs {'.'.join(map(str, OLDEST))} or newer" if goal[:2] < OLDEST else "is not on this machine"
    subject = "stepworks" if goal[:2] < OLDEST else f"Python {requested}"
    return Choice(near, f"Python {requested} was asked for; Python {near.series} is used, as {subject} {why}.")


def fits(version: Version, requested: str) -> bool:
    """Whether a Python of `version` (major, minor) serves a request; what it says about patches is not weighed."""
    clauses = _clauses(requested)
    for operator, number in clauses:
        wanted = number[:2]
        have = version[: len(wanted)]
        if not _holds(operator, have, wanted, patched=len(number) > 2):
            return False
    return bool(clauses)


def series_named(requested: str | None) -> str | None:
    """The newest series that a request names ("3.8" for ">=3.6,<3.8"); None when it names none."""
    named = [number[:2] for number in _named_versions(requested or "") if len(number) > 1]
    return ".".join(map(str, max(named))) if named else None


def find_interpreters(environ: Mapping[str, str], home: Path | None = None) -> Iterator[Interpreter]:
    """Interpreters of PATH, pyenv and uv on this machine, by their file names: none is started.

    pyenv's shims are not interpreters and are passed over.
    """
    user = home or Path.home()
    pyenv = Path(environ.get("PYENV_ROOT") or user / ".pyenv") / "versions"
    managed = Path(environ.get("UV_PYTHON_INSTALL_DIR") or user / ".local/share/uv/python")
    for root, name in ((pyenv, r"(\d+\.\d+\.\d+)"), (managed, r"cpython-(\d+\.\d+\.\d+)-.*")):
        for entry in _entries(root):
            match = re.fullmatch(name, entry)
            python = root / entry / "bin" / "python3"
            if match is not None and python.exists():
                yield Interpreter(str(python), _numbers(match[1]))
    folders = [*environ.get("PATH", "").split(os.pathsep), "/usr/bin", "/usr/local/bin"]
    for folder in dict.fromkeys(folders):
        if not folder or Path(folder).name == "shims":
            continue
        for entry in _entries(Path(folder)):
            match = re.fullmatch(r"python(3\.\d+)", entry)
            if match is not None:
                yield Interpreter(str(Path(folder) / entry), _numbers(match[1]))


def works(interpreter: Interpreter) -> bool:
    """Whether it starts and is of the version that its name says."""
    code = "import sys; sys.stdout.write('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run(
            [interpreter.path, "-I", "-c", code], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout == interpreter.series


def choose_working(requested: str | None, running: Interpreter, others: Sequence[Interpreter]) -> Choice:
    """`choose`, passing over interpreters that do not start."""
    left = list(others)
    while True:
        choice = choose(requested, running, left)
        if choice.interpreter == running or works(choice.interpreter):
            return choice
        left.remove(choice.interpreter)


def _entries(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _clauses(requested: str) -> list[tuple[str, Version]]:
    found = re.findall(r"(===|==|>=|<=|!=|~=|=|<|>)?\s*(\d+(?:\.\d+)*)", requested)
    return [(operator or "=", _numbers(number)) for operator, number in found]


def _holds(operator: str, have: Version, wanted: Version, *, patched: bool) -> bool:
    match operator:
        case ">=":
            return have >= wanted
        case ">":
            return have > wanted or (patched and have == wanted)
        case "<=":
            return have <= wanted
        case "<":
            return have < wanted or (patched and have == wanted)
        case "!=":
            return have != wanted or patched
        case "~=":
            return have >= wanted and (have[:1] == wanted[:1] if not patched else have == wanted)
        case _:
            return have == wanted


def _named_versions(requested: str) -> list[Version]:
    return [number for _, number in _clauses(requested)]


def _minors(version: Version) -> int:
    return version[0] * 100 + (version[1] if len(version) > 1 else 0)


def _numbers(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))
