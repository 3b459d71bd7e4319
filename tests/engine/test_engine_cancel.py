"""Cancelling, at every point of a step's life."""

import pytest

from stepworks.errors import Conflict, NotFound
from stepworks.graph.document import DataPathValue, Input
from stepworks.graph.environment import EnvironmentSpec
from stepworks.runs.values import Failure
from stepworks.testing.engine import World, chain, graph, step

ENDED = Failure(cause="cancelled", message="ended")


def test_a_run_that_is_not_there_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.engine.cancel("nobody")


def test_before_an_agent_has_it_an_attempt_is_just_taken_back(world: World) -> None:
    run = world.submit(chain("a", "b"))
    assert world.engine.cancel(run).status == "Canceled"
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled", "b": "Canceled"}
    assert world.agent().names == []
    assert world.engine.is_idle()


def test_a_running_attempt_is_ended_by_its_agent(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    agent.start("a")
    assert world.engine.cancel(run).status == "CancelRequested"
    assert agent.canceled == {agent.order("a").attempt: "cancelled"}
    assert world.statuses(run) == {"": "CancelRequested", "a": "CancelRequested", "b": "Canceled"}
    agent.fail("a", ENDED)
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled", "b": "Canceled"}
    assert world.run(run).cancel_requested
    assert world.told(run) == ["Running", "CancelRequested", "Canceled"]


def test_a_step_that_finished_before_it_could_be_ended_is_completed(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    world.engine.cancel(run)
    agent.succeed("a")
    assert world.statuses(run) == {"": "Canceled", "a": "Completed", "b": "Canceled"}


def test_cancelling_an_ended_run_changes_nothing(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.succeed("a")
    before = world.run(run)
    assert world.engine.cancel(run) == before
    assert world.run(run) == before


def test_cancelling_twice_sends_one_order(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    world.engine.cancel(run)
    world.engine.cancel(run)
    assert len(agent.orders) == 2


def test_one_step_run_can_be_canceled(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a"), step("b", "a"), step("x")))
    world.engine.cancel(world.steps(run)["a"].id)
    assert world.statuses(run) == {"": "Running", "a": "CancelRequested", "b": "NotStarted", "x": "Preparing"}
    agent.fail("a", ENDED)
    agent.succeed("x")
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled", "b": "Canceled", "x": "Completed"}
    assert world.steps(run)["b"].warnings == ("Not run, because a step before it did not complete.",)


def test_a_step_may_cancel_its_own_pipeline(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    agent.start("a")
    world.engine.cancel(world.steps(run)["a"].root)
    agent.fail("a", ENDED)
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled", "b": "Canceled"}


def test_a_script_run_can_be_canceled(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a")), kind="script")
    world.engine.cancel(run)
    assert world.run(run).status == "CancelRequested"
    agent.fail("a", ENDED)
    assert world.run(run).status == "Canceled"


def test_a_run_that_its_client_conducts_is_just_over(world: World) -> None:
    row = world.run(world.submit(chain("a")))
    own = type(row)(
        id="own", workspace="w", experiment="e", type="", root="own", number=9, status="Running", created=0.0
    )
    world.records.write(lambda tx: tx.insert(own))
    assert world.engine.cancel("own").status == "Canceled"


def test_while_inputs_are_looked_at(world: World) -> None:
    raw = Input("raw", DataPathValue("other", "in"))
    run = world.engine.submit(world.request(graph(step("a", inputs=(raw,))))).id
    world.engine.cancel(run)
    world.settle()
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled"}
    assert world.agent().names == []


def test_while_the_environment_is_made(world: World) -> None:
    run = world.engine.submit(world.request(graph(step("a", environment=EnvironmentSpec(pip=("x",)))))).id
    world.executor.run_next()
    assert world.statuses(run)["a"] == "Preparing"
    world.engine.cancel(run)
    world.settle()
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled"}
    assert world.agent().names == []
    assert world.engine.is_idle()


def test_an_order_to_end_reaches_an_agent_that_was_apart(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.start("a")
    agent.close_stream()
    world.engine.cancel(run)
    assert agent.canceled == {}
    agent.open_stream()
    assert list(agent.canceled.values()) == ["cancelled"]


def test_an_agent_that_goes_while_it_ends_an_attempt_has_ended_it(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    world.engine.cancel(run)
    world.dead.add(agent.id)
    agent.leave()
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled"}


def test_many_waiting_steps_are_canceled_together(world: World) -> None:
    agent = world.agent(slots=1)
    run = world.submit(graph(*(step(f"s{i}") for i in range(200))))
    world.engine.cancel(run)
    agent.fail(agent.names[0], ENDED)
    assert set(world.statuses(run).values()) == {"Canceled"}
    assert world.pools.waiting == 0


def test_pipelines_that_were_submitted_as_children_end_with_their_parent(world: World) -> None:
    agent = world.agent(slots=4)
    parent = world.submit(chain("a"))
    step_run = world.steps(parent)["a"].id
    below_step = world.submit(chain("b"), parent=step_run)
    below_run = world.submit(chain("c"), parent=parent)
    deeper = world.submit(chain("d"), parent=below_run)
    other = world.submit(chain("e"))
    world.engine.cancel(parent)
    family = (parent, below_step, below_run, deeper)
    assert {world.run(run).status for run in family} == {"CancelRequested"}
    for name in "abcd":
        agent.fail(name, ENDED)
    assert {world.run(run).status for run in family} == {"Canceled"}
    agent.succeed("e")
    assert world.run(other).status == "Completed"


def test_a_step_that_is_canceled_takes_its_own_children_with_it_alone(world: World) -> None:
    agent = world.agent(slots=4)
    parent = world.submit(graph(step("a"), step("b")))
    runs = world.steps(parent)
    mine, others = (world.submit(chain(f"of_{name}"), parent=runs[name].id) for name in "ab")
    world.engine.cancel(runs["a"].id)
    assert [world.run(run).status for run in (parent, mine, others)] == ["Running", "CancelRequested", "Running"]
    agent.fail("of_a", ENDED)
    assert world.run(mine).status == "Canceled"


# --- a client that says that its script run has failed

TOLD = Failure(cause="exception", message="no good")


def test_a_script_run_that_is_said_to_have_failed_is_ended_and_has_failed(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a")), kind="script")
    agent.start("a")
    world.engine.fail(run, TOLD)
    assert agent.canceled == {agent.order("a").attempt: "cancelled"}
    agent.fail("a", ENDED)
    row = world.run(run)
    assert (row.status, row.failure) == ("Failed", TOLD)
    assert world.engine.fail(run, ENDED).failure == TOLD


def test_so_is_one_that_waited_and_one_that_was_taken_up_after_a_restart(world: World) -> None:
    waiting = world.submit(graph(step("a")), kind="script")
    world.engine.fail(waiting, TOLD)
    assert (world.run(waiting).status, world.run(waiting).failure) == ("Failed", TOLD)
    agent = world.agent()
    running = world.submit(graph(step("b")), kind="script")
    agent.start("b")
    world.engine.fail(running, TOLD)
    agent.close_stream()
    world.restart()
    agent.find(world.engine, world.pools)
    agent.join(having=[agent.order("b").attempt])
    world.settle()
    agent.fail("b", ENDED)
    assert (world.run(running).status, world.run(running).failure) == ("Failed", TOLD)


def test_a_script_that_ended_well_before_it_could_be_ended_is_completed(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a")), kind="script")
    agent.start("a")
    world.engine.fail(run, TOLD)
    agent.succeed("a")
    assert (world.run(run).status, world.run(run).failure) == ("Completed", None)


def test_pipelines_and_steps_are_not_said_to_have_failed(world: World) -> None:
    run = world.submit(chain("a"))
    for other in (run, world.steps(run)["a"].id):
        with pytest.raises(Conflict, match="follows from its execution"):
            world.engine.fail(other, TOLD)
    with pytest.raises(NotFound):
        world.engine.fail("nobody", TOLD)
