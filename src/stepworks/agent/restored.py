"""A snapshot in a folder: whether it is still there as it was written, so that the next step need not have it written.

To look at a file costs a twentieth of what writing and removing it does.
"""

import os
import stat
from collections.abc import Collection
from typing import NamedTuple

from stepworks.filetrees import remove, walk

# Files get a time of change that lies in the past: what is written to them later is seen, however soon it comes.
_PAST_NS = 3_600_000_000_000
# What an entry counts besides its bytes.
_ENTRY = 1 << 14

Seen = tuple[int, ...]


class Restored(NamedTuple):
    """A snapshot, how much it takes, and every file and folder of it as it was when the snapshot had been written."""

    snapshot: str
    size: int
    entries: dict[str, Seen]

    @classmethod
    def of(cls, snapshot: str, folder: str) -> "Restored":
        """What a folder holds, which is a snapshot and nothing else."""
        entries: dict[str, Seen] = {}
        size = 0
        for path, entry, is_folder in walk(folder):
            if entry.is_file(follow_symlinks=False):
                changed = entry.stat().st_mtime_ns - _PAST_NS
                os.utime(entry.path, ns=(changed, changed))
            # Not the entry's: that is of before.
            info = os.lstat(entry.path)
            entries[path] = _seen(info)
            size += _ENTRY + (0 if is_folder else info.st_size)
        return cls(snapshot, size, entries)

    def is_whole(self, folder: str, apart: Collection[str]) -> bool:
        """Whether all of it is in a folder, unchanged. What is there besides is removed, but for names in `apart`."""
        return self._whole(folder, "", apart) == len(self.entries)

    def _whole(self, folder: str, above: str, apart: Collection[str]) -> int:
        """How many entries are in a folder of it, all unchanged; -1 if one is not."""
        with os.scandir(folder) as entries:
            found = list(entries)
        count = 0
        for entry in found:
            path = above + entry.name
            known = self.entries.get(path)
            if known is None:
                if path not in apart:
                    remove(entry.path)
                continue
            info = entry.stat(follow_symlinks=False)
            if _seen(info) != known:
                return -1
            count += 1
            if stat.S_ISDIR(info.st_mode):
                inside = self._whole(entry.path, f"{path}/", ())
                if inside < 0:
                    return -1
                count += inside
        return count


def sees_every_change(path: str) -> bool:
    """Whether the file system of a path marks what is written through memory: one that is in memory does not."""
    found = os.stat(path).st_dev
    device = f"{os.major(found)}:{os.minor(found)}"
    try:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as f:
            for line in f:
                if line.split(" ", 3)[2] == device:
                    return line.rpartition(" - ")[2].split(" ", 1)[0] not in ("tmpfs", "ramfs")
    except OSError:
        return False
    return True


def _seen(info: os.stat_result) -> Seen:
    if stat.S_ISDIR(info.st_mode):
        return (info.st_mode, info.st_ino)
    return (info.st_mode, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns)
