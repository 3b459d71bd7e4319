"""Running uv: where its binary is, which of its words go on to the user, and what it says went wrong."""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from stepworks.environments.base import Log
from stepworks.errors import EnvironmentFailed

_NOT_FOR_UV = {"VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TARGET"}
_NOT_NEWS = re.compile(r"\s*(Using (CPython|Python) |Creating virtual env|Activate with)|\s*$")
_ERROR = re.compile(r"error\b|\s*\u00d7")


class UvFailed(Exception):
    """uv ended with an error; `lines` is what it said, without traces and without credentials."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(lines))


class Uv(msgspec.Struct, frozen=True):
    """uv with its settings: it never downloads interpreters and never asks."""

    binary: str
    environ: Mapping[str, str]

    def run(self, arguments: Sequence[str], log: Log, cwd: str | Path) -> None:
        """Run one command to its end, its news line by line into `log`. Raises UvFailed.

        When `log` raises, the command is ended.
        """
        process = subprocess.Popen(
            [self.binary, *arguments],
            env=dict(self.environ),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        said: list[str] = []
        failing = False  # the error is told once, by the exception
        with process:
            assert process.stderr is not None
            try:
                for raw in process.stderr:
                    line = without_credentials(raw.rstrip())
                    said.append(line)
                    failing = failing or _ERROR.match(line) is not None
                    if not failing and not _NOT_NEWS.match(line):
                        log(line)
            except BaseException:
                process.kill()
                raise
        if process.returncode != 0:
            raise UvFailed(what_went_wrong(said) or [f"uv ended with exit status {process.returncode}."])


def find_uv(environ: Mapping[str, str], cache: Path) -> Uv:
    """The uv of the installed package. Its own cache is used where hard links from it reach; otherwise `cache`.

    Raises EnvironmentFailed when there is none.
    """
    try:
        from uv import find_uv_bin

        binary = find_uv_bin()
    except (ImportError, FileNotFoundError) as e:
        raise EnvironmentFailed(
            "uv, which makes environments, is not installed.", remedy="Run `pip install uv`."
        ) from e
    settings = {k: v for k, v in environ.items() if k not in _NOT_FOR_UV}
    settings |= {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1", "NO_COLOR": "1", "GIT_TERMINAL_PROMPT": "0"}
    if "UV_CACHE_DIR" not in settings and not _same_disk(_usual_cache(environ), cache):
        settings["UV_CACHE_DIR"] = str(cache)
    return Uv(binary, settings)


def what_went_wrong(said: Iterable[str]) -> list[str]:
    """uv's own account of an error, without its decoration; of a failed build's output the last line alone."""
    account: list[str] = []
    started = False
    block: list[str] = []
    in_output = False
    for line in said:
        if re.match(r"\s*\[(stdout|stderr)\]", line):
            in_output, block = True, []
            continue
        heading = re.match(r"\s*(error|hint|cause)\b\s*:|\s*[\u00d7├╰]", line)
        if heading is not None and in_output:
            account += block[-1:]
            in_output, block = False, []
        if in_output:
            block += [line.strip()] if line.strip() else []
            continue
        started = started or heading is not None
        text = re.sub(r"^\s*(?:[\u00d7│├╰─▶]+\s*)+", "", line).strip()
        text = re.sub(r"^(error|cause):\s*", "", text)
        if started and text and not _NOT_NEWS.match(text):
            account.append(text)
    return account + block[-1:]


def without_credentials(text: str) -> str:
    """The text with the user part of every URL hidden."""
    return re.sub(r"(\w+://)[^/\s@]+@", r"\1***@", text)


def _usual_cache(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home(), ".cache")) / "uv"


def _same_disk(one: Path, other: Path) -> bool:
    """Whether files under two paths, which need not be there yet, can be hard links of each other."""
    return _device(one) == _device(other)


def _device(path: Path) -> int:
    there = next(p for p in (path, *path.parents) if p.exists())
    return os.stat(there).st_dev
