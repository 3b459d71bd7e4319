"""Nothing is lost, doubled or left running, wherever the server dies."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepworks.compute.fake import FakeAgent, started, succeeded
from stepworks.engine.driver import REJOIN_SECONDS
from stepworks.errors import NotFound
from stepworks.graph.document import DataPathValue, Graph, Input, Parameter, ParameterValue
from stepworks.records.base import eq
from stepworks.records.rows import Attempt, GraphDocument, Run
from stepworks.runs.status import is_terminal
from stepworks.runs.values import Failure
from stepworks.testing.engine import World, chain, fan, graph, step
from stepworks.wire.agent import AttemptEnded

ENDED = Failure(cause="cancelled", message="ended")


def crash(world: World, agent: FakeAgent, *, survives: bool) -> FakeAgent:
    """The server dies, with or without its agent, and is started again."""
    if not survives:
        world.dead.add(agent.id)
    world.restart()
    if survives:
        agent.find(world.engine, world.pools)
        agent.join()
        return agent
    return world.agent(f"{agent.id}+")


@pytest.mark.parametrize("survives", [True, False])
@pytest.mark.parametrize("point", range(7))
def test_a_chain_ends_well_wherever_the_server_dies(world: World, point: int, survives: bool) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    executed: Counter[str] = Counter()

    def life() -> Iterator[None]:
        nonlocal agent
        yield
        for name in ("a", "b"):
            agent.start(name)
            yield
            executed[name] += 1
            agent.succeed(name)
            yield

    for at, _ in enumerate(life()):
        if at == point:
            agent = crash(world, agent, survives=survives)
    assert world.statuses(run) == {"": "Completed", "a": "Completed", "b": "Completed"}
    assert executed == {"a": 1, "b": 1}
    assert world.engine.is_idle()


def test_a_surviving_agent_goes_on_with_what_it_has(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    agent.start("a")
    crash(world, agent, survives=True)
    assert world.statuses(run) == {"": "Running", "a": "Running", "b": "NotStarted"}
    agent.succeed("a")
    assert world.steps(run)["a"].attempts == 1
    assert agent.names == ["b"]


def test_its_result_can_be_reused_although_the_server_died_meanwhile(world: World) -> None:
    agent = world.agent()
    world.submit(chain("a"))
    agent.start("a")
    crash(world, agent, survives=True)
    agent.succeed("a")
    assert world.statuses(world.submit(chain("a")))["a"] == "Completed"


def test_its_result_is_not_reused_when_data_changed_while_nobody_looked(world: World) -> None:
    agent = world.agent()
    reads = graph(step("a", inputs=(Input("raw", DataPathValue("other", "in")),)))
    world.inputs.put("other/in", iris="1")
    run = world.submit(reads)
    agent.start("a")
    world.inputs.put("other/in", iris="2")
    crash(world, agent, survives=True)
    agent.succeed("a")
    assert world.statuses(run)["a"] == "Completed"
    world.submit(reads)
    assert agent.names == ["a"]


def test_an_attempt_of_an_agent_that_died_too_is_tried_again(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.start("a")
    other = crash(world, agent, survives=False)
    assert other.names == ["a"]
    assert world.steps(run)["a"].warnings == ("Attempt 1 was lost: its agent has ended.",)
    other.succeed("a")
    assert world.steps(run)["a"].attempts == 2


def test_an_agent_that_does_not_come_back_in_time_has_lost_its_attempts(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    world.restart()
    other = world.agent("other")
    assert other.names == []
    world.clock.advance(REJOIN_SECONDS)
    world.engine.tick()
    assert other.names == ["a"]
    other.succeed("a")
    agent.find(world.engine, world.pools)
    agent.join()
    assert agent.in_hand == {}
    assert world.statuses(run)["a"] == "Completed"


def test_slots_that_a_surviving_agent_needs_are_not_given_away(world: World) -> None:
    agent = world.agent(slots=2)
    world.submit(graph(*(step(f"s{i}") for i in range(4))))
    crash(world, agent, survives=True)
    assert agent.names == ["s0", "s1"]
    agent.succeed("s0")
    assert agent.names == ["s1", "s2"]


def test_an_order_that_never_left_is_given_again(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.in_hand.clear()
    agent.arrived.clear()
    crash(world, agent, survives=True)
    assert agent.names == ["a"]
    agent.succeed("a")
    assert world.statuses(run)["a"] == "Completed"


def test_a_wish_to_end_survives(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    world.engine.cancel(run)
    agent.canceled.clear()
    crash(world, agent, survives=True)
    assert list(agent.canceled.values()) == ["cancelled"]
    agent.fail("a", ENDED)
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled", "b": "Canceled"}


def test_a_wish_to_end_one_step_survives(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a"), step("x")))
    world.engine.cancel(world.steps(run)["a"].id)
    agent.canceled.clear()
    crash(world, agent, survives=True)
    assert len(agent.canceled) == 1
    agent.fail("a", ENDED)
    agent.succeed("x")
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled", "x": "Completed"}


def test_a_wish_that_came_before_the_run_was_taken_up_is_heard(world: World) -> None:
    world.submit(chain("a"), id="run")
    world.engine.stop()
    world._begin()
    world.engine.cancel("run")
    world.engine.recover()
    assert world.statuses("run") == {"": "Canceled", "a": "Canceled"}


def test_a_failure_survives(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a"), step("b")))
    agent.fail("a")
    crash(world, agent, survives=True)
    agent.fail("b", ENDED)
    assert world.statuses(run) == {"": "Failed", "a": "Failed", "b": "Canceled"}
    failure = world.run(run).failure
    assert failure is not None
    assert failure.message == "Step 'a' failed: It broke."


def test_the_time_that_a_run_may_take_survives(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"), timeout_seconds=60.0)
    world.clock.advance(61)
    other = crash(world, agent, survives=False)
    assert other.names == []
    assert world.statuses(run) == {"": "Failed", "a": "Canceled"}


def test_parameters_survive(world: World) -> None:
    g = graph(step("a", arguments=((ParameterValue("n"),),)), parameters=(Parameter("n", "int", 1),))
    world.submit(g, parameters={"n": 20, "typo": 1}, lenient=True)
    world.restart()
    assert world.agent().order("a").parameters == {"n": "20"}


def test_regenerating_survives(world: World) -> None:
    agent = world.agent()
    world.submit(chain("a", "b"))
    agent.run_all()
    world.submit(chain("a", "b"), regenerate_outputs=True)
    world.restart()
    other = crash(world, agent, survives=False)
    assert other.run_all() == ["a", "b"]


def test_a_run_in_the_middle_of_many_reused_steps_goes_on(world: World) -> None:
    agent = world.agent(slots=50)
    world.submit(fan(100))
    agent.run_all()
    world.engine.submit(world.request(fan(100), id="again"))
    world.restart()
    assert set(world.statuses("again").values()) == {"Completed"}


def test_a_script_run_survives(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a")), kind="script")
    agent.start("a")
    crash(world, agent, survives=True)
    agent.succeed("a")
    assert world.run(run).status == "Completed"


def test_a_run_whose_graph_is_gone_is_over(world: World) -> None:
    run = world.submit(chain("a", "b"))
    graph_id = world.run(run).graph
    world.records.write(lambda tx: tx.delete(GraphDocument, eq("id", graph_id)))
    world.restart()
    assert world.statuses(run) == {"": "Failed", "a": "Canceled", "b": "Canceled"}
    assert world.engine.is_idle()


def test_ended_runs_are_left_alone(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.succeed("a")
    before = world.run(run), world.steps(run)
    world.restart()
    assert (world.run(run), world.steps(run)) == before


# --- any order of everything


class Fate:
    """Lets anything happen to a world, as long as it is possible, and then everything end."""

    def __init__(self, world: World, draw: Callable[[st.SearchStrategy[object]], object]) -> None:
        self.world = world
        self.draw = draw
        self.agents = [world.agent("agent-0", slots=2)]
        self.count = 1
        self.late: list[AttemptEnded] = []
        self.runs: list[str] = []

    def submit(self, g: Graph, **more: object) -> None:
        self.runs.append(self.world.submit(g, **more))

    def happen(self) -> None:
        what = self.draw(
            st.sampled_from(
                ["start", "succeed", "succeed", "succeed", "fail", "crash", "kill", "apart", "cancel", "late", "tick"]
            )
        )
        agent = self.agents[self.draw(st.integers(0, len(self.agents) - 1))]  # type: ignore[call-overload]
        names = agent.names
        name = names[self.draw(st.integers(0, len(names) - 1))] if names else None  # type: ignore[call-overload]
        match what:
            case "start" if name:
                agent.start(name)
            case "succeed" if name:
                self.late.append(succeeded(agent.order(name)))
                agent.succeed(name)
            case "fail" if name:
                order = agent.order(name)
                agent.fail(name, ENDED if order.attempt in agent.canceled else None)
            case "crash":
                self.world.restart()
                for other in self.agents:
                    other.find(self.world.engine, self.world.pools)
                    other.join()
            case "kill":
                self.kill(agent)
            case "apart":
                agent.close_stream()
                agent.open_stream()
            case "cancel":
                self.world.engine.cancel(self.runs[self.draw(st.integers(0, len(self.runs) - 1))])  # type: ignore[call-overload]
            case "late" if self.late:
                agent.report(self.late[-1])
            case "tick":
                self.world.clock.advance(1)
                self.world.engine.tick()
            case _:
                pass
        self.world.settle()

    def kill(self, agent: FakeAgent) -> None:
        self.late += [succeeded(order) for order in agent.in_hand.values()]
        self.world.dead.add(agent.id)
        agent.leave()
        self.agents.remove(agent)
        self.agents.append(self.world.agent(f"agent-{self.count}", slots=2))
        self.count += 1

    def end(self) -> None:
        for _ in range(10_000):
            self.world.settle()
            busy = [(agent, agent.names[0]) for agent in self.agents if agent.names]
            if not busy:
                return
            agent, name = busy[0]
            if agent.order(name).attempt in agent.canceled:
                agent.fail(name, ENDED)
            else:
                agent.report(started(agent.order(name)))
                agent.succeed(name)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_whatever_happens_every_run_ends_and_nothing_counts_twice(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    world = World(tmp_path_factory.mktemp("logs"))
    fate = Fate(world, data.draw)
    fate.submit(graph(step("a"), step("b", "a"), step("c", "a"), step("d", "b", "c")), continue_on_step_failure=True)
    fate.submit(chain("a", "b", "x"))
    for _ in range(data.draw(st.integers(0, 25))):
        fate.happen()
    fate.end()
    with world.records.read() as view:
        rows = view.find(Run)
        attempts = view.find(Attempt)
    assert [row.id for row in rows if not is_terminal(row.status)] == []
    assert {a.state for a in attempts} <= {"ended"}
    by_run = Counter(a.run for a in attempts if a.failure is None)
    assert all(many == 1 for many in by_run.values()), "two successful attempts of one step"
    for row in rows:
        reused = row.decision is not None and row.decision.is_reused
        if row.type == "azureml.StepRun" and row.status == "Completed":
            assert reused or by_run[row.id] == 1
            assert row.outputs
    assert world.engine.is_idle()
    assert world.pools.busy == world.pools.waiting == 0


def test_a_run_that_is_not_there_is_still_not_found_after_a_restart(world: World) -> None:
    world.restart()
    with pytest.raises(NotFound):
        world.engine.cancel("nobody")


def test_an_equal_step_waits_for_one_that_a_surviving_agent_still_runs(world: World) -> None:
    agent = world.agent(slots=2)
    world.submit(chain("a"))
    agent.start("a")
    crash(world, agent, survives=True)
    second = world.submit(chain("a"))
    assert agent.names == ["a"]
    agent.succeed("a")
    assert world.statuses(second)["a"] == "Completed"


def test_a_script_run_that_took_too_long_before_it_could_begin_has_failed(world: World) -> None:
    run = world.submit(graph(step("a")), kind="script", timeout_seconds=60.0)
    world.engine.stop()
    world.clock.advance(61)
    world.restart()
    assert world.run(run).status == "Failed"
    failure = world.run(run).failure
    assert failure is not None
    assert failure.cause == "timeout"
