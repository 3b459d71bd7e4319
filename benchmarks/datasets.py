"""What datasets cost, against pandas' own readers on the same files.

Makes a table as CSV and as Parquet. Then, in rounds, runs each task in a fresh process, one after the other so that a
busy machine weighs on all alike, and prints the median seconds (without imports), the ratio to pandas reading the whole
file, and the largest memory of the process. With `--check`, ends with 1 if a task takes more than its part of the time
of the plain reader (LIMITS).

    python benchmarks/datasets.py [--rows 1000000] [--rounds 3] [--check]
"""

import argparse
import importlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stepworks.datasets.expression import Compare, Field, Value
from stepworks.datasets.plan import Plan
from stepworks.datasets.resolver import FolderResolver
from stepworks.datasets.source import DatastorePath, Delimited, Parquet

LIMITS = {"all to pandas": 1.5, "count": 1.5, "two columns": 1.5, "take 10": 0.1, "filter, take 10": 0.2}
FORMATS = ("csv", "parquet")


def make_data(folder: Path, rows: int) -> None:
    """Twenty columns of numbers, texts, times and truths."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {f"real{n}": rng.normal(size=rows).round(4) for n in range(9)}
        | {f"whole{n}": rng.integers(0, 10**6, rows) for n in range(7)}
        | {
            "text": rng.choice(["alpha", "beta", "gamma, delta"], rows),
            "name": rng.integers(0, rows, rows).astype(str),
            "time": pd.date_range("2020-01-01", periods=rows, freq="s").astype(str),
            "truth": rng.random(rows) > 0.5,
        }
    )
    frame.to_csv(folder / "data.csv", index=False)
    frame.to_parquet(folder / "data.parquet", row_group_size=100_000)


def tasks(folder: Path, kind: str) -> dict[str, Callable[[], object]]:
    """What is measured, by name."""
    from stepworks.datasets import execute, frames

    store = FolderResolver({"data": folder})
    path = (DatastorePath("data", f"data.{kind}"),)
    plan = Plan(Delimited(path) if kind == "csv" else Parquet(path))
    seldom = Compare(">", Field("real0"), Value(3.0))
    return {
        "pandas, all": lambda: plainly(folder / f"data.{kind}"),
        "all to pandas": lambda: frames.to_pandas(plan, store),
        "all in batches": lambda: sum(batch.num_rows for batch in execute.batches(plan, store)),
        "count": lambda: execute.count(plan, store),
        "filter": lambda: execute.to_arrow(plan.filter(seldom), store),
        "two columns": lambda: execute.to_arrow(plan, store, columns=["real0", "whole1"]),
        "take 10": lambda: execute.to_arrow(plan, store, limit=10),
        "filter, take 10": lambda: execute.to_arrow(plan.filter(seldom), store, limit=10),
    }


def plainly(path: Path) -> object:
    """The file read by pandas alone."""
    import pandas as pd

    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)


def measured(folder: Path, kind: str, name: str) -> tuple[float, float]:
    """Seconds and megabytes of one task in a process of its own."""
    command = [sys.executable, __file__, "--data", str(folder), "--task", f"{kind}:{name}"]
    seconds, megabytes = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return seconds, megabytes


def run_task(folder: Path, task: str) -> None:
    """Run one task here and print what it cost."""
    kind, _, name = task.partition(":")
    work = tasks(folder, kind)[name]
    if "pandas" in name:
        importlib.import_module("pandas")  # importing it is not part of what is measured
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    print(json.dumps([seconds, peak_megabytes()]))


def peak_megabytes() -> float:
    """The largest memory of this process, without what its parent had when it began."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def main() -> int:
    parser = argparse.ArgumentParser(description="Datasets against pandas' own readers.")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--data", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        run_task(options.data, options.task)
        return 0
    slow: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_data(folder, options.rows)
        for kind in FORMATS:
            names = list(tasks(folder, kind))
            rounds = [{name: measured(folder, kind, name) for name in names} for _ in range(options.rounds)]
            plain = statistics.median(costs["pandas, all"][0] for costs in rounds)
            for name in names:
                seconds = statistics.median(costs[name][0] for costs in rounds)
                megabytes = max(costs[name][1] for costs in rounds)
                print(f"{kind:8} {name:16} {seconds:8.3f} s  {seconds / plain:6.2f}x pandas  {megabytes:6.0f} MB")
                if seconds > plain * LIMITS.get(name, float("inf")):
                    slow.append(f"{kind}: {name}")
    if options.check and slow:
        print("Too slow:", ", ".join(slow))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
