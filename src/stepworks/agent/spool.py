"""The metrics spool of an attempt: a file that the script's processes append to, shipped in numbered batches."""

import os
import threading

import msgspec

from stepworks.tracking.metrics import MetricBatch, MetricPoint

LINES = 5000
_PIECE = 1 << 20

_decoder = msgspec.json.Decoder(MetricPoint)


class Spool:
    """Reads what was appended since the last time.

    Only whole lines count. One that cannot be read is left out and has no number, so that points are numbered without
    gaps and the same each time. Two threads may use it, each with `lock` held until its batch is on its way.
    """

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self.path = path
        self.lock = threading.Lock()
        self.unreadable = 0
        self._fd = -1
        self._offset = 0
        self._next = 0

    def read(self) -> MetricBatch | None:
        """The next batch, of at most `LINES` points; None when there is nothing new."""
        points: list[MetricPoint] = []
        while not points and (lines := self._lines()):
            for line in lines:
                try:
                    points.append(_decoder.decode(line))
                except msgspec.DecodeError:
                    self.unreadable += 1
        if not points:
            return None
        first = self._next
        self._next += len(points)
        return MetricBatch(spool=self.name, first=first, points=tuple(points))

    def close(self) -> None:
        """No more reading."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _lines(self) -> list[bytes]:
        """Up to `LINES` whole lines that were not returned yet."""
        if self._fd < 0:
            try:
                self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return []
        size = _PIECE
        while (end := (data := os.pread(self._fd, size, self._offset)).rfind(b"\n")) < 0:
            if len(data) < size:
                return []
            size *= 4
        lines = data[:end].split(b"\n", LINES)
        if len(lines) > LINES:
            end -= len(lines.pop()) + 1
        self._offset += end + 1
        return lines
