"""What the records cost: `python benchmarks/records.py [url …]` (default: a new SQLite file, and memory).

Prints medians of several rounds. The write is the engine's: one run updated, one attempt inserted, one updated.
"""

import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from stepworks.ids import new_uuid
from stepworks.records.base import Records, Transaction, eq
from stepworks.records.open import open_records
from stepworks.records.rows import TABLES, Attempt, Run
from stepworks.runs.values import Timings
from stepworks.testing.rows import a_run, an_attempt, metrics

ROUNDS = 5


def main(urls: list[str]) -> None:
    """Measure each of some URLs."""
    with tempfile.TemporaryDirectory() as folder:
        for url in urls or [f"sqlite:///{Path(folder) / 'r.db'}", "memory://"]:
            print(url.split("@")[-1])
            records = open_records(url)
            measure(records)
            records.close()
        for name, setup in (
            ("sqlalchemy", ""),
            ("sqlalchemy after asyncio, uvicorn, starlette", "import uvicorn, starlette.applications"),
        ):
            print(f"  import {name}: {seconds_to_import('stepworks.records.sql', setup) * 1e3:.0f} ms")
        print(f"  open a current database: {seconds_to_open(f'sqlite:///{folder}/x.db') * 1e3:.0f} ms")


def measure(records: Records) -> None:
    """Print what each operation costs."""
    empty(records)
    runs = step_runs(10_000)
    report("insert 10,000 runs", lambda: records.write(lambda t: t.insert(runs)), lambda: empty(records))
    many = metrics(100_000)
    seconds = report("insert 100,000 metrics", lambda: records.write(lambda t: t.insert(many)), lambda: empty(records))
    print(f"    {100_000 / seconds:,.0f} metrics/s")
    records.write(lambda t: t.insert(runs))
    with records.read() as view:
        report("find 10,000 runs", lambda: view.find(Run, eq("parent", "p" * 36)))
        report("values of 10,000 runs", lambda: view.values(Run, ["id", "status"], eq("parent", "p" * 36)))
    each("read one run", lambda: read_one(records, runs[5_000].id), 2_000)
    each("empty write", lambda: records.write(lambda t: None), 2_000)
    work = engine_work(runs)
    each("the engine's write", lambda: records.write(work), 2_000)
    groups(records, work)
    under_load(records, work)


def step_runs(count: int) -> list[Run]:
    """Step runs of one pipeline run."""
    parent, experiment = "p" * 36, "e" * 36
    return [
        a_run(
            new_uuid(),
            parent=parent,
            root=parent,
            experiment=experiment,
            number=number,
            name="train",
            node=f"n{number}",
        )
        for number in range(count)
    ]


def empty(records: Records) -> None:
    """Remove everything."""
    records.write(lambda t: [t.delete(table.row) for table in TABLES])


def read_one(records: Records, id: str) -> Run | None:
    """One read in a view of its own."""
    with records.read() as view:
        return view.get(Run, id)


def engine_work(runs: list[Run]) -> Callable[[Transaction], None]:
    """What the engine does at a step's transition, each time for another run."""
    ids = cycle([run.id for run in runs])
    last = "none"

    def work(transaction: Transaction) -> None:
        nonlocal last
        run, new = next(ids), new_uuid()
        timings = Timings(queued=1.0, leased=2.0)
        transaction.update(Run, (eq("id", run),), status="Queued", started=1.0, timings=timings)
        transaction.insert(an_attempt(new, run=run))
        transaction.update(Attempt, (eq("id", last),), state="ended", ended=2.0)
        last = new

    return work


def groups(records: Records, work: Callable[[Transaction], None]) -> None:
    """Writes submitted without waiting, so that many are committed together."""
    started = time.perf_counter()
    for future in [records.submit(work) for _ in range(2_000)]:
        future.result()
    print(f"  2,000 of them submitted at once: {(time.perf_counter() - started) / 2_000 * 1e6:.0f} µs each")


def under_load(records: Records, work: Callable[[Transaction], None]) -> None:
    """The engine's write while another thread computes: what the interpreter's lock costs."""
    stop = threading.Event()

    def compute() -> None:
        while not stop.is_set():
            sum(range(1_000))

    thread = threading.Thread(target=compute)
    thread.start()
    each("the same beside a busy thread", lambda: records.write(work), 200)
    stop.set()
    thread.join()


def report(name: str, call: Callable[[], object], after: Callable[[], object] = lambda: None) -> float:
    """Print and give the best of some rounds, in seconds."""
    taken: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
        after()
    print(f"  {name}: {min(taken) * 1e3:.1f} ms (median {statistics.median(taken) * 1e3:.1f})")
    return min(taken)


def each(name: str, call: Callable[[], object], times: int) -> None:
    """Print median and 99th percentile of one call."""
    taken: list[float] = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    taken.sort()
    middle, late, last = (taken[i] * 1e6 for i in (times // 2, times * 99 // 100, -1))
    print(f"  {name}: {middle:.0f} µs (99 %: {late:.0f}, longest {last:.0f})")


def seconds_to_import(module: str, setup: str) -> float:
    """How long an import takes in a new interpreter, after `setup`."""
    return in_new_interpreter(f"{setup}\nt = time.perf_counter()\nimport {module}")


def seconds_to_open(url: str) -> float:
    """How long opening takes, imports included, when the tables are there."""
    open_records(url).close()
    return in_new_interpreter(
        f"t = time.perf_counter()\nfrom stepworks.records.open import open_records\nopen_records({url!r})"
    )


def in_new_interpreter(code: str) -> float:
    """What `code` takes from where it sets `t`; the median of some runs."""
    code = f"import time\n{code}\nprint(time.perf_counter() - t)"
    taken = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(ROUNDS)
    ]
    return statistics.median(taken)


if __name__ == "__main__":
    main(sys.argv[1:])
