"""Agents' pools as an adapter of the compute port, and what only they have."""

import pytest

from stepworks.clock import ManualClock
from stepworks.compute.base import Compute
from stepworks.compute.pools import AgentPools, Stream
from stepworks.errors import NotFound
from stepworks.testing.compute import ComputeTests, placed, wait_for_places
from stepworks.wire.agent import Order


class TestAgentPools(ComputeTests):
    @pytest.fixture
    def compute(self, clock: ManualClock) -> AgentPools:
        self.streams: dict[str, Stream] = {}
        return AgentPools(clock)

    def open(self, compute: Compute, agent: str) -> list[Order]:
        assert isinstance(compute, AgentPools)
        sent: list[Order] = []
        self.streams[agent] = compute.attach(agent, sent.append)
        return sent

    def close(self, compute: Compute, agent: str) -> None:
        assert isinstance(compute, AgentPools)
        compute.detach(self.streams[agent])

    def test_an_agent_that_did_not_register_has_no_stream(self, compute: AgentPools) -> None:
        with pytest.raises(NotFound, match="Register it again"):
            self.open(compute, "b")

    def test_closing_an_old_stream_does_not_close_the_new_one(self, compute: AgentPools) -> None:
        compute.register("a", 1)
        old = compute.attach("a", print)
        compute.attach("a", print)
        compute.detach(old)
        assert compute.is_connected("a")

    def test_counts_are_those_of_connected_agents(self, compute: AgentPools) -> None:
        self.agent(compute, 2)
        wait_for_places(compute, "1", "2", "3")
        placed(compute)
        assert (compute.agents, compute.slots, compute.busy, compute.waiting) == (1, 2, 2, 1)
        self.close(compute, "a")
        assert (compute.agents, compute.slots, compute.busy, compute.waiting) == (0, 0, 2, 1)
