"""Agents' sessions, and orders that are not lost with a stream."""

import pytest

from stepworks.clock import ManualClock
from stepworks.compute.base import DEFAULT_POOL, PoolSettings, Queued, pool_name
from stepworks.compute.pools import AgentPools
from stepworks.errors import NotFound
from stepworks.graph.document import Script
from stepworks.wire.agent import CancelAttempt, EnvironmentOrder, Order, RunAttempt


def order(attempt: str) -> RunAttempt:
    return RunAttempt(
        attempt=attempt,
        lease="l",
        run="r",
        root="r",
        name="n",
        experiment="e",
        workspace="w",
        work=Script("a.py"),
        snapshot=None,
        environment=EnvironmentOrder(lock="x", python="python"),
    )


@pytest.fixture
def pools() -> AgentPools:
    found = AgentPools(ManualClock())
    found.register("a", 2)
    return found


def waiting(pools: AgentPools, *attempts: str, pool: str = DEFAULT_POOL, run: str = "r") -> None:
    for attempt in attempts:
        pools.enqueue(Queued(attempt, pool, run))


def placed(pools: AgentPools) -> list[str]:
    return [p.attempt for p in pools.place()]


def test_an_agent_has_room_while_its_stream_is_open(pools: AgentPools) -> None:
    waiting(pools, "1", "2", "3")
    assert placed(pools) == []
    stream = pools.attach("a", lambda _: None)
    assert placed(pools) == ["1", "2"]
    pools.detach(stream)
    pools.release("1")
    assert placed(pools) == []
    assert (pools.agents, pools.slots, pools.busy, pools.waiting) == (0, 0, 1, 1)


def test_an_agent_that_did_not_register_has_no_stream(pools: AgentPools) -> None:
    with pytest.raises(NotFound):
        pools.attach("b", lambda _: None)


def test_closing_an_old_stream_does_not_close_the_new_one(pools: AgentPools) -> None:
    old = pools.attach("a", print)
    pools.attach("a", print)
    pools.detach(old)
    assert pools.is_connected("a")


def test_attaching_is_told(pools: AgentPools) -> None:
    told: list[str] = []
    pools.when_there_is_room(lambda: told.append("room"))
    pools.attach("a", lambda _: None)
    pools.configure("w", "c", PoolSettings(max_nodes=1))
    assert told == ["room", "room"]


def test_one_who_waits_may_be_taken_back(pools: AgentPools) -> None:
    waiting(pools, "1", "2", "3")
    assert pools.withdraw("2")
    assert not pools.withdraw("2")
    pools.attach("a", lambda _: None)
    assert placed(pools) == ["1", "3"]
    assert not pools.withdraw("1")


def test_releasing_twice_is_releasing_once(pools: AgentPools) -> None:
    pools.attach("a", lambda _: None)
    waiting(pools, "1", "2", "3", "4")
    placed(pools)
    pools.release("1")
    pools.release("1")
    assert placed(pools) == ["3"]


def test_an_order_is_sent_until_it_is_acknowledged(pools: AgentPools) -> None:
    sent: list[Order] = []
    stream = pools.attach("a", sent.append)
    waiting(pools, "1")
    placed(pools)
    pools.hand_out("a", order("1"))
    pools.detach(stream)
    assert pools.is_to_be_sent("1")
    pools.attach("a", sent.append)
    assert sent == [order("1"), order("1")]
    pools.acknowledge("1")
    assert not pools.is_to_be_sent("1")
    pools.attach("a", sent.append)
    assert len(sent) == 2


def test_an_order_to_end_is_sent_until_the_attempt_is_over(pools: AgentPools) -> None:
    sent: list[Order] = []
    pools.attach("a", sent.append)
    waiting(pools, "1")
    placed(pools)
    pools.hand_out("a", order("1"))
    pools.acknowledge("1")
    cancel = CancelAttempt(attempt="1")
    pools.hand_out("a", cancel)
    pools.acknowledge("1")
    pools.attach("a", sent.append)
    assert sent == [order("1"), cancel, cancel]
    pools.release("1")
    pools.attach("a", sent.append)
    assert len(sent) == 3


def test_an_order_for_an_agent_that_is_apart_waits_for_it(pools: AgentPools) -> None:
    sent: list[Order] = []
    stream = pools.attach("a", sent.append)
    waiting(pools, "1")
    placed(pools)
    pools.detach(stream)
    pools.hand_out("a", order("1"))
    assert sent == []
    pools.attach("a", sent.append)
    assert sent == [order("1")]


def test_who_was_apart_for_how_long(pools: AgentPools) -> None:
    clock = pools._clock
    assert isinstance(clock, ManualClock)
    stream = pools.attach("a", lambda _: None)
    clock.advance(100)
    assert pools.apart_for(10) == ()
    pools.detach(stream)
    clock.advance(10)
    assert pools.apart_for(10) == ("a",)


def test_an_agent_that_is_forgotten_gives_back_what_it_had(pools: AgentPools) -> None:
    pools.attach("a", lambda _: None)
    waiting(pools, "1", "2")
    placed(pools)
    assert sorted(pools.forget("a")) == ["1", "2"]
    assert pools.forget("a") == ()


def test_what_an_agent_has_from_before_counts(pools: AgentPools) -> None:
    pools.adopt(Queued("old", DEFAULT_POOL, "r"), "b")
    pools.register("b", 1)
    pools.attach("b", lambda _: None)
    waiting(pools, "1")
    assert placed(pools) == []
    pools.release("old")
    assert placed(pools) == ["1"]


def test_a_pool_that_is_removed_goes_on_with_what_it_has(pools: AgentPools) -> None:
    pool = pool_name("w", "c")
    pools.configure("w", "c", PoolSettings(max_nodes=1))
    pools.attach("a", lambda _: None)
    waiting(pools, "1", "2", pool=pool)
    assert placed(pools) == ["1"]
    pools.remove("w", "c")
    assert placed(pools) == ["2"]
    pools.release("1")
    pools.release("2")
    pools.remove("w", "c")
    assert not pools.is_configured(pool)
    assert pools.nodes("w", "c").current == 0
