"""The packs of one folder: found, read, added, and made fewer.

Other processes add and remove packs in the same folder. A pack is only removed when all that is wanted of it is in
another one, so a reader that finds nothing looks at the folder once more and then knows.
"""

import logging
import os
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager, suppress

from stepworks.diskfiles import new_file
from stepworks.errors import InvalidInput
from stepworks.objects.packfile import Pack, PackWriter

_SMALL = 16 << 20  # bytes
_MANY = 64
_log = logging.getLogger("stepworks.objects")


class Packs:
    """All packs of a folder, as of the last `refresh`."""

    def __init__(self, folder: str, new_path: Callable[[], str]) -> None:
        """`new_path` gives a path for a file to be written, on the file system of `folder`."""
        self._folder = folder
        self._new_path = new_path
        self._packs: dict[str, Pack] = {}  # replaced, never changed: readers need no lock
        self._damaged: frozenset[str] = frozenset()
        self._recent: Pack | None = None
        self._refreshing = threading.Lock()
        self._changing = threading.Lock()

    def refresh(self) -> None:
        """Take notice of packs that came and went."""
        with self._refreshing:
            names = {name for name in os.listdir(self._folder) if name.endswith(".pack")} - self._damaged
            if names == self._packs.keys():
                return
            packs = {name: pack for name, pack in self._packs.items() if name in names}
            for name in names - packs.keys():
                try:
                    packs[name] = Pack(f"{self._folder}/{name}")
                except FileNotFoundError:
                    continue
                except InvalidInput as error:
                    # One bad pack must not take the others away; what it held counts as missing.
                    _log.warning("%s", error)
                    self._damaged |= {name}
            self._packs = packs
            self._recent = None

    def find(self, digest: bytes) -> tuple[Pack, int, int] | None:
        """The pack that has an object, its offset there and its length."""
        # What is looked for one after the other mostly came together.
        recent = self._recent
        if recent is not None and (place := recent.find(digest)) is not None:
            return recent, *place
        for pack in self._packs.values():
            if (place := pack.find(digest)) is not None:
                self._recent = pack
                return pack, *place
        return None

    def __contains__(self, digest: bytes) -> bool:
        return self.find(digest) is not None

    def among(self, digests: set[bytes]) -> set[bytes]:
        """Those of `digests` that are in some pack."""
        found: set[bytes] = set()
        for pack in self._packs.values():
            found |= pack.among(digests - found)
        return found

    def digests(self) -> Iterator[bytes]:
        """All digests, each once."""
        seen: set[bytes] = set()
        for pack in self._packs.values():
            fresh = set(pack.digests()) - seen
            seen |= fresh
            yield from fresh

    def add(self, path: str, name: str) -> None:
        """Take in a finished pack, by renaming it; then join small ones if there are many."""
        os.rename(path, f"{self._folder}/{name}")
        with self._changing:
            self.refresh()
            small = {name: pack for name, pack in self._packs.items() if pack.file_size < _SMALL}
            if len(small) > _MANY:
                self._replace(small, without=frozenset())

    def remove(self, digests: set[bytes]) -> None:
        """Remove objects from the packs that have them, by writing those anew."""
        with self._changing:
            self.refresh()
            for name, pack in self._packs.items():
                if pack.among(digests):
                    self._replace({name: pack}, without=digests)

    def _replace(self, old: Mapping[str, Pack], *, without: AbstractSet[bytes]) -> None:
        """Put one pack in the place of several: first the new one appears, then they go."""
        with new_pack(self._new_path()) as (path, fd, writer):
            for pack in old.values():
                for digest, offset, length in pack.entries():
                    if digest not in without and digest not in writer:
                        writer.add(digest, pack.read(offset, length))
            if len(writer):
                new_name = writer.finish()
                os.fdatasync(fd)
                os.rename(path, f"{self._folder}/{new_name}")
            else:
                os.unlink(path)
        for name in old:
            with suppress(FileNotFoundError):
                os.unlink(f"{self._folder}/{name}")
        self.refresh()


@contextmanager
def new_pack(path: str) -> Generator[tuple[str, int, PackWriter]]:
    """A pack to be filled: its path, descriptor and writer; removed if the block fails."""
    with new_file(path) as fd:
        os.fchmod(fd, 0o444)
        yield path, fd, PackWriter(fd)
