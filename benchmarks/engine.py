"""What the engine itself costs, per step: chains and fans, executed and reused, from 100 steps to 10,000.

The agent answers at once and runs nothing, so that only the engine and the records are measured. Usage:

    python benchmarks/engine.py [--records sqlite|memory] [--steps 100 1000 10000] [--repeat 3] [--profile NAME]
"""

import argparse
import cProfile
import gc
import pstats
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from stepworks.compute.fake import FakeAgent, succeeded
from stepworks.graph.document import Graph
from stepworks.records.base import Records
from stepworks.runs.status import is_terminal
from stepworks.testing.engine import World, chain, fan
from stepworks.wire.agent import AttemptEnded, RunAttempt

SLOTS = 2


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", choices=["sqlite", "memory"], default="sqlite")
    parser.add_argument("--steps", type=int, nargs="+", default=[100, 1000, 10_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--profile", choices=["executed", "reused"])
    options = parser.parse_args()
    columns = ("graph", "steps", "executed", "reused", "reused cold", "reused CPU")
    print(" ".join(f"{column:>12}" for column in columns), " (µs per step)")
    for name, make in (("chain", lambda n: chain(*(f"s{i}" for i in range(n)))), ("fan", lambda n: fan(n - 2))):
        for steps in options.steps:
            _measure(name, make(steps), options)


def _measure(name: str, graph: Graph, options: argparse.Namespace) -> None:
    many = len(graph.steps)
    executed: list[float] = []
    reused: list[float] = []
    cold: list[float] = []
    cpu: list[float] = []
    for _ in range(options.repeat if many < 10_000 else 1):
        with tempfile.TemporaryDirectory() as folder:
            world = _world(Path(folder), options.records)
            agent = world.agent(slots=SLOTS)
            wall, _ = _timed(lambda w=world, a=agent: _run(w, a, graph), options.profile == "executed")
            executed.append(wall)
            wall, busy = _timed(lambda w=world, a=agent: _run(w, a, graph), options.profile == "reused")
            reused.append(wall)
            cpu.append(busy)
            world.restart()
            agent = FakeAgent(world.engine, world.pools, id="agent-2", slots=SLOTS)
            agent.join()
            cold.append(_timed(lambda w=world, a=agent: _run(w, a, graph), False)[0])
            world.engine.stop()
            world.records.close()
    per_step = [min(times) / many * 1e6 for times in (executed, reused, cold, cpu)]
    print(f"{name:>12} {many:>12}", " ".join(f"{figure:>12.0f}" for figure in per_step), flush=True)


def _world(folder: Path, kind: str) -> World:
    return World(folder / "logs", slots=SLOTS, records=_records(folder, kind))


def _records(folder: Path, kind: str) -> Records | None:
    if kind == "memory":
        return None
    from stepworks.records.sql import SqlRecords

    return SqlRecords(f"sqlite:///{folder / 'records.db'}")


def _run(world: World, agent: FakeAgent, graph: Graph) -> None:
    """A run from its submission to its end."""
    run = world.submit(graph)
    waits = 0
    while not is_terminal(world.run(run).status):
        world.settle()
        if not agent.run_all(_answer):
            # The engine's own thread is at it.
            world.records.write(lambda tx: None)
            waits += 1
            assert waits < 100_000, "The run does not end."


def _answer(order: RunAttempt) -> AttemptEnded:
    return succeeded(order, {port.port.name: order.run.encode() for port in order.outputs})


def _timed(act: Callable[[], None], profiled: bool) -> tuple[float, float]:
    gc.collect()
    profile = cProfile.Profile() if profiled else None
    wall, cpu = time.perf_counter(), time.process_time()
    if profile is not None:
        profile.enable()
    act()
    if profile is not None:
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    return time.perf_counter() - wall, time.process_time() - cpu


if __name__ == "__main__":
    main()
