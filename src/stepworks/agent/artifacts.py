"""Files that a script leaves in `./outputs` and `./logs` of its working directory: the run's (contracts §12)."""

import os
import stat

from stepworks.filetrees import walk
from stepworks.objects.base import Objects
from stepworks.wire.agent import ArtifactStored

FOLDERS = ("outputs", "logs")


def store(run: str, objects: Objects, notes: list[str]) -> tuple[ArtifactStored, ...]:
    """Put all files of both folders into the objects, also those of a script that failed. The files are given up."""
    found: list[ArtifactStored] = []
    for folder in FOLDERS:
        root = f"{run}/{folder}"
        try:
            if not stat.S_ISDIR(os.lstat(root).st_mode):
                continue
        except FileNotFoundError:
            continue
        for path, entry, is_folder in walk(root):
            if is_folder:
                continue
            name = f"{folder}/{path}"
            try:
                if not _is_text(name) or not entry.is_file():
                    notes.append(f"{name!r} is not a file that can be kept with the run, and was left out.")
                    continue
                size = entry.stat().st_size
                found.append(ArtifactStored(name, objects.put_file(entry.path, move=not entry.is_symlink()), size))
            except OSError as e:
                notes.append(f"{name!r} could not be kept with the run: {e.strerror or e}.")
    found.sort(key=lambda stored: stored.name)
    return tuple(found)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
