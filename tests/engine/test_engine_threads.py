"""The engine as a server has it: SQLite, real threads, agents that answer whenever they like."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

import pytest

from stepworks.compute.fake import FakeAgent, started, succeeded
from stepworks.engine.background import DaemonThreads
from stepworks.graph.document import DataPathValue, Input
from stepworks.graph.environment import EnvironmentSpec
from stepworks.records.rows import Attempt, Run
from stepworks.records.sql import SqlRecords
from stepworks.runs.events import RunChanged, RunEvent
from stepworks.runs.status import is_terminal
from stepworks.testing.engine import World, chain, fan, graph, step
from stepworks.wire.agent import CancelAttempt, Order, RunAttempt, StopAgent


class BusyAgent(FakeAgent):
    """An agent with a thread of its own, which answers order after order."""

    def __init__(self, world: World, id: str, slots: int) -> None:
        super().__init__(world.engine, world.pools, id=id, slots=slots)
        self._inbox: SimpleQueue[Order] = SimpleQueue()
        self._thread = threading.Thread(target=self._work)
        self.done: list[str] = []
        self._thread.start()
        self.join()

    def _take(self, order: Order) -> None:
        self._inbox.put(order)

    def _work(self) -> None:
        while True:
            order = self._inbox.get()
            if isinstance(order, StopAgent):
                return
            if isinstance(order, RunAttempt):
                self.report(started(order, 1.0))
                if not self.report(succeeded(order, {o.port.name: order.run.encode() for o in order.outputs})).stale:
                    self.done.append(order.run)
            else:
                assert isinstance(order, CancelAttempt)

    def end_thread(self) -> None:
        self._inbox.put(StopAgent())
        self._thread.join(20)


class Threads:
    """A world whose engine has threads, and a way to wait for the end of runs."""

    def __init__(self, folder: Path) -> None:
        records = SqlRecords(f"sqlite:///{folder / 'records.db'}")
        self.world = World(folder / "logs", records=records, executor=DaemonThreads(4, "engine"), publish=self._heard)
        self._ended: set[str] = set()
        self._change = threading.Condition()
        self.agents = [BusyAgent(self.world, f"agent-{i}", 2) for i in range(2)]

    def _heard(self, event: RunEvent) -> None:
        if isinstance(event, RunChanged) and is_terminal(event.status):
            with self._change:
                self._ended.add(event.run)
                self._change.notify_all()

    def wait(self, *runs: str) -> None:
        with self._change:
            assert self._change.wait_for(lambda: self._ended.issuperset(runs), 60)

    def close(self) -> None:
        for agent in self.agents:
            agent.end_thread()
        self.world.engine.stop()
        self.world.records.close()


@pytest.fixture
def threads(tmp_path: Path) -> Iterator[Threads]:
    found = Threads(tmp_path)
    yield found
    found.close()


def test_many_runs_from_many_threads_end_well(threads: Threads) -> None:
    world = threads.world
    world.inputs.put("other/in", iris="1")
    reads = graph(
        step("p", inputs=(Input("raw", DataPathValue("other", "in")),), environment=EnvironmentSpec(pip=("x",))),
        step("q", "p"),
    )
    with ThreadPoolExecutor(4) as pool:
        graphs = [chain(*(f"c{n}_{i}" for i in range(8))) for n in range(4)] + [fan(12)] * 3 + [reads] * 3
        runs = list(pool.map(lambda g: world.engine.submit(world.request(g)).id, graphs))
    threads.wait(*runs)
    with world.records.read() as view:
        rows, attempts = view.find(Run), view.find(Attempt)
    assert {row.status for row in rows} == {"Completed"}
    assert {a.state for a in attempts} == {"ended"}
    executed = [run for agent in threads.agents for run in agent.done]
    assert sorted(executed) == sorted(a.run for a in attempts)
    # Equal steps ran once: 4 chains of 8, one fan of 14, one pair.
    assert len(executed) == 4 * 8 + 14 + 2


def test_cancelling_while_everything_runs_leaves_nothing_open(threads: Threads) -> None:
    world = threads.world
    runs = [world.engine.submit(world.request(fan(20), regenerate_outputs=True)).id for _ in range(4)]
    for run in runs[::2]:
        world.engine.cancel(run)
    threads.wait(*runs)
    with world.records.read() as view:
        rows = view.find(Run)
    assert [row.id for row in rows if not is_terminal(row.status)] == []
    assert {world.run(run).status for run in runs[1::2]} == {"Completed"}
    assert {world.run(run).status for run in runs[::2]} <= {"Canceled", "Completed"}


def test_a_long_run_of_reused_steps_and_a_short_one_end_well_together(threads: Threads) -> None:
    world = threads.world
    g = chain(*(f"s{i}" for i in range(200)))
    first = world.engine.submit(world.request(g)).id
    threads.wait(first)
    long = world.engine.submit(world.request(g)).id
    short = world.engine.submit(world.request(chain("s0"))).id
    threads.wait(short, long)
    assert set(world.statuses(long).values()) == {"Completed"}
    assert world.statuses(short) == {"": "Completed", "s0": "Completed"}
    assert all(row.attempts == 0 for row in world.steps(long).values())
