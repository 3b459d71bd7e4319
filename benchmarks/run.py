"""Measures stepworks beside the floor, by turns in one run, and prints ratios: the machine's mood hits both alike.

    python benchmarks/run.py [--only chain50,fan200,…] [--rounds 5] [--json FILE]

Each figure is a whole process: a script that builds a pipeline, submits it and waits, with everything recorded.
Bytecode is allowed and written before anything is timed, for both sides.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import floor
import pipeline_script
import workloads
from workloads import Workload

HERE = Path(__file__).resolve().parent
STEPS = HERE / "steps"


class Bench:
    """A folder to work in, and an environment without anything of the caller's."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.ran = work / "ran.txt"
        self.python = sys.executable
        self.env = {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
            "HOME": str(work / "home"),
            "STEPWORKS_HOME": str(work / "stepworks"),
            "BENCH_RAN": str(self.ran),
            "LANG": "C.UTF-8",
        }

    def timed(self, command: list[str], cwd: Path, *, expect: int) -> float:
        """Seconds of a command; it must succeed and have run exactly `expect` steps."""
        self.ran.write_text("")
        with open(cwd / "printed.txt", "wb") as out:
            begin = time.perf_counter()
            done = subprocess.run(command, cwd=cwd, env=self.env, stdout=out, stderr=subprocess.STDOUT, check=False)
            took = time.perf_counter() - begin
        ran = len(self.ran.read_text().split())
        if done.returncode != 0 or ran != expect:
            printed = (cwd / "printed.txt").read_text(errors="replace")[-2000:]
            raise SystemExit(f"{command} ended with {done.returncode} and ran {ran} steps, not {expect}:\n{printed}")
        return took

    def server(self, command: str) -> None:
        """`stepworks up` or `down`."""
        subprocess.run(
            [self.python, "-m", "stepworks.cli.main", command], env=self.env, check=True, stdout=subprocess.DEVNULL
        )

    def pair(self, workload: Workload) -> tuple[Callable[[], float], Callable[[], float], Callable[[], float]]:
        """Three timings of a workload: the floor, ours with every step run, ours with every step reused."""
        count = len(workload.tasks)
        ground, ours = self.work / "floor" / workload.name, self.work / "ours" / workload.name
        loop = floor.write_loop(workload, ground, self.python, STEPS)
        fresh = pipeline_script.write_script(workload, ours, self.python, STEPS, fresh=True)
        again = pipeline_script.write_script(workload, ours, self.python, STEPS, fresh=False)

        def run_floor() -> float:
            shutil.rmtree(ground / "out")
            (ground / "out").mkdir()
            return self.timed(loop, ground, expect=count)

        return run_floor, lambda: self.timed(fresh, ours, expect=count), lambda: self.timed(again, ours, expect=0)


@contextmanager
def a_bench() -> Generator[Bench]:
    """A bench in a folder that goes again, with the server that was started there."""
    with tempfile.TemporaryDirectory(prefix="stepworks-bench-") as folder:
        bench = Bench(Path(folder))
        (bench.work / "home").mkdir()
        try:
            yield bench
        finally:
            bench.server("down")


def measure(bench: Bench, workload: Workload, rounds: int) -> dict[str, float]:
    """Floor, fresh and reused by turns; the medians, and the medians of the ratios of each round."""
    run_floor, fresh, again = bench.pair(workload)
    run_floor(), fresh(), again()  # bytecode, warm interpreters
    found = [(run_floor(), fresh(), again()) for _ in range(rounds)]
    return {
        "floor_s": statistics.median(f for f, _, _ in found),
        "fresh_s": statistics.median(n for _, n, _ in found),
        "reused_s": statistics.median(a for _, _, a in found),
        "ratio": statistics.median(n / f for f, n, _ in found),
        "best_ratio": min(n for _, n, _ in found) / min(f for f, _, _ in found),
    }


def cold(bench: Bench, rounds: int) -> dict[str, float]:
    """A script of one step where no server runs and no workspace exists, and the same with the server running."""
    _, fresh, _ = bench.pair(workloads.one())
    found: list[tuple[float, float]] = []
    for _ in range(rounds):
        bench.server("down")
        shutil.rmtree(bench.work / "stepworks", ignore_errors=True)
        found.append((fresh(), fresh()))
    return {"cold_s": min(c for c, _ in found), "warm_s": min(w for _, w in found)}


def main() -> None:
    """Run what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="cold,chain50,fan200,ml,reuse1000")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    made = {
        "chain50": lambda b: measure(b, workloads.chain(50), given.rounds),
        "fan200": lambda b: measure(b, workloads.fan(200), given.rounds),
        "ml": lambda b: measure(b, workloads.ml(), given.rounds),
        "cold": lambda b: cold(b, given.rounds),
        "reuse1000": lambda b: measure(b, workloads.chain(1000), 1),
    }
    results: dict[str, dict[str, float]] = {}
    with a_bench() as bench:
        for name in given.only.split(","):
            results[name] = made[name](bench)
            print(name, {k: round(v, 3) for k, v in results[name].items()}, flush=True)
    if given.json:
        given.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
