"""Leases: what agents report counts once, and only from the one that has the attempt."""

import pytest

from stepworks.compute.base import PoolSettings
from stepworks.compute.fake import FakeAgent, started, succeeded
from stepworks.engine.driver import REJOIN_SECONDS
from stepworks.engine.machine import LOST_RETRIES
from stepworks.errors import NotFound
from stepworks.records.base import eq
from stepworks.records.rows import Attempt, Compute
from stepworks.runs.values import Failure
from stepworks.testing.engine import World, chain, fan, graph, step
from stepworks.wire.agent import AttemptEnded, ReportsTaken


def attempts(world: World, run: str) -> list[Attempt]:
    with world.records.read() as view:
        return view.find(Attempt, eq("run", run), order=("number",))


def go(world: World, agent: FakeAgent) -> None:
    """The agent's process dies, and the engine hears of it."""
    world.dead.add(agent.id)
    agent.leave()


def test_an_attempt_is_leased_to_the_agent_that_gets_it(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    order = agent.order("a")
    row = attempts(world, order.run)[0]
    assert (row.id, row.lease, row.agent, row.state, row.number) == (order.attempt, order.lease, "agent-1", "leased", 1)
    agent.succeed("a")
    row = attempts(world, order.run)[0]
    assert (row.state, row.ended, row.failure) == ("ended", world.clock.now(), None)
    assert world.statuses(run)["a"] == "Completed"


def test_a_report_that_comes_twice_counts_once(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    order = agent.order("a")
    agent.end(order, succeeded(order))
    before = world.steps(run)["a"]
    assert agent.report(succeeded(order)) == ReportsTaken(stale=(order.attempt,))
    assert world.steps(run)["a"] == before
    assert agent.names == ["b"]


def test_a_report_with_another_lease_changes_nothing(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    order = agent.order("a")
    forged = AttemptEnded(attempt=order.attempt, lease="forged")
    assert agent.report(forged) == ReportsTaken(stale=(order.attempt,))
    assert world.statuses(run)["a"] == "Preparing"


def test_reports_of_many_attempts_come_together(world: World) -> None:
    agent = world.agent(slots=3)
    run = world.submit(graph(step("a"), step("b"), step("c")))
    orders = [agent.order(s) for s in "abc"]
    agent.in_hand.clear()
    taken = agent.report(*(r for o in orders for r in (started(o), succeeded(o))))
    assert taken == ReportsTaken()
    assert set(world.statuses(run).values()) == {"Completed"}


def test_start_and_end_in_one_report_are_told_in_order(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    order = agent.order("a")
    agent.report(started(order, 5.0), succeeded(order))
    a = world.steps(run)["a"]
    assert (a.status, a.started) == ("Completed", 5.0)
    assert world.told(a.id) == ["Preparing", "Running", "Completed"]


def test_a_start_after_the_end_changes_nothing(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    order = agent.order("a")
    agent.report(succeeded(order))
    agent.report(started(order))
    assert world.statuses(run)["a"] == "Completed"


# --- losing agents


def test_an_attempt_of_a_dead_agent_is_tried_again_on_another(world: World) -> None:
    one = world.agent("one", slots=1)
    run = world.submit(chain("a"))
    first = one.order("a")
    go(world, one)
    assert world.statuses(run)["a"] == "Queued"
    two = world.agent("two")
    second = two.order("a")
    assert second.attempt != first.attempt
    two.succeed("a")
    a = world.steps(run)["a"]
    assert (a.status, a.attempts) == ("Completed", 2)
    assert a.warnings == ("Attempt 1 was lost: its agent has ended.",)
    assert [row.state for row in attempts(world, a.id)] == ["ended", "ended"]


def test_what_a_lost_attempt_reports_later_changes_nothing(world: World) -> None:
    one = world.agent("one")
    run = world.submit(chain("a"))
    old = one.order("a")
    go(world, one)
    two = world.agent("two")
    assert one.report(succeeded(old, {"out": b"old"})) == ReportsTaken(stale=(old.attempt,))
    assert world.statuses(run)["a"] == "Preparing"
    two.succeed("a", {"out": b"new"})
    assert world.steps(run)["a"].outputs[0].size == 3


def test_a_step_is_lost_for_good_after_a_few_tries(world: World) -> None:
    run = world.submit(chain("a", "b"))
    for number in range(LOST_RETRIES + 1):
        go(world, world.agent(f"agent-{number}"))
    assert world.statuses(run) == {"": "Failed", "a": "Failed", "b": "Canceled"}
    a = world.steps(run)["a"]
    assert a.failure is not None
    assert a.failure.cause == "lost"
    assert len(a.warnings) == LOST_RETRIES + 1


def test_an_agent_that_was_ended_loses_what_it_had(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.fail("a", Failure(cause="cancelled", message="The agent was asked to leave."))
    assert world.statuses(run)["a"] == "Preparing"
    assert world.steps(run)["a"].attempts == 2


def test_an_agent_out_of_reach_has_time_to_come_back(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.start("a")
    agent.leave()
    world.clock.advance(REJOIN_SECONDS - 1)
    world.engine.tick()
    agent.join()
    world.clock.advance(REJOIN_SECONDS)
    world.engine.tick()
    agent.succeed("a")
    a = world.steps(run)["a"]
    assert (a.status, a.attempts) == ("Completed", 1)


def test_an_agent_that_stays_away_loses_what_it_had(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.leave()
    world.clock.advance(REJOIN_SECONDS)
    world.engine.tick()
    assert world.agents() == []
    two = world.agent("two")
    assert two.names == ["a"]
    two.succeed("a")
    assert world.statuses(run)["a"] == "Completed"
    with pytest.raises(NotFound, match="Register it again"):
        agent.open_stream()
    agent.join()
    assert agent.in_hand == {}


def test_an_agent_gone_that_is_back_already_is_not_gone(world: World) -> None:
    agent = world.agent()
    world.submit(chain("a"))
    agent.close_stream()
    agent.open_stream()
    world.dead.add(agent.id)
    world.engine.agent_gone(agent.id)
    assert [row.id for row in world.agents()] == [agent.id]


def test_an_order_that_was_not_acknowledged_is_sent_again(world: World) -> None:
    agent = world.agent()
    agent.close_stream()
    run = world.submit(chain("a"))
    assert agent.orders == []
    agent.open_stream()
    agent.close_stream()
    agent.open_stream()
    assert [o.attempt for o in agent.orders] == [agent.order("a").attempt] * 2
    agent.start("a")
    agent.close_stream()
    agent.open_stream()
    assert len(agent.orders) == 2
    agent.succeed("a")
    assert world.statuses(run)["a"] == "Completed"


def test_no_order_is_given_to_an_agent_whose_stream_is_closed(world: World) -> None:
    agent = world.agent()
    agent.close_stream()
    run = world.submit(chain("a"))
    assert world.statuses(run)["a"] == "Queued"


def test_an_agent_that_forgot_an_attempt_has_lost_it(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.start("a")
    agent.close_stream()
    agent.in_hand.clear()
    agent.join()
    assert world.steps(run)["a"].attempts == 2
    agent.succeed("a")
    assert world.statuses(run)["a"] == "Completed"


def test_an_agent_is_told_which_attempts_are_not_its_own_any_more(world: World) -> None:
    agent = world.agent()
    world.submit(chain("a"))
    old = agent.order("a").attempt
    agent.leave()
    world.clock.advance(REJOIN_SECONDS)
    world.engine.tick()
    assert agent.join(having=[old]).stale == (old,)


# --- pools


def compute(world: World, name: str, **settings: object) -> None:
    row = Compute(workspace="w", name=name, type="AmlCompute", settings=settings, created=0.0, modified=0.0)
    world.records.write(lambda tx: tx.put(row))


def test_a_pool_never_runs_more_than_it_has_nodes(world: World) -> None:
    compute(world, "small", min_nodes=0, max_nodes=2)
    agent = world.agent(slots=8)
    world.submit(fan(10))
    world.submit(graph(*(step(f"p{i}", compute="small") for i in range(5))))
    assert sorted(agent.names) == ["first", "p0", "p1"]
    assert world.pools.nodes("w", "small").states["running"] == 2
    agent.succeed("p0")
    assert "p2" in agent.names


def test_the_default_compute_of_the_pipeline_is_used(world: World) -> None:
    compute(world, "small", max_nodes=1)
    agent = world.agent(slots=4)
    world.submit(graph(step("a"), step("b"), default_compute="small"))
    assert agent.names == ["a"]


def test_compute_that_is_not_there_is_this_machine(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a", compute="gone"), step("b", compute="local")))
    assert agent.run_all() == ["a", "b"]
    assert world.steps(run)["a"].target == "gone"


def test_a_pool_that_grows_starts_those_that_wait(world: World) -> None:
    compute(world, "small", max_nodes=1)
    agent = world.agent(slots=4)
    world.submit(graph(*(step(f"p{i}", compute="small") for i in range(3))))
    assert agent.names == ["p0"]
    world.pools.configure("w", "small", PoolSettings(max_nodes=3))
    assert agent.names == ["p0", "p1", "p2"]


def test_runs_take_turns(world: World) -> None:
    agent = world.agent(slots=1)
    world.submit(graph(*(step(f"a{i}") for i in range(3))))
    world.submit(graph(*(step(f"b{i}") for i in range(3))))
    assert agent.run_all() == ["a0", "a1", "b0", "a2", "b1", "b2"]


def test_nodes_leave_after_they_were_idle_for_long_enough(world: World) -> None:
    compute(world, "small", min_nodes=0, max_nodes=2, idle_seconds_before_scaledown=100)
    agent = world.agent(slots=4)
    world.submit(graph(step("a", compute="small")))
    agent.succeed("a")
    world.clock.advance(99)
    world.engine.tick()
    assert world.pools.nodes("w", "small").current == 1
    world.clock.advance(1)
    world.engine.tick()
    assert world.pools.nodes("w", "small").current == 0


def test_stopping_agents_are_told(world: World) -> None:
    agent = world.agent()
    world.engine.stop_agents()
    assert type(agent.orders[0]).__name__ == "StopAgent"


def test_a_dead_agent_is_noticed_although_nobody_told(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.close_stream()
    world.engine.tick()
    assert world.statuses(run)["a"] == "Preparing"
    world.dead.add(agent.id)
    world.engine.tick()
    assert world.statuses(run)["a"] == "Queued"
    assert world.steps(run)["a"].warnings == ("Attempt 1 was lost: its agent has ended.",)


def test_an_order_lost_with_its_stream_is_not_an_attempt_lost(world: World) -> None:
    agent = world.agent()
    agent.close_stream()
    agent.open_stream()
    run = world.submit(chain("a"))
    agent.in_hand.clear()
    agent.arrived.clear()
    agent.close_stream()
    agent.join()
    assert agent.names == ["a"]
    assert world.steps(run)["a"].attempts == 1


def test_a_run_that_takes_too_long_is_ended_once(world: World) -> None:
    agent = world.agent()
    world.submit(chain("a"), timeout_seconds=1.0)
    world.clock.advance(2)
    world.engine.tick()
    told = len(world.events)
    world.engine.tick()
    assert len(world.events) == told
    assert len(agent.orders) == 2


def test_of_two_equal_reports_in_one_batch_the_second_is_stale(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    order = agent.order("a")
    assert agent.report(succeeded(order), succeeded(order)) == ReportsTaken(stale=(order.attempt,))
    assert world.statuses(run)["a"] == "Completed"
