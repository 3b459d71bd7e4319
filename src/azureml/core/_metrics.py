"""Logged values on their way: appended to a spool file at once, handed to the server in batches.

Logging never waits for the server and never fails the user's code for want of it: a value is a line in a file when
`log` returns. Inside a step the agent ships the file; in an interactive run a thread of this process does. Either may
ship the same lines: the server takes each once.
"""

import atexit
import os
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stepworks.client.api import Client

_SHIP_EVERY = 0.5
_MOST_POINTS = 20_000


class MetricSpool:
    """An append-only file of logged values, and how far it was handed over."""

    def __init__(self, path: str, client: "Client", *, is_ours: bool) -> None:
        from stepworks.tracking.metrics import encode_line

        self._encode = encode_line
        self.path = path
        self._id = os.path.basename(os.path.dirname(path) if not is_ours else path)
        self._client = client
        self._is_ours = is_ours
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._offset = 0
        self._lines = 0
        self._shipping = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def append(self, run: str, name: str, kind: str, value: float | None, data: Any, step: int | None) -> None:
        """Log one value."""
        from stepworks.tracking.metrics import MetricPoint

        os.write(self._file, self._encode(MetricPoint(run, name, kind, value, data, step, time.time())))
        if self._is_ours and self._thread is None:
            self._thread = threading.Thread(target=self._ship_forever, name="stepworks metrics", daemon=True)
            self._thread.start()
            atexit.register(self._last_chance)

    def ship(self) -> None:
        """Hand over what was not yet; return when the server has it. Raises Unavailable when it cannot be reached."""
        from stepworks.tracking.metrics import MetricBatch, decode_lines

        with self._shipping, open(self.path, "rb") as f:
            f.seek(self._offset)
            data = f.read()
            data = data[: data.rfind(b"\n") + 1]
            points = decode_lines(data)
            for first in range(0, len(points), _MOST_POINTS):
                batch = points[first : first + _MOST_POINTS]
                self._client.metrics_take(MetricBatch(spool=self._id, first=self._lines + first, points=batch))
            self._offset += len(data)
            self._lines += len(points)

    def _ship_forever(self) -> None:
        while True:
            self._wake.wait(_SHIP_EVERY)
            try:
                self.ship()
            except ConnectionError:
                continue

    def _last_chance(self) -> None:
        try:
            self.ship()
            os.unlink(self.path)
        except OSError:
            return


_spools: dict[int, MetricSpool] = {}


def spool_for(client: "Client") -> MetricSpool:
    """This process's spool: the one its step was given, or one of its own. A forked child gets a fresh one."""
    found = _spools.get(os.getpid())
    if found is None:
        _spools.clear()
        found = _spools[os.getpid()] = _open(client)
    return found


def flush() -> None:
    """Return when the server has everything that this process logged."""
    spool = _spools.get(os.getpid())
    if spool is not None:
        spool.ship()


def _open(client: "Client") -> MetricSpool:
    given = os.environ.get("STEPWORKS_SPOOL")
    if given:
        return MetricSpool(given, client, is_ours=False)
    from stepworks.home import Home
    from stepworks.ids import new_hex

    folder = Home.default(os.environ).spool
    folder.mkdir(parents=True, exist_ok=True)
    _adopt_orphans(str(folder), client)
    return MetricSpool(str(folder / f"{os.getpid()}-{new_hex(16)}"), client, is_ours=True)


def _adopt_orphans(folder: str, client: "Client") -> None:
    """Hand over what processes that died left behind."""
    for name in os.listdir(folder):
        pid = name.partition("-")[0]
        if pid.isdecimal() and not os.path.exists(f"/proc/{pid}"):
            orphan = MetricSpool(os.path.join(folder, name), client, is_ours=True)
            orphan._last_chance()
