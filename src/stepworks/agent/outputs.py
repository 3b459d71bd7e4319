"""Outputs of an attempt: where the script writes them, what it wrote, and their way into the datastore.

They are staged in the attempt's folder. Only when the attempt has succeeded, and all of them can be taken, they get
their place in the datastore: by rename where that is the same disk, else by a copy that is renamed.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from stepworks.data.paths import relative
from stepworks.datastores.base import Datastore
from stepworks.errors import StepworksError
from stepworks.filetrees import PARTIAL, bring_near, copy_any, hash_of, make_folder, merge, take_place, walk
from stepworks.hashing import ContentId, content_hash
from stepworks.ids import new_hex
from stepworks.runs.values import Produced, ProducedFile
from stepworks.wire.agent import BoundOutput


class OutputRefused(StepworksError):
    """What the script left at an output's path cannot become the output."""

    code = "OutputRefused"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an output lands: `root` is the folder of a local datastore, else `store` is what takes the files."""

    root: str | None = None
    store: Datastore | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a script wrote to one output."""

    bound: BoundOutput
    staged: str
    is_file: bool
    files: tuple[ProducedFile, ...]

    @property
    def manifest(self) -> ContentId:
        """The identity of the files, wherever they lie."""
        return content_hash("manifest/1", self.files)


def stage(bound: BoundOutput, path: str) -> None:
    """Get an output's path ready: its folder exists (that of an attempt's own outputs does already); for datasets it is
    one itself (published code relies on it)."""
    if bound.port.style == "dataset":
        make_folder(path)
    elif bound.port.path_on_compute is not None:
        make_folder(os.path.dirname(path))


def examine(bound: BoundOutput, staged: str, notes: list[str]) -> Found:
    """What is at an output's path, with the hash of every file.

    Links to files that lie elsewhere become copies. Raises OutputRefused for a link to a folder elsewhere, for names
    that are no text, and for things that are neither file nor folder at the path itself.
    """
    name = bound.port.name
    try:
        found = os.lstat(staged)
    except FileNotFoundError:
        notes.append(f"Output '{name}' was not written; it is an empty folder.")
        os.makedirs(staged)
        return Found(bound, staged, False, ())
    if stat.S_ISLNK(found.st_mode):
        _own(name, staged, os.path.dirname(staged) + "/", top=True)
        found = os.stat(staged)
    if stat.S_ISREG(found.st_mode):
        return Found(bound, staged, True, (ProducedFile("", found.st_size, hash_of(staged, found.st_size)),))
    if not stat.S_ISDIR(found.st_mode):
        raise OutputRefused(
            f"Output '{name}' is neither a file nor a folder.",
            target=name,
            remedy="Write a file or make a folder at its path.",
        )
    files: list[ProducedFile] = []
    for path, size in _files(name, staged, notes):
        if not bound.port.source_globs or _is_wanted(path, bound.port.source_globs):
            files.append(ProducedFile(path, size, hash_of(f"{staged}/{path}", size)))
        else:
            os.unlink(f"{staged}/{path}")
    files.sort(key=lambda f: f.path)
    return Found(bound, staged, False, tuple(files))


def check(found: Found, place: Place) -> None:
    """Raises OutputRefused if the output may not take its place: among what is in a destination of the user's, a file
    never takes the place of a folder or the reverse, and `as_upload(overwrite=False)` replaces no other bytes."""
    port = found.bound.port
    if port.path is None or place.root is None:
        return
    target = _target(found, place.root)
    if not os.path.lexists(target):
        return
    keep = port.mode == "upload" and not port.overwrite
    entries = [("", found.is_file)]
    if not found.is_file:
        entries += [(path, not is_folder) for path, _, is_folder in walk(found.staged)]
    hashes = {f.path: f.hash for f in found.files}
    for path, is_file in entries:
        there = f"{target}/{path}" if path else target
        if not os.path.lexists(there):
            continue
        if is_file == os.path.isdir(there):
            kinds = ("a file", "a folder") if is_file else ("a folder", "a file")
            raise OutputRefused(
                f"Output '{port.name}' has {kinds[0]} '{path or found.bound.path}', "
                f"but there is {kinds[1]} in its place.",
                target=port.name,
                remedy="Give it another destination.",
            )
        if keep and path in hashes and hash_of(there, os.stat(there).st_size) != hashes[path]:
            raise OutputRefused(
                f"Output '{port.name}' would overwrite '{path or found.bound.path}' in datastore "
                f"'{found.bound.datastore}'.",
                target=port.name,
                remedy="Use as_upload(overwrite=True), or give each run its own destination: '{run-id}' in the path.",
            )


def commit(found: Found, place: Place) -> Produced:
    """Give an output its place in the datastore.

    A place of the run's own is taken whole: what an earlier attempt left there is replaced. A destination that the user
    gave may hold files already: the output's files are put among them.
    """
    bound = found.bound
    if place.root is None:
        _upload(found, place)
    else:
        target = _target(found, place.root)
        if not _is_moved(found, target):
            source = bring_near(found.staged, target)
            if bound.port.path is not None and not found.is_file:
                merge(source, target)
            else:
                take_place(source, target)
    return Produced(
        name=bound.port.name,
        datastore=bound.datastore,
        path=relative(bound.path),
        manifest=found.manifest,
        files=found.files,
        is_file=found.is_file,
    )


def _target(found: Found, root: str) -> str:
    path = relative(found.bound.path, what=f"path of output '{found.bound.port.name}'")
    return f"{root}/{path}" if path else root


def _is_moved(found: Found, target: str) -> bool:
    """The short way: nothing is there yet and it is the same disk."""
    with suppress(OSError):  # it is there, or needs more than one folder: what follows finds out
        os.mkdir(os.path.dirname(target))
    if os.path.lexists(target):
        return False
    try:
        os.rename(found.staged, target)
    except OSError:
        return False
    return True


def _upload(found: Found, place: Place) -> None:
    """Send the files to a datastore elsewhere."""
    store = place.store
    assert store is not None
    for f in found.files:
        local = f"{found.staged}/{f.path}" if f.path else found.staged
        with open(local, "rb") as source:
            pieces = iter(lambda source=source: source.read(1 << 20), b"")
            base = relative(found.bound.path)
            store.write(f"{base}/{f.path}" if f.path else base, pieces, overwrite=True)


def _files(name: str, staged: str, notes: list[str]) -> list[tuple[str, int]]:
    """Relative path and size of every file, with links made safe."""
    inside = os.path.realpath(staged) + "/"
    found: list[tuple[str, int]] = []
    for path, entry, is_folder in walk(staged):
        full = f"{staged}/{path}"
        try:
            path.encode()
        except UnicodeEncodeError:
            raise OutputRefused(
                f"Output '{name}' has a file whose name is no text: {path!r}.",
                target=name,
                remedy="Give it another name.",
            ) from None
        if is_folder:
            continue
        if entry.is_symlink():
            if not os.path.exists(full):
                notes.append(f"Output '{name}': the link '{path}' leads to nothing and was left out.")
                os.unlink(full)
                continue
            _own(name, full, inside, top=False)
        info = os.stat(full)
        if stat.S_ISREG(info.st_mode):
            found.append((path, info.st_size))
        elif stat.S_ISDIR(info.st_mode):
            notes.append(
                f"Output '{name}': '{path}' is a link to a folder of the same output; the folder's own path counts."
            )
        else:
            notes.append(f"Output '{name}': '{path}' is no file and was left out.")
            os.unlink(full)
    return found


def _own(name: str, link: str, inside: str, *, top: bool) -> None:
    """A link to a file elsewhere, or one that is absolute, becomes a copy; links within an output stay."""
    real = os.path.realpath(link)
    is_within = real.startswith(inside) and not os.readlink(link).startswith("/")
    if is_within and not top:
        return
    if not os.path.isfile(real):
        raise OutputRefused(
            f"Output '{name}' has a link to a folder that is not in it: '{os.path.basename(link)}'.",
            target=name,
            remedy="Copy the folder into the output instead of linking it.",
        )
    copy = f"{link}{PARTIAL}{new_hex(8)}"
    copy_any(real, copy)
    os.replace(copy, link)


def _is_wanted(path: str, globs: Sequence[str]) -> bool:
    from stepworks.datastores.local import glob_pattern

    return any(glob_pattern(g.lstrip("/")).fullmatch(path) for g in globs)
