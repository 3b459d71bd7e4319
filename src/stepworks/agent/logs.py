"""The log of an attempt: standard output and error in one file, in the order written. Any bytes, of any length."""

import os
import threading

from stepworks.filetrees import walk

# What the log is called among the files of a run.
DRIVER_LOG = "azureml-logs/70_driver_log.txt"
# What a script writes there is shipped while it runs.
FOLDER = "logs"
_MOST_FILES = 100
CHUNK = 256 << 10
# What may travel inside the report of the end.
INLINE = 1 << 20
_LAST_LINES = 30
# The end of a log that the last lines are taken from; a longer line is cut.
_END = 64 << 10
_LONGEST_LINE = 4 << 10


class Tail:
    """Reads a growing file from where it was read last. Two threads may use it: the one that ships while the attempt
    runs, and the one that ends the attempt, which `close`s it to the other."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.offset = 0
        self.lock = threading.Lock()
        self._fd = -1
        self._closed = False

    def read(self, most: int = CHUNK) -> tuple[int, bytes]:
        """Where the next bytes begin, and the bytes; none when there is nothing new or the tail is closed.

        Call it with `lock` held until the bytes are on their way, so that order is kept.
        """
        if self._closed or not self._is_open():
            return self.offset, b""
        start, data = self.offset, os.pread(self._fd, most, self.offset)
        self.offset += len(data)
        return start, data

    def left(self) -> int:
        """How many bytes have not been read."""
        return max(os.fstat(self._fd).st_size - self.offset, 0) if self._is_open() else 0

    def last_lines(self, count: int = _LAST_LINES) -> tuple[str, ...]:
        """The last lines of the whole file as text; what is no UTF-8 is replaced, long lines are cut."""
        if not self._is_open():
            return ()
        size = os.fstat(self._fd).st_size
        data = os.pread(self._fd, _END, max(size - _END, 0))
        return last_lines(data, count, cut=size > _END)

    def is_shorter(self) -> bool:
        """Whether the file has lost what was read: it is not one that grows."""
        return self._is_open() and os.fstat(self._fd).st_size < self.offset

    def close(self) -> None:
        """No more reading."""
        self._closed = True
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _is_open(self) -> bool:
        if self._fd < 0 and not self._closed:
            try:
                self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return False
        return self._fd >= 0


class Folder:
    """The files in an attempt's `logs` folder, as logs that grow."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._tails: dict[str, Tail] = {}

    def tails(self) -> list[tuple[str, Tail]]:
        """Name and tail of each file, at most `_MOST_FILES`; links and what is no file are passed over."""
        try:
            for path, entry, _ in walk(self._path):
                if len(self._tails) >= _MOST_FILES:
                    break
                if path not in self._tails and path.isprintable() and entry.is_file(follow_symlinks=False):
                    self._tails[path] = Tail(f"{self._path}/{path}")
        except OSError:
            pass  # the script has changed it meanwhile
        return [(f"{FOLDER}/{path}", tail) for path, tail in self._tails.items()]

    def close(self) -> None:
        """No more reading."""
        for tail in self._tails.values():
            tail.close()


def last_lines(data: bytes, count: int = _LAST_LINES, *, cut: bool = False) -> tuple[str, ...]:
    """The last `count` lines of some bytes; `cut` says that they begin in the middle of a line.

    Of a line that was written over with carriage returns (a progress bar) only its last state counts.
    """
    lines = data.decode("utf-8", "replace").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    if cut and len(lines) > 1:
        del lines[0]
    found = [line.rstrip("\r").rpartition("\r")[2] for line in lines[-count:]]
    return tuple(line if len(line) <= _LONGEST_LINE else f"…{line[-_LONGEST_LINE:]}" for line in found)
