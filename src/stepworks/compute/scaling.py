"""How pools grow and shrink and who starts next, as decisions over values.

A node is a slot: one attempt. A pool has at most `max_nodes` nodes; one is added when an attempt starts and none is
idle, and taken away when it was idle for longer than the pool keeps it, down to `min_nodes`.
"""

from collections import deque
from collections.abc import Iterable, Mapping

import msgspec

from stepworks.compute.base import NodeCounts, PoolSettings


class PoolState(msgspec.Struct, frozen=True):
    """A pool between two events: `busy` nodes, and since when each idle one is idle, longest first."""

    settings: PoolSettings
    busy: int = 0
    idle_since: tuple[float, ...] = ()

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return self.busy + len(self.idle_since)

    @property
    def is_full(self) -> bool:
        """Whether no further attempt may start."""
        return self.busy >= self.settings.max_nodes


def new_pool(settings: PoolSettings, now: float) -> PoolState:
    """A pool with the nodes it always keeps."""
    return PoolState(settings, 0, (now,) * settings.min_nodes)


def resized(pool: PoolState, settings: PoolSettings, now: float) -> PoolState:
    """The pool with other limits: what runs goes on, idle nodes follow."""
    missing = max(0, settings.min_nodes - pool.nodes)
    room = max(0, settings.max_nodes - pool.busy)
    kept = pool.idle_since[-room:] if room else ()
    return PoolState(settings, pool.busy, kept + (now,) * missing)


def after_start(pool: PoolState) -> PoolState:
    """An attempt starts: on the node that fell idle last, or a new one."""
    return PoolState(pool.settings, pool.busy + 1, pool.idle_since[:-1])


def after_end(pool: PoolState, now: float) -> PoolState:
    """An attempt ends; its node is idle now, unless the pool was made smaller meanwhile."""
    busy = pool.busy - 1
    if busy + len(pool.idle_since) >= pool.settings.max_nodes:
        return PoolState(pool.settings, busy, pool.idle_since)
    return PoolState(pool.settings, busy, (*pool.idle_since, now))


def scaled_down(pool: PoolState, now: float) -> PoolState:
    """The pool without the nodes that were idle for too long."""
    spare = pool.nodes - pool.settings.min_nodes
    gone = 0
    while (
        gone < min(spare, len(pool.idle_since))
        and now - pool.idle_since[gone] >= pool.settings.idle_seconds_before_scaledown
    ):
        gone += 1
    return PoolState(pool.settings, pool.busy, pool.idle_since[gone:]) if gone else pool


def node_counts(pool: PoolState, waiting: int) -> NodeCounts:
    """The nodes as people and `AmlComputeStatus` see them."""
    wanted = min(max(pool.nodes, pool.busy + waiting), pool.settings.max_nodes)
    return NodeCounts(current=pool.nodes, target=max(pool.busy, wanted), running=pool.busy, idle=len(pool.idle_since))


class Group(msgspec.Struct, frozen=True):
    """The attempts of one run that wait in one pool."""

    pool: str
    run: str
    waiting: int


class Start(msgspec.Struct, frozen=True):
    """The next attempt of a group starts on an agent."""

    group: tuple[str, str]
    agent: str


def starts(groups: Iterable[Group], pools: Mapping[str, PoolState], free: Mapping[str, int]) -> list[Start]:
    """Which waiting attempts start where.

    `groups` are in the order of whose turn it is: each starts one, then the next; a full pool holds up only its own.
    `free` are the slots that are left on each agent; the one with the most is taken first.
    """
    slots = dict(free)
    left = sum(slots.values())
    room = {name: pool.settings.max_nodes - pool.busy for name, pool in pools.items()}
    turns = deque((group.pool, group.run, group.waiting) for group in groups)
    found: list[Start] = []
    while left and turns:
        pool, run, waiting = turns.popleft()
        if room[pool] <= 0:
            continue
        agent = max(slots, key=slots.__getitem__)
        slots[agent] -= 1
        left -= 1
        room[pool] -= 1
        found.append(Start((pool, run), agent))
        if waiting > 1:
            turns.append((pool, run, waiting - 1))
    return found
