"""The suite that every adapter of the compute port passes."""

from abc import ABC, abstractmethod

import pytest

from stepworks.clock import ManualClock
from stepworks.compute.base import DEFAULT_POOL, Compute, PoolSettings, Queued, pool_name
from stepworks.graph.document import Script
from stepworks.wire.agent import CancelAttempt, EnvironmentOrder, Order, RunAttempt


class ComputeTests(ABC):
    """Laws of the port. A subclass gives the adapter, and opens and closes an agent's stream of orders."""

    @pytest.fixture
    def clock(self) -> ManualClock:
        """The adapter's clock."""
        return ManualClock()

    @pytest.fixture
    @abstractmethod
    def compute(self, clock: ManualClock) -> Compute:
        """The adapter, without agents."""

    @abstractmethod
    def open(self, compute: Compute, agent: str) -> list[Order]:
        """Open an agent's stream; the list gets the orders as they are sent."""

    @abstractmethod
    def close(self, compute: Compute, agent: str) -> None:
        """Close the stream that was opened last."""

    # --- room

    def test_an_agent_has_room_while_its_stream_is_open(self, compute: Compute) -> None:
        compute.register("a", 2)
        wait_for_places(compute, "1", "2", "3")
        assert placed(compute) == []
        self.open(compute, "a")
        assert placed(compute) == ["1", "2"]
        self.close(compute, "a")
        compute.release("1")
        assert placed(compute) == []
        assert compute.waiting == 1

    def test_attempts_of_a_run_start_in_the_order_they_came(self, compute: Compute) -> None:
        self.agent(compute, 1)
        wait_for_places(compute, "1", "2", "3")
        started: list[str] = []
        while more := placed(compute):
            started += more
            compute.release(more[0])
        assert started == ["1", "2", "3"]

    def test_runs_take_turns(self, compute: Compute) -> None:
        wait_for_places(compute, "1", "2", "3", run="r")
        wait_for_places(compute, "x", "y", run="s")
        self.agent(compute, 4)
        assert placed(compute) == ["1", "x", "2", "y"]

    def test_a_pool_never_has_more_than_its_nodes(self, compute: Compute) -> None:
        compute.configure("w", "small", PoolSettings(max_nodes=1))
        self.agent(compute, 4)
        wait_for_places(compute, "1", "2", pool=pool_name("w", "small"))
        wait_for_places(compute, "3")
        assert sorted(placed(compute)) == ["1", "3"]
        assert compute.nodes("w", "small").running == 1
        compute.release("1")
        assert placed(compute) == ["2"]

    def test_a_pool_that_is_removed_goes_on_with_what_it_has(self, compute: Compute) -> None:
        pool = pool_name("w", "c")
        compute.configure("w", "c", PoolSettings(max_nodes=1))
        self.agent(compute, 2)
        wait_for_places(compute, "1", "2", pool=pool)
        assert placed(compute) == ["1"]
        compute.remove("w", "c")
        assert placed(compute) == ["2"]
        compute.release("1")
        compute.release("2")
        compute.remove("w", "c")
        assert not compute.is_configured(pool)
        assert compute.nodes("w", "c").current == 0

    def test_idle_nodes_leave(self, compute: Compute, clock: ManualClock) -> None:
        compute.configure("w", "c", PoolSettings(min_nodes=1, max_nodes=2, idle_seconds_before_scaledown=60.0))
        self.agent(compute, 4)
        wait_for_places(compute, "1", "2", pool=pool_name("w", "c"))
        placed(compute)
        compute.release("1")
        compute.release("2")
        assert compute.nodes("w", "c").idle == 2
        clock.advance(60)
        compute.scale_down()
        assert compute.nodes("w", "c").idle == 1

    def test_releasing_twice_is_releasing_once(self, compute: Compute) -> None:
        self.agent(compute, 2)
        wait_for_places(compute, "1", "2", "3", "4")
        placed(compute)
        compute.release("1")
        compute.release("1")
        assert placed(compute) == ["3"]

    def test_one_who_waits_may_be_taken_back(self, compute: Compute) -> None:
        wait_for_places(compute, "1", "2", "3")
        assert compute.withdraw("2")
        assert not compute.withdraw("2")
        self.agent(compute, 2)
        assert placed(compute) == ["1", "3"]
        assert not compute.withdraw("1")

    def test_what_an_agent_has_from_before_counts(self, compute: Compute) -> None:
        compute.adopt(Queued("old", DEFAULT_POOL, "r"), "a")
        self.agent(compute, 1)
        wait_for_places(compute, "1")
        assert placed(compute) == []
        compute.release("old")
        assert placed(compute) == ["1"]

    def test_more_room_is_told(self, compute: Compute) -> None:
        told: list[str] = []
        compute.when_there_is_room(lambda: told.append("room"))
        self.agent(compute, 1)
        compute.configure("w", "c", PoolSettings(max_nodes=1))
        assert told == ["room", "room"]

    # --- agents

    def test_who_was_apart_for_how_long(self, compute: Compute, clock: ManualClock) -> None:
        self.agent(compute, 1)
        clock.advance(100)
        assert compute.apart_for(10) == ()
        self.close(compute, "a")
        clock.advance(10)
        assert compute.apart_for(10) == ("a",)
        assert (compute.connected(), compute.is_connected("a")) == ((), False)

    def test_an_agent_that_is_forgotten_says_what_it_had(self, compute: Compute) -> None:
        self.agent(compute, 2)
        wait_for_places(compute, "1", "2")
        placed(compute)
        assert sorted(compute.forget("a")) == ["1", "2"]
        assert compute.forget("a") == ()
        compute.release("1")
        compute.release("2")
        assert compute.connected() == ()

    # --- orders

    def test_an_order_is_sent_until_it_is_acknowledged(self, compute: Compute) -> None:
        sent = self.agent(compute, 1)
        wait_for_places(compute, "1")
        placed(compute)
        compute.hand_out("a", order("1"))
        assert sent == [order("1")]
        assert compute.is_to_be_sent("1")
        self.close(compute, "a")
        assert self.open(compute, "a") == [order("1")]
        compute.acknowledge("1")
        assert not compute.is_to_be_sent("1")
        assert self.open(compute, "a") == []

    def test_an_order_to_end_is_sent_until_the_attempt_is_over(self, compute: Compute) -> None:
        sent = self.agent(compute, 1)
        wait_for_places(compute, "1")
        placed(compute)
        compute.hand_out("a", order("1"))
        compute.acknowledge("1")
        cancel = CancelAttempt(attempt="1")
        compute.hand_out("a", cancel)
        compute.acknowledge("1")
        assert sent == [order("1"), cancel]
        assert self.open(compute, "a") == [cancel]
        compute.release("1")
        assert self.open(compute, "a") == []

    def test_an_order_for_an_agent_that_is_apart_waits_for_it(self, compute: Compute) -> None:
        sent = self.agent(compute, 1)
        wait_for_places(compute, "1")
        placed(compute)
        self.close(compute, "a")
        compute.hand_out("a", order("1"))
        assert sent == []
        assert self.open(compute, "a") == [order("1")]

    def agent(self, compute: Compute, slots: int) -> list[Order]:
        """Agent "a" has registered and opened its stream."""
        compute.register("a", slots)
        return self.open(compute, "a")


def wait_for_places(compute: Compute, *attempts: str, pool: str = DEFAULT_POOL, run: str = "r") -> None:
    """Let attempts wait."""
    for attempt in attempts:
        compute.enqueue(Queued(attempt, pool, run))


def placed(compute: Compute) -> list[str]:
    """The attempts that start now."""
    return [placement.attempt for placement in compute.place()]


def order(attempt: str) -> RunAttempt:
    """An order to run an attempt."""
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
