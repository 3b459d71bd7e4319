"""Files going to a run and coming from it."""

import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.run import Run
    from stepworks.client.api import Client

_CHUNK = 1 << 20


def chunks_of(source: "str | os.PathLike[str] | IO[Any]") -> Iterator[bytes]:
    """The bytes of a file or stream, in pieces. Raises UserErrorException when the file is not there."""
    if isinstance(source, str | os.PathLike):
        if not os.path.isfile(source):
            raise UserErrorException(f"There is no file {os.fspath(source)!r} to upload.")
        return _read(open(source, "rb"))
    return _read_stream(source)


def _read(f: IO[bytes]) -> Iterator[bytes]:
    with f:
        yield from _read_stream(f)


def _read_stream(f: IO[Any]) -> Iterator[bytes]:
    while piece := f.read(_CHUNK):
        yield piece.encode() if isinstance(piece, str) else piece


def files_below(folder: str) -> Iterator[tuple[str, str]]:
    """(path relative to the folder with '/', path) of all files below it, sorted."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            full = os.path.join(parent, name)
            yield os.path.relpath(full, folder).replace(os.sep, "/"), full


def download_all(run: "Run", prefix: str, directory: str, paths: Sequence[str] | None, *, append_prefix: bool) -> None:
    """Fetch the run's files below a prefix; each to its own path when `paths` are given."""
    from stepworks.data.paths import strict

    prefix = prefix.removeprefix("./")
    names = [n for n in run.get_file_names() if n.startswith(prefix)]
    if paths is not None and len(paths) != len(names):
        raise UserErrorException(f"There are {len(names)} files below {prefix!r} and {len(paths)} output_paths.")
    for i, name in enumerate(names):
        if paths is not None:
            target = paths[i]
        else:
            kept = name if append_prefix else name[len(prefix) :].lstrip("/") or os.path.basename(name)
            target = os.path.join(directory, strict(kept, what="artifact name"))
        run.download_file(name, target)


def snapshot_of(client: "Client", path: Path) -> str:
    """Take a snapshot of a file or folder and give it to the server; its id."""
    from azureml.core._snapshots import take_and_send

    if not path.exists():
        raise UserErrorException(f"There is nothing at {str(path)!r} to take a snapshot of.")
    return take_and_send(client, path)


def zip_snapshot(client: "Client", snapshot: str, path: Path) -> str:
    """Fetch a snapshot as a zip file; the path of that file."""
    target = path / f"{snapshot}.zip" if path.is_dir() or not path.suffix else path
    target.parent.mkdir(parents=True, exist_ok=True)
    tree = client.snapshot(snapshot)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as z:
        for file in tree.files:
            z.writestr(file.path, client.object(file.id))
    return str(target.absolute())
