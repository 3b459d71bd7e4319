"""What is installed in an interpreter, read from folder names: asking each distribution takes ten times as long."""

import json
import os
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from stepworks.environments.requirement import normal_name
from stepworks.hashing import content_hash, hash_file

_INFO = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py\d[\d.]*)?\.(?:dist|egg)-info")
_LEFT_OUT = {"stepworks"}
"""stepworks itself: a new release of it must not undo all reuse."""
_SOURCE = (".py", ".so", ".pyd")
_NOT_SOURCE = {"__pycache__", "node_modules", "build", "dist", "test", "tests"}


class InstalledDistributions:
    """The installed distributions of search paths, remembered until a folder on them changes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, ...], tuple[object, tuple[str, ...], tuple[tuple[str, str], ...]]] = {}
        self._hashes: dict[str, tuple[object, str]] = {}

    def of(self, search_path: Iterable[str]) -> tuple[str, ...]:
        """`name==version` of all, sorted; one that came from no index has the hash of its files as well.

        For a project linked for development, these are the source files of the packages in its folder.
        """
        folders = tuple(dict.fromkeys(f for f in search_path if os.path.isdir(f)))
        changed = tuple(os.stat(f).st_mtime_ns for f in folders)
        with self._lock:
            known = self._known.get(folders)
            if known is None or known[0] != changed:
                known = (changed, *_scan(folders))
                self._known[folders] = known
            _, installed, linked = known
            return tuple(sorted([*installed, *(_with_files(entry, self._source_of(root)) for entry, root in linked)]))

    def _source_of(self, root: str) -> str:
        files = [(os.path.relpath(path, root), self._hash(path, stat)) for path, stat in _source_files(root)]
        return content_hash("linked-source/1", sorted(files))

    def _hash(self, path: str, stat: os.stat_result) -> str:
        identity = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        known = self._hashes.get(path)
        if known is None or known[0] != identity:
            known = (identity, hash_file(path))
            self._hashes[path] = known
        return known[1]


def releases(installed: Iterable[str]) -> tuple[str, ...]:
    """Of what `InstalledDistributions.of` gives, those that an index has."""
    return tuple(entry for entry in installed if " " not in entry)


def _scan(folders: Iterable[str]) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The entries of installed distributions, and entry and folder of those linked for development."""
    installed: dict[str, str] = {}
    linked: dict[str, tuple[str, str]] = {}
    for folder in folders:
        for entry in os.scandir(folder):
            match = _INFO.fullmatch(entry.name)
            name = normal_name(match["name"]) if match else ""
            if match is None or name in _LEFT_OUT or name in installed or name in linked:
                continue
            files, root = _from_elsewhere(entry.path)
            shown = f"{name}=={match['version']}"
            if root is not None:
                linked[name] = (shown, root)
            else:
                installed[name] = _with_files(shown, files) if files else shown
    return tuple(installed.values()), tuple(linked.values())


def _with_files(entry: str, files: str) -> str:
    return f"{entry} (files {files[:16]})"


def _from_elsewhere(info: str) -> tuple[str | None, str | None]:
    """For a distribution that came from no index: the hash of its list of files, and its folder if it is linked."""
    try:
        with open(os.path.join(info, "direct_url.json"), encoding="utf-8") as f:
            origin = json.load(f)
    except (OSError, ValueError):
        return None, None
    url = str(origin.get("url", ""))
    if (origin.get("dir_info") or {}).get("editable") and url.startswith("file:"):
        return None, unquote(urlsplit(url).path)
    record = os.path.join(info, "RECORD")
    return (hash_file(record) if os.path.exists(record) else content_hash("direct-url/1", url)), None


def _source_files(root: str) -> Iterator[tuple[str, os.stat_result]]:
    """The source files of the packages in a project's folder: its `src`, or the folder itself."""
    base = Path(root, "src") if Path(root, "src").is_dir() else Path(root)
    try:
        packages = [
            e.path for e in os.scandir(base) if e.is_dir() and os.path.exists(os.path.join(e.path, "__init__.py"))
        ]
    except OSError:
        return
    for package in packages:
        if os.path.basename(package) in _NOT_SOURCE:
            continue
        for folder, subfolders, files in os.walk(package):
            subfolders[:] = [s for s in subfolders if not s.startswith(".") and s not in _NOT_SOURCE]
            for name in files:
                if name.endswith(_SOURCE):
                    path = os.path.join(folder, name)
                    yield path, os.stat(path)
