"""Files and folders on this machine's disk: walking, copying, moving, hashing, removing. Links are never followed."""

import os
import stat
from collections.abc import Iterator

from blake3 import blake3

from stepworks.diskfiles import copy_all, new_file
from stepworks.hashing import hash_file
from stepworks.ids import new_hex

_SMALL = 1 << 20

PARTIAL = ".partial-"
"""How the names of files begin that are not whole yet, or about to go."""

Walked = tuple[str, "os.DirEntry[str]", bool]


def walk(root: str) -> Iterator[Walked]:
    """Relative path, entry and whether it is a folder, of everything below `root`; a folder before what is in it."""
    pending = [""]
    while pending:
        folder = pending.pop()
        # All at once, as the caller may replace files while it looks at them.
        with os.scandir(f"{root}/{folder}" if folder else root) as entries:
            found = list(entries)
        for entry in found:
            path = f"{folder}/{entry.name}" if folder else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            yield path, entry, is_folder
            if is_folder:
                pending.append(path)


def hash_of(path: str, size: int) -> str:
    """The identity of a file's bytes; `size` is what to expect."""
    if size >= _SMALL:
        return hash_file(path)
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = os.read(fd, size + 1)
        return blake3(data).hexdigest() if len(data) == size else hash_file(path)
    finally:
        os.close(fd)


def make_folder(path: str) -> None:
    """Make a folder and those above it; it may be there."""
    try:
        os.mkdir(path)
    except FileExistsError:
        if not os.path.isdir(path):
            raise
    except FileNotFoundError:
        os.makedirs(path, exist_ok=True)


def copy_any(source: str, target: str) -> None:
    """Copy a file, or a folder with all that is in it, to a path where nothing is. Links to files become files."""
    if not os.path.isdir(source):
        copy_file(source, target)
        return
    os.makedirs(target)
    for path, entry, is_folder in walk(source):
        if is_folder:
            os.mkdir(f"{target}/{path}")
        elif entry.is_symlink() and not os.path.isfile(entry.path):
            os.symlink(os.readlink(entry.path), f"{target}/{path}")
        elif entry.is_file():
            copy_file(entry.path, f"{target}/{path}")


def copy_file(source: str, target: str) -> None:
    """Copy a file's bytes and whether it is executable to a path where nothing is."""
    fd = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        executable = bool(os.fstat(fd).st_mode & stat.S_IXUSR)
        with new_file(target, executable=executable) as written:
            copy_all(fd, written)
    finally:
        os.close(fd)


def remove(path: str) -> None:
    """Remove a file, or a folder with all that is in it, whatever its permissions; nothing there is no error."""
    try:
        os.unlink(path)
        return
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):
        pass
    if not os.path.isdir(path) or os.path.islink(path):
        raise PermissionError(1, "cannot be removed", path)
    empty(path)
    os.rmdir(path)


def empty(folder: str) -> None:
    """Remove all that is in a folder."""
    try:
        with os.scandir(folder) as entries:
            found = list(entries)
    except PermissionError:
        os.chmod(folder, 0o700)
        with os.scandir(folder) as entries:
            found = list(entries)
    for entry in found:
        if entry.is_dir(follow_symlinks=False):
            empty(entry.path)
            os.rmdir(entry.path)
        else:
            try:
                os.unlink(entry.path)
            except PermissionError:
                os.chmod(folder, 0o700)
                os.unlink(entry.path)


def bring_near(source: str, target: str) -> str:
    """Move a file or folder to the disk of its target, into the folder that the target will be in; where it is."""
    parent = os.path.dirname(target)
    make_folder(parent)
    near = f"{parent}/{PARTIAL}{new_hex(16)}"
    try:
        os.rename(source, near)
    except OSError:
        copy_any(source, near)
    return near


def take_place(source: str, target: str) -> None:
    """Take the place of whatever is there."""
    old = None
    if os.path.isdir(target) or os.path.isdir(source):
        old = f"{os.path.dirname(target)}/{PARTIAL}{new_hex(16)}"
        try:
            os.rename(target, old)
        except FileNotFoundError:
            old = None
    os.replace(source, target)
    if old is not None:
        remove(old)


def merge(source: str, target: str) -> None:
    """Put the files of a folder among those of another, in the place of those of the same names; the folder is gone."""
    make_folder(target)
    for path, _, is_folder in walk(source):
        if is_folder:
            make_folder(f"{target}/{path}")
        else:
            os.replace(f"{source}/{path}", f"{target}/{path}")
    remove(source)
