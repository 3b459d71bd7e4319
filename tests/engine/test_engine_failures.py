"""What goes wrong around a step: environments, data, records, ourselves."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from stepworks.compute.fake import succeeded
from stepworks.errors import InvalidInput, Unavailable
from stepworks.graph.document import DataPathValue, DatasetValue, Input, Output, Registration
from stepworks.graph.environment import EnvironmentSpec
from stepworks.records.memory import MemoryRecords
from stepworks.runs.events import LogAppended
from stepworks.runs.values import Failure
from stepworks.testing.engine import World, chain, graph, step
from stepworks.wire.agent import AttemptEnded

BUILD_LOG = "azureml-logs/20_image_build_log.txt"
NUMPY = EnvironmentSpec(pip=("numpy",))
OTHER = EnvironmentSpec(pip=("other",))


def failure(world: World, run: str, node: str = "a") -> Failure:
    found = world.steps(run)[node].failure
    assert found is not None
    return found


# --- environments


def test_an_environment_is_made_once_for_all_that_wait_for_it(world: World) -> None:
    agent = world.agent(slots=4)
    run = world.submit(graph(*(step(f"s{i}", environment=NUMPY) for i in range(3))))
    assert len(world.environments.built) == 1
    assert agent.names == ["s0", "s1", "s2"]
    agent.run_all()
    for row in world.steps(run).values():
        assert world.artifact(row.id, BUILD_LOG) == b"installing numpy\n"


def test_the_log_of_a_build_is_told_as_it_grows(world: World) -> None:
    world.agent()
    run = world.submit(graph(step("a", environment=NUMPY)))
    told = [e.data for e in world.events if isinstance(e, LogAppended) and e.name == BUILD_LOG]
    assert told == [b"installing numpy\n"]
    assert world.steps(run)["a"].status == "Preparing"


def test_steps_of_other_environments_do_not_wait(world: World) -> None:
    agent = world.agent(slots=4)
    world.engine.submit(world.request(graph(step("slow", environment=NUMPY), step("quick"))))
    assert agent.names == ["quick"]


def test_an_environment_that_cannot_be_had_fails_its_steps(world: World) -> None:
    world.agent()
    world.environments.missing.add("numpy")
    run = world.submit(graph(step("a", environment=NUMPY), step("b", environment=OTHER)), continue_on_step_failure=True)
    assert failure(world, run).cause == "environment"
    assert failure(world, run).message == "'numpy' can't be had."
    assert world.statuses(run)["b"] == "Preparing"


def test_a_build_that_fails_fails_its_steps_and_keeps_its_log(world: World) -> None:
    world.agent()
    world.environments.broken.add("numpy")
    run = world.submit(graph(step("a", environment=NUMPY)))
    assert (failure(world, run).cause, failure(world, run).message) == ("environment", "'numpy' can't be built.")
    assert world.artifact(world.steps(run)["a"].id, BUILD_LOG) == b"installing numpy\n"
    assert world.engine.is_idle()


def test_an_environment_that_is_there_is_not_made_again(world: World) -> None:
    agent = world.agent()
    world.submit(graph(step("a", environment=NUMPY)))
    agent.run_all()
    world.engine.submit(world.request(graph(step("b", environment=NUMPY))))
    world.executor.run_next()
    assert agent.names == ["b"]
    assert len(world.environments.built) == 1


def test_the_variables_of_an_environment_are_a_part_of_it(world: World) -> None:
    agent = world.agent()
    world.submit(graph(step("a", environment=EnvironmentSpec(variables={"X": "1"}))))
    agent.run_all()
    world.submit(graph(step("a", environment=EnvironmentSpec(variables={"X": "2"}))))
    assert agent.names == ["a"]


# --- data


def test_a_datastore_that_is_not_there_fails_the_step(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a", inputs=(Input("raw", DataPathValue("nowhere", "x")),))))
    assert failure(world, run).cause == "data_missing"
    assert "no datastore 'nowhere'" in failure(world, run).message
    assert agent.names == []
    assert world.pools.busy == 0


def test_a_dataset_without_data_fails_the_step(world: World) -> None:
    world.agent()
    run = world.submit(graph(step("a", inputs=(Input("ds", DatasetValue(id="x")),))))
    assert failure(world, run).cause == "data_missing"


def test_an_output_that_was_not_made_fails_the_step_that_reads_it(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    order = agent.order("a")
    agent.end(order, AttemptEnded(attempt=order.attempt, lease=order.lease))
    assert failure(world, run, "b").message == "Step 'a' has ended without its output 'out'."


# --- ourselves


def test_a_mistake_of_ours_fails_the_step_and_nothing_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = world.agent()

    def broken(workspace: str, source: object) -> None:
        raise RuntimeError("oops")

    monkeypatch.setattr(world.inputs, "identity", broken)
    run = world.submit(
        graph(step("a", inputs=(Input("raw", DataPathValue("other", "x")),)), step("b")), continue_on_step_failure=True
    )
    agent.run_all()
    assert world.statuses(run) == {"": "Failed", "a": "Failed", "b": "Completed"}
    assert failure(world, run).cause == "internal"
    assert "RuntimeError: oops" in failure(world, run).message


def test_an_output_that_cannot_be_registered_is_a_warning(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a", outputs=(Output("out", register=Registration("features")),))))
    monkeypatch.setattr(world, "registered", None)
    agent.run_all()
    a = world.steps(run)["a"]
    assert a.status == "Completed"
    assert a.warnings[0].startswith("Output 'out' could not be registered as a dataset")


# --- the records


class Faulty(MemoryRecords):
    """Records that refuse when they are told to."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: list[Exception] = []
        self.refuse_if: Callable[[], Exception | None] = lambda: None

    def submit(self, work: Callable[..., Any]) -> "Future[Any]":
        def guarded(tx: Any) -> Any:
            result = work(tx)
            error = self.refusals.pop(0) if self.refusals else self.refuse_if()
            if error is not None:
                raise error
            return result

        return super().submit(guarded)


@pytest.fixture
def faulty(tmp_path: Path) -> tuple[World, Faulty]:
    records = Faulty()
    return World(tmp_path, records=records), records


def test_a_submission_that_is_refused_leaves_nothing(faulty: tuple[World, Faulty]) -> None:
    world, records = faulty
    agent = world.agent()
    records.refusals.append(Unavailable("The disk is full."))
    with pytest.raises(Unavailable):
        world.engine.submit(world.request(chain("a"), id="run"))
    world.clock.advance(1)
    world.engine.tick()
    assert world.engine.is_idle()
    assert (agent.names, world.pools.busy, world.pools.waiting) == ([], 0, 0)
    world.submit(chain("a"), id="run")
    agent.run_all()
    assert world.statuses("run") == {"": "Completed", "a": "Completed"}


def test_a_report_that_could_not_be_kept_counts_when_it_comes_again(faulty: tuple[World, Faulty]) -> None:
    world, records = faulty
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    order = agent.order("a")
    records.refusals.append(Unavailable("The disk is full."))
    with pytest.raises(Unavailable):
        agent.succeed("a")
    assert world.statuses(run)["a"] == "Preparing"
    assert agent.names == []
    world.engine.tick()
    agent.in_hand[order.attempt] = order
    agent.succeed("a")
    assert world.statuses(run)["a"] == "Completed"
    world.settle()
    agent.succeed("b")
    assert world.statuses(run) == {"": "Completed", "a": "Completed", "b": "Completed"}


def test_a_turn_that_fails_by_a_mistake_is_done_again(faulty: tuple[World, Faulty]) -> None:
    world, records = faulty
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    order = agent.order("a")
    records.refusals.append(RuntimeError("a bug"))
    with pytest.raises(RuntimeError):
        agent.succeed("a")
    agent.in_hand[order.attempt] = order
    agent.succeed("a")
    world.settle()
    agent.succeed("b")
    assert world.statuses(run) == {"": "Completed", "a": "Completed", "b": "Completed"}


def test_a_run_that_can_never_be_written_is_given_up(faulty: tuple[World, Faulty]) -> None:
    world, records = faulty
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    order = agent.order("a")
    for _ in range(10):
        if world.run(run).status == "Failed":
            break
        records.refusals.append(InvalidInput("The records cannot hold this."))
        with pytest.raises(InvalidInput):
            agent.report(succeeded(order))
    world.settle()
    assert world.statuses(run) == {"": "Failed", "a": "Canceled", "b": "Canceled"}
    assert world.engine.is_idle()
    assert world.pools.busy == 0


def test_what_followed_the_commit_of_a_failed_turn_never_happened(faulty: tuple[World, Faulty]) -> None:
    world, records = faulty
    agent = world.agent()
    world.events.clear()
    records.refusals.append(Unavailable("The disk is full."))
    with pytest.raises(Unavailable):
        world.engine.submit(world.request(chain("a")))
    assert world.events == []
    assert agent.orders == []


def test_an_engine_that_has_stopped_takes_nothing_more(world: World) -> None:
    world.engine.stop()
    with pytest.raises(Unavailable):
        world.engine.submit(world.request(chain("a")))
