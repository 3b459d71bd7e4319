"""What a symbolic link in a source directory becomes in its snapshot (contracts §20)."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """Stays a link, to `target`, which is right wherever the snapshot is restored."""

    target: str
    warning: str = ""


@dataclass(frozen=True)
class Followed:
    """Is taken as what it points to; `real` is where that is."""

    real: str
    stat: os.stat_result
    warning: str


def look_at(path: str, relative: str, bases: tuple[str, ...]) -> Kept | Followed:
    """What the link at `path` becomes.

    `bases` are real paths of directories: the source directory, then one that a link in it led to, and so on; the link
    lies in the last of them, there called `relative`.
    """
    target = os.readlink(path)
    try:
        st = os.stat(path)
    except OSError:
        return Kept(target)
    real = os.path.realpath(path)
    base = bases[-1]
    if _is_within(real, base):
        return Kept(_portable(target, relative, real, base))
    if any(_is_within(earlier, real) for earlier in bases):
        return Kept(target, f"is a link to '{real}', which it is itself a part of; it stays a link.")
    return Followed(
        real, st, f"is a link that leads out of the source directory, to '{real}': the snapshot has a copy of that."
    )


def _portable(target: str, relative: str, real: str, base: str) -> str:
    """A target inside of `base` that holds as well in another place: as it is if it never leaves `base`."""
    folder = os.path.dirname(relative)
    if not os.path.isabs(target) and not os.path.normpath(os.path.join(folder, target)).startswith(".."):
        return target
    return os.path.relpath(real, os.path.join(base, folder))


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
