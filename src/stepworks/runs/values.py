"""Values of a run: outcomes of attempts, produced data, failures, timings."""

import msgspec

from stepworks.runs.status import Cause


class ProducedFile(msgspec.Struct, frozen=True, array_like=True):
    """One file of a step's output, path relative to the output."""

    path: str
    size: int
    hash: str


class Produced(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one output holds: where it landed and the manifest of its files.

    `manifest` is the content id of `files` (sorted by path); equal bytes give equal manifests wherever they
    lie. `is_file`: the output is one file at `path` itself, not a folder (then files has one entry, path "").
    """

    name: str
    datastore: str
    path: str
    manifest: str
    files: tuple[ProducedFile, ...] = ()
    is_file: bool = False

    @property
    def size(self) -> int:
        """Bytes in all."""
        return sum(f.size for f in self.files)


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why an attempt failed. `last_lines` are the end of the script's log; `traceback` the exception's own."""

    cause: Cause
    message: str
    exit_code: int | None = None
    signal: str | None = None
    exception: str | None = None
    traceback: str | None = None
    last_lines: tuple[str, ...] = ()


class Timings(msgspec.Struct, frozen=True, omit_defaults=True):
    """Seconds since the epoch at which each phase of an attempt began; 0 where it was not reached."""

    queued: float = 0.0
    leased: float = 0.0
    environment: float = 0.0
    data_in: float = 0.0
    code: float = 0.0
    data_out: float = 0.0
    ended: float = 0.0
