"""What a snapshot costs, against `cp -r` of the same directory.

Makes a directory of many small files, then, in rounds, one after the other so that a busy machine weighs on all alike:
copies it, submits it for the first time (take, pack, put_pack into empty stores), takes it again unchanged in a
fresh process's state, and restores it. Prints medians and their ratios to the copy.

    python benchmarks/snapshot.py [--files 5000] [--megabytes 200] [--rounds 5]
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stepworks.filehashes import FileHashes
from stepworks.objects.base import pack
from stepworks.objects.local import LocalObjects
from stepworks.snapshots.restore import SnapshotCache, restore
from stepworks.snapshots.take import take


def make_source(root: Path, *, files: int, size: int) -> None:
    """`files` files of about `size` bytes in 70 folders, with an ignore file and a few ignored ones; an hour old."""
    rng = random.Random(1)
    for i in range(files):
        folder = root / f"part{i % 70:02}" / f"sub{i % 9}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file_{i}.py").write_bytes(rng.randbytes(rng.randrange(size // 2, size + size // 2)))
        if i % 50 == 0:
            (folder / f"file_{i}.pyc").write_bytes(b"compiled")
    (root / ".amlignore").write_text("*.pyc\n__pycache__/\n.venv/\n/outputs\n*.log\n*.egg-info/\nbuild/\n!keep.log\n")


class Rounds:
    """Everything that is measured, in one scratch directory."""

    def __init__(self, scratch: Path, source: Path) -> None:
        self.scratch = scratch
        self.source = source

    def copy(self) -> None:
        subprocess.run(["cp", "-r", self.source, self.scratch / "copy"], check=True)

    def first(self) -> None:
        taken = take(self.source, FileHashes(self.scratch / "hashes.db"))
        objects = LocalObjects(self.scratch / "objects")
        wanted = objects.missing(taken.files)
        objects.put_pack(pack((id, taken.files[id]) for id in wanted))
        objects.put(taken.tree.encode())

    def unchanged(self) -> None:
        take(self.source, FileHashes(self.scratch / "hashes.db"))

    def restore(self) -> None:
        restore(self.tree, LocalObjects(self.scratch / "objects"), self.scratch / "restored")

    def prepare_unchanged(self) -> None:
        """Remember the hashes although the files are only seconds old."""
        later = time.time() + 3600

        class Later:
            def now(self) -> float:
                return later

        self.tree = take(self.source, FileHashes(self.scratch / "hashes.db", clock=Later())).tree

    def small_restores(self, count: int) -> float:
        """Median seconds of restoring three small files from a warm cache."""
        source = self.scratch / "small"
        source.mkdir()
        for i in range(3):
            (source / f"{i}.py").write_text(f"print({i})\n" * 50)
        taken = take(source, FileHashes())
        objects = LocalObjects(self.scratch / "objects")
        objects.put_pack(pack(taken.files.items()))
        objects.put(taken.tree.encode())
        cache = SnapshotCache(objects)
        return statistics.median(
            timed(lambda i=i: restore(cache.tree(taken.tree.id), cache, self.scratch / f"run{i}")) for i in range(count)
        )


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    names = ("copy", "first", "unchanged", "restore")
    times: dict[str, list[float]] = {name: [] for name in names}
    small: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        make_source(source, files=given.files, size=given.megabytes * 1_000_000 // given.files)
        for i in range(given.rounds):
            rounds = Rounds(Path(folder, f"round{i}"), source)
            rounds.scratch.mkdir()
            for name in names:
                if name == "unchanged":
                    rounds.prepare_unchanged()
                os.sync()  # what the one before left to be written must not weigh on this one
                times[name].append(timed(getattr(rounds, name)))
            small.append(rounds.small_restores(200))
            shutil.rmtree(rounds.scratch)
    copy = statistics.median(times["copy"])
    for name in names:
        median = statistics.median(times[name])
        print(f"{name:10} {median * 1e3:8.1f} ms   {median / copy:5.2f} x cp -r   best {min(times[name]) * 1e3:.1f} ms")
    print(f"{'3 files':10} {statistics.median(small) * 1e3:8.2f} ms   restored from a warm cache")


if __name__ == "__main__":
    main()
