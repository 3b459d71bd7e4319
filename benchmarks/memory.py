"""How much memory the server and its agent take: `python benchmarks/memory.py [--steps 10000]`.

Proportional set size (shared pages are split among those who share them) of the server, its agent and its warm
interpreters: idle after one step, at most while a graph of many steps runs, and afterwards; and the peak of the script
that submits that graph.
"""

import argparse
import os
import resource
import threading
from pathlib import Path

import workloads
from run import a_bench

_EVERY = 0.2


class Watch:
    """Looks at the memory of a server's processes until it is closed; `most` is the largest sum."""

    def __init__(self, home: Path) -> None:
        self._mark = os.fsencode(home)
        self._done = threading.Event()
        self.most = 0
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def close(self) -> None:
        """No more looking."""
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(_EVERY):
            self.most = max(self.most, sum(memory(self._mark).values()))


def memory(mark: bytes) -> dict[str, int]:
    """Bytes by kind of process: a server and an agent whose command lines have the mark, and what the agent forks."""
    kinds: dict[str, str] = {}
    parents: dict[str, str] = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        command = _read(name, "cmdline")
        parents[name] = next((line.split()[1] for line in _read(name, "status").splitlines() if "PPid:" in line), "")
        if os.fsdecode(mark) in command:
            kinds[name] = "server" if "stepworks.embedded" in command else "agent"
    agents = {name for name, kind in kinds.items() if kind == "agent"}
    forked = {name for name, parent in parents.items() if parent in agents}
    kinds.update(dict.fromkeys(forked | {n for n, p in parents.items() if p in forked}, "interpreters"))
    found: dict[str, int] = {}
    for name, kind in kinds.items():
        for line in _read(name, "smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                found[kind] = found.get(kind, 0) + (int(line.split()[1]) << 10)
    return found


def _read(process: str, file: str) -> str:
    try:
        return Path("/proc", process, file).read_text(errors="replace")
    except OSError:
        return ""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=10_000)
    steps = parser.parse_args().steps
    with a_bench() as bench:
        home = bench.work / "stepworks"
        bench.pair(workloads.one())[1]()
        show("idle", memory(os.fsencode(home)))
        watch = Watch(home)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        bench.pair(workloads.fan(steps))[1]()
        watch.close()
        print(f"while {steps:,} steps run, at most   {watch.most / 1e6:7.1f} MB")
        show("afterwards", memory(os.fsencode(home)))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"the script that submits them         {max(peak, before) / 1e3:7.1f} MB")


def show(when: str, found: dict[str, int]) -> None:
    """One line: the sum, and by process."""
    parts = ", ".join(f"{kind} {size / 1e6:.1f}" for kind, size in found.items())
    print(f"{when:36} {sum(found.values()) / 1e6:7.1f} MB ({parts})")


if __name__ == "__main__":
    main()
