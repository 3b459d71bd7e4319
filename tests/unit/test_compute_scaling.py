"""How pools grow and shrink, and who starts next."""

from hypothesis import given
from hypothesis import strategies as st

from stepworks.compute.base import NodeCounts, PoolSettings, pool_settings
from stepworks.compute.scaling import (
    Group,
    PoolState,
    Start,
    after_end,
    after_start,
    new_pool,
    node_counts,
    resized,
    scaled_down,
    starts,
)
from stepworks.records.rows import Compute

SMALL = PoolSettings(min_nodes=1, max_nodes=2, idle_seconds_before_scaledown=100.0)


def test_a_pool_keeps_its_least_nodes() -> None:
    assert new_pool(SMALL, 5.0) == PoolState(SMALL, 0, (5.0,))
    assert scaled_down(new_pool(SMALL, 0.0), 1000.0).nodes == 1


def test_an_attempt_takes_an_idle_node_before_a_new_one() -> None:
    one = after_start(new_pool(SMALL, 0.0))
    assert (one.busy, one.nodes, one.is_full) == (1, 1, False)
    two = after_start(one)
    assert (two.busy, two.nodes, two.is_full) == (2, 2, True)


def test_a_node_leaves_when_it_was_idle_for_long_enough() -> None:
    pool = after_end(after_end(after_start(after_start(new_pool(SMALL, 0.0))), 10.0), 20.0)
    assert pool.idle_since == (10.0, 20.0)
    assert scaled_down(pool, 109.0).nodes == 2
    assert scaled_down(pool, 110.0).idle_since == (20.0,)
    assert scaled_down(pool, 999.0).nodes == 1


def test_the_node_that_fell_idle_last_is_used_first() -> None:
    pool = PoolState(PoolSettings(max_nodes=5), 0, (1.0, 2.0, 3.0))
    assert after_start(pool).idle_since == (1.0, 2.0)


def test_a_pool_made_smaller_lets_nodes_go_as_they_fall_idle() -> None:
    busy = PoolState(PoolSettings(max_nodes=4), 4, ())
    small = resized(busy, PoolSettings(max_nodes=2), 0.0)
    assert small.is_full
    assert after_end(small, 1.0).nodes == 3
    assert after_end(after_end(after_end(small, 1.0), 1.0), 1.0) == PoolState(PoolSettings(max_nodes=2), 1, (1.0,))


def test_a_pool_made_larger_gets_its_least_nodes_at_once() -> None:
    assert resized(PoolState(PoolSettings()), PoolSettings(min_nodes=2, max_nodes=3), 7.0).idle_since == (7.0, 7.0)


def test_counts_are_those_of_the_status() -> None:
    pool = PoolState(PoolSettings(min_nodes=0, max_nodes=3), 1, (5.0,))
    counts = node_counts(pool, waiting=10)
    assert counts == NodeCounts(current=2, target=3, running=1, idle=1)
    assert counts.states == {"running": 1, "idle": 1, "preparing": 0, "unusable": 0, "leaving": 0, "preempted": 0}


def pools(**limits: int) -> dict[str, PoolState]:
    return {name: PoolState(PoolSettings(max_nodes=most)) for name, most in limits.items()}


def test_runs_take_turns_within_and_across_pools() -> None:
    groups = [Group("p", "r1", 5), Group("p", "r2", 1), Group("q", "r1", 5)]
    found = starts(groups, pools(p=9, q=9), {"a": 5})
    assert [s.group for s in found] == [("p", "r1"), ("p", "r2"), ("q", "r1"), ("p", "r1"), ("q", "r1")]


def test_a_full_pool_holds_up_only_its_own() -> None:
    assert [s.group for s in starts([Group("p", "r", 9), Group("q", "r", 1)], pools(p=1, q=1), {"a": 9})] == [
        ("p", "r"),
        ("q", "r"),
    ]


def test_the_agent_with_the_most_room_is_taken() -> None:
    found = starts([Group("p", "r", 3)], pools(p=9), {"a": 1, "b": 2})
    assert found == [Start(("p", "r"), "b"), Start(("p", "r"), "a"), Start(("p", "r"), "b")]


def test_without_room_nothing_starts() -> None:
    assert starts([Group("p", "r", 3)], pools(p=9), {}) == []
    assert starts([Group("p", "r", 3)], pools(p=0), {"a": 3}) == []


@given(
    st.lists(st.tuples(st.sampled_from("pqr"), st.sampled_from("xyz"), st.integers(1, 6)), unique_by=lambda g: g[:2]),
    st.dictionaries(st.sampled_from("abc"), st.integers(1, 4)),
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)),
)
def test_room_is_never_exceeded_and_never_wasted(
    groups: list[tuple[str, str, int]], free: dict[str, int], limits: tuple[int, int, int]
) -> None:
    states = pools(**dict(zip("pqr", limits, strict=True)))
    found = starts([Group(*g) for g in groups], states, free)
    assert len(found) <= sum(free.values())
    for agent, room in free.items():
        assert sum(s.agent == agent for s in found) <= room
    for pool, state in states.items():
        assert sum(s.group[0] == pool for s in found) <= state.settings.max_nodes
    for pool, run, waiting in groups:
        started = sum(s.group == (pool, run) for s in found)
        in_pool = sum(s.group[0] == pool for s in found)
        is_held_up = len(found) == sum(free.values()) or in_pool == states[pool].settings.max_nodes
        assert started == waiting or (started < waiting and is_held_up)


def test_the_settings_of_a_compute_target_say_how_large_it_is() -> None:
    def of(**settings: object) -> PoolSettings:
        return pool_settings(
            Compute(workspace="w", name="c", type="AmlCompute", settings=settings, created=0.0, modified=0.0)
        )

    assert of(min_nodes=1, max_nodes=4, vm_size="X", idle_seconds_before_scaledown=None) == PoolSettings(1, 4)
    assert of(max_nodes="four") == PoolSettings()
    assert of() == PoolSettings()
