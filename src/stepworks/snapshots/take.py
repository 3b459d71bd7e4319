"""Taking the snapshot of a source directory: what is in it, file by file, as of now."""

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stepworks.errors import InvalidInput
from stepworks.filehashes import FileHashes, KnownFile
from stepworks.hashing import ContentId
from stepworks.snapshots.ignore import IgnoreRules, load_rules
from stepworks.snapshots.limits import size_warnings
from stepworks.snapshots.links import Kept, look_at
from stepworks.snapshots.tree import Entry, File, Link, Tree


class Files(Mapping[ContentId, Path]):
    """Where the bytes of each content are; paths are made when asked for."""

    def __init__(self, root: str, relative: Mapping[ContentId, str]) -> None:
        self._root = root
        self._relative = relative

    def __getitem__(self, id: ContentId) -> Path:
        return Path(self._root, self._relative[id])

    def __iter__(self) -> Iterator[ContentId]:
        return iter(self._relative)

    def __len__(self) -> int:
        return len(self._relative)


@dataclass(frozen=True)
class Taken:
    """A snapshot that was taken. `files` has the bytes of every `File` of `tree`; `warnings` are for the user."""

    tree: Tree
    files: Mapping[ContentId, Path]
    warnings: tuple[str, ...] = ()


def take(directory: str | os.PathLike[str], hashes: FileHashes) -> Taken:
    """The snapshot of `directory`, without what its ignore file names. Only files that `hashes` does not know are read.

    Links that stay inside are kept as links, those that lead out are taken as what they point to, dangling ones are
    kept as they are (contracts §20). Folders without files, sockets, pipes and devices are left out.
    Raises InvalidInput if there is no such directory, something in it cannot be read, or a name is not UTF-8;
    Conflict if a file is being written all the time.
    """
    root = os.path.abspath(directory)
    if not os.path.isdir(root):
        raise InvalidInput(
            f"There is no directory '{root}' to take a snapshot of.",
            target=root,
            remedy="It is relative to the current directory; check `source_directory`.",
        )
    rules = load_rules(root)
    ignore_file = rules.source if rules else ".amlignore"
    walk = _Walk(root, rules)
    try:
        walk.run()
        found = hashes.hash_tree(root, walk.files)
    except OSError as error:
        raise _unreadable(root, error, ignore_file) from error
    entries: list[Entry] = list(walk.links)
    relative: dict[ContentId, str] = {}
    for (path, st), hash in zip(walk.files, found, strict=True):
        if hash is not None:
            entries.append(File(path, hash.id, hash.size, bool(st.st_mode & stat.S_IXUSR)))
            relative[hash.id] = path
    tree = Tree.of(entries)
    walk.warnings += size_warnings(tree, ignore_file)
    return Taken(tree, Files(root, relative), tuple(walk.warnings))


class _Walk:
    """Finds what belongs to the snapshot; reads no file."""

    def __init__(self, root: str, rules: IgnoreRules | None) -> None:
        self.files: list[KnownFile] = []
        self.links: list[Link] = []
        self.warnings: list[str] = []
        self._root = root
        self._rules = rules

    def run(self) -> None:
        real = os.path.realpath(self._root)
        waiting: list[tuple[str, str, tuple[str, ...]]] = [("", "", (real,))]
        while waiting:
            prefix, base_prefix, bases = waiting.pop()
            for entry in self._scan(prefix):
                path = prefix + entry.name
                if not entry.name.isascii():
                    _check_name(path)
                if entry.is_symlink():
                    if self._is_ignored(path, is_dir=False):
                        continue
                    link = look_at(entry.path, path[len(base_prefix) :], bases)
                    if isinstance(link, Kept):
                        _check_name(link.target)
                        self.links.append(Link(path, link.target))
                        self.warnings += [f"'{path}' {link.warning}"] if link.warning else []
                    elif not stat.S_ISDIR(link.stat.st_mode):
                        self._add(path, link.stat)
                        self.warnings.append(f"'{path}' {link.warning}")
                    elif not self._is_ignored(path, is_dir=True):
                        waiting.append((f"{path}/", f"{path}/", (*bases, link.real)))
                        self.warnings.append(f"'{path}' {link.warning}")
                elif entry.is_dir(follow_symlinks=False):
                    if not self._is_ignored(path, is_dir=True):
                        waiting.append((f"{path}/", base_prefix, bases))
                elif not self._is_ignored(path, is_dir=False):
                    try:
                        st = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    self._add(path, st)

    def _scan(self, prefix: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(f"{self._root}/{prefix}") as entries:
                return list(entries)
        except FileNotFoundError:
            return []

    def _is_ignored(self, path: str, *, is_dir: bool) -> bool:
        return self._rules is not None and self._rules.is_ignored(path, is_dir=is_dir)

    def _add(self, path: str, st: os.stat_result) -> None:
        if stat.S_ISREG(st.st_mode):
            self.files.append((path, st))
        else:
            self.warnings.append(
                f"'{path}' is neither a file nor a folder nor a link, and was left out of the snapshot."
            )


def _check_name(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(path).decode("utf-8", "backslashreplace")
        raise InvalidInput(
            f"The name of file '{shown}' is not UTF-8, and cannot be kept in a snapshot.",
            target=shown,
            remedy="Rename it, or ignore the folder it is in.",
        ) from None


def _unreadable(root: str, error: OSError, ignore_file: str) -> InvalidInput:
    path = os.path.relpath(os.fsdecode(error.filename or root), root)
    return InvalidInput(
        f"'{path}' in source directory '{root}' cannot be read: {error.strerror}.",
        target=path,
        remedy=f"Make it readable, or add the line '/{path}' to {ignore_file}.",
    )
