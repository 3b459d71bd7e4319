"""Uploading to and downloading from datastores (contracts §18)."""

import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from azureml.data import _service
from azureml.exceptions import UserErrorException
from stepworks.data.paths import relative, strict
from stepworks.errors import UnsafePath

_AT_ONCE = 8


class Upload(NamedTuple):
    """A file on its way to a path in a datastore."""

    source: Path
    target: str


def planned(files: Sequence[str], relative_root: str | None, target_path: str | None) -> list[Upload]:
    """Where each file goes: its path below `relative_root`, below `target_path`.

    `relative_root` defaults to the common folder; for one file, to its own. Raises UserErrorException for a file that
    is not there, or not below `relative_root`.
    """
    if isinstance(files, str):
        raise UserErrorException("upload_files takes a list of paths. For a folder use upload(src_dir).")
    sources = [Path(os.path.abspath(f)) for f in files]
    for given, source in zip(files, sources, strict=True):
        if not source.is_file():
            raise UserErrorException(f"There is no file '{given}' to upload (looked for {source}).")
    if not sources:
        return []
    root = (
        Path(os.path.abspath(relative_root)) if relative_root else Path(os.path.commonpath([s.parent for s in sources]))
    )
    outside = [s for s in sources if not s.is_relative_to(root)]
    if outside:
        raise UserErrorException(f"The file '{outside[0]}' is not below relative_root '{root}'.")
    return [Upload(s, _joined(target_path, s.relative_to(root).as_posix())) for s in sources]


def planned_folder(folder: str, target_path: str | None) -> list[Upload]:
    """Where each file of a folder goes. Raises UserErrorException when there is no such folder."""
    root = Path(os.path.abspath(folder))
    if not root.is_dir():
        raise UserErrorException(f"There is no folder '{folder}' to upload (looked for {root}).")
    found: list[Upload] = []
    for parent, folders, names in os.walk(root):
        folders.sort()
        found += [
            Upload(p, _joined(target_path, p.relative_to(root).as_posix()))
            for p in (Path(parent, n) for n in sorted(names))
        ]
    return [u for u in found if u.source.is_file()]


def upload(datastore: Any, uploads: Sequence[Upload], *, overwrite: bool, show_progress: bool) -> int:
    """Store files; how many were. Those that are there already stay, unless `overwrite`."""
    pending = list(uploads) if overwrite else _absent(datastore, uploads)
    skipped = len(uploads) - len(pending)
    if show_progress and uploads:
        sys.stdout.write(f"Uploading {len(pending)} files to datastore '{datastore.name}'\n")

    def send(one: Upload) -> bool:
        return _service.write_file(datastore, one.target, one.source, overwrite=overwrite)

    stored = sum(_in_parallel(send, pending))
    if show_progress and uploads:
        there = skipped + len(pending) - stored
        kept = f", {there} were there already (overwrite=True replaces them)" if there else ""
        sys.stdout.write(f"Uploaded {stored} files{kept}\n")
    return stored


def upload_folder(
    datastore: Any, folder: str, target: str, *, overwrite: bool = False, show_progress: bool = False
) -> int:
    """Store the files of a folder below `target`."""
    return upload(datastore, planned_folder(folder, target), overwrite=overwrite, show_progress=show_progress)


def download(
    datastore: Any, target_path: str, prefix: str | None, *, overwrite: bool, show_progress: bool, exactly: bool = False
) -> int:
    """Fetch the files whose paths start with `prefix`, as text, and keep their paths; how many were fetched.

    With `exactly` the prefix is a file or folder. Files that are there already stay, unless `overwrite`.
    """
    start = (prefix or "").replace("\\", "/").lstrip("/")
    start = start.removeprefix("./")
    found = _service.files(datastore, glob=start) if exactly and start else _service.files(datastore, prefix=start)
    pairs = [(f.path, Path(target_path, strict(f.path, what="path on the datastore"))) for f in found]
    pending = [(path, target) for path, target in pairs if overwrite or not target.exists()]

    def fetch(one: tuple[str, Path]) -> bool:
        one[1].parent.mkdir(parents=True, exist_ok=True)
        _service.read_file(datastore, one[0], one[1])
        return True

    if show_progress:
        sys.stdout.write(f"Downloading {len(pending)} files from datastore '{datastore.name}' to {target_path}\n")
    count = sum(_in_parallel(fetch, pending))
    if show_progress:
        sys.stdout.write(f"Downloaded {count} files\n")
    return count


def _absent(datastore: Any, uploads: Sequence[Upload]) -> list[Upload]:
    if not uploads:
        return []
    # Text in common, not folders: listings go by that.
    common = os.path.commonprefix([u.target for u in uploads])  # noqa: RUF071
    there = {f.path for f in _service.files(datastore, prefix=common)}
    return [u for u in uploads if u.target not in there]


def _in_parallel(work: Any, items: Sequence[Any]) -> Iterable[bool]:
    if len(items) < 2:
        return [work(i) for i in items]
    with ThreadPoolExecutor(min(_AT_ONCE, len(items))) as threads:
        return list(threads.map(work, items))


def _joined(target_path: str | None, path: str) -> str:
    try:
        base = relative(target_path or "", what="target_path")
        return f"{base}/{path}" if base else path
    except UnsafePath as e:
        raise UserErrorException(str(e)) from e
