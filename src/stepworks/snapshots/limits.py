"""Warnings about snapshots that are larger than they were meant to be. Nothing is refused (contracts §10)."""

from collections import defaultdict
from collections.abc import Callable

from stepworks.snapshots.tree import File, Tree

MANY_BYTES = 300_000_000
MANY_FILES = 2_000
_NAMED = 3
_MOST = 0.9  # a folder is looked into while one thing in it has so much of it


def size_warnings(tree: Tree, ignore_file: str) -> list[str]:
    """What to tell the user about the size of `tree`: the largest paths, and a line for `ignore_file` that helps."""
    warnings: list[str] = []
    files = tree.files
    size = sum(file.size for file in files)
    if size > MANY_BYTES:
        warnings.append(_warning(f"{_megabytes(size)}", files, lambda file: file.size, _megabytes, ignore_file))
    if len(files) > MANY_FILES:
        warnings.append(_warning(f"{len(files):,} files", files, lambda _: 1, _count, ignore_file))
    return warnings


def _warning(
    amount: str, files: tuple[File, ...], weight: Callable[[File], int], show: Callable[[int], str], ignore_file: str
) -> str:
    largest = _largest(files, weight)
    named = ", ".join(f"{path} ({show(value)})" for path, value in largest)
    return (
        f"The snapshot has {amount}. The largest parts are: {named}. "
        f"If the steps do not need them, add a line such as '/{largest[0][0]}' to {ignore_file}."
    )


def _largest(files: tuple[File, ...], weight: Callable[[File], int]) -> list[tuple[str, int]]:
    """The heaviest files and folders below the deepest folder that has nearly everything; folders end with a slash."""
    prefix = ""
    while True:
        parts: defaultdict[str, int] = defaultdict(int)
        for file in files:
            if file.path.startswith(prefix):
                end = file.path.find("/", len(prefix)) + 1
                parts[file.path[:end] if end else file.path] += weight(file)
        heaviest = sorted(parts.items(), key=lambda part: (-part[1], part[0]))
        path, value = heaviest[0]
        if not path.endswith("/") or value < _MOST * sum(parts.values()):
            return heaviest[:_NAMED]
        prefix = path


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def _count(files: int) -> str:
    return f"{files:,} file" + "s" * (files != 1)
