"""Agents and the attempts they hold: sessions, queues, slots, orders. All in memory; leases are in the records.

Registering, opening the stream of orders and losing it are three events: an agent has room while its stream is open;
a stream that breaks loses nothing, since orders that were not acknowledged are sent again on the next one.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from stepworks.clock import Clock
from stepworks.compute.base import DEFAULT_POOL, NodeCounts, Placement, PoolSettings, Queued, Send, pool_name
from stepworks.compute.scaling import (
    Group,
    PoolState,
    after_end,
    after_start,
    new_pool,
    node_counts,
    resized,
    scaled_down,
    starts,
)
from stepworks.errors import NotFound
from stepworks.wire.agent import Order, RunAttempt, StopAgent


class Stream(NamedTuple):
    """An open stream of orders to an agent; two are never equal."""

    agent: str
    send: Send
    number: int


@dataclass
class _Session:
    slots: int
    stream: Stream | None = None
    # Since when no stream is open.
    apart: float | None = None
    running: set[str] = field(default_factory=set[str])
    # By attempt: the order to run it until it was acknowledged, the order to end it until it has ended.
    to_send_again: dict[str, list[Order]] = field(default_factory=dict[str, list[Order]])


class AgentPools:
    """The one implementation of `Compute`: agents connect to us, wherever they run."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._sessions: dict[str, _Session] = {}
        self._pools: dict[str, PoolState] = {DEFAULT_POOL: PoolState(PoolSettings())}
        # In the order of whose turn it is: (pool, run) → attempts, in the order they came.
        self._groups: dict[tuple[str, str], OrderedDict[str, None]] = {}
        self._queued: dict[str, Queued] = {}
        self._placed: dict[str, tuple[str, str]] = {}
        self._numbers = count(1)
        self._on_room: Callable[[], None] = lambda: None

    # --- what the server calls

    def attach(self, agent: str, send: Send) -> Stream:
        """An agent's stream of orders is open: what it may have missed is sent again, and it has room.

        `send` may be called from any thread and must not wait. Raises NotFound when the agent has not registered.
        """
        with self._lock:
            session = self._sessions.get(agent)
            if session is None:
                raise NotFound(f"Agent {agent!r} isn't registered here.", target=agent, remedy="Register it again.")
            session.stream, session.apart = Stream(agent, send, next(self._numbers)), None
            missed = [order for orders in session.to_send_again.values() for order in orders]
            stream = session.stream
        for order in missed:
            send(order)
        self._on_room()
        return stream

    def detach(self, stream: Stream) -> None:
        """A stream of orders is gone; does nothing when the agent has opened another since."""
        with self._lock:
            session = self._sessions.get(stream.agent)
            if session is not None and session.stream is stream:
                session.stream, session.apart = None, self._clock.now()

    @property
    def agents(self) -> int:
        """How many agents are connected."""
        with self._lock:
            return sum(s.stream is not None for s in self._sessions.values())

    @property
    def slots(self) -> int:
        """How many attempts may run at once."""
        with self._lock:
            return sum(s.slots for s in self._sessions.values() if s.stream is not None)

    @property
    def busy(self) -> int:
        """How many attempts run."""
        with self._lock:
            return len(self._placed)

    @property
    def waiting(self) -> int:
        """How many attempts wait for a place."""
        with self._lock:
            return len(self._queued)

    # --- agents, for the engine

    def when_there_is_room(self, then: Callable[[], None]) -> None:
        """Call `then` whenever an agent was attached."""
        self._on_room = then

    def register(self, agent: str, slots: int) -> None:
        """An agent has said who it is."""
        with self._lock:
            session = self._sessions.get(agent)
            if session is None:
                self._sessions[agent] = _Session(slots, apart=self._clock.now())
            else:
                session.slots = slots

    def forget(self, agent: str) -> tuple[str, ...]:
        """An agent is gone for good; the attempts that were on it."""
        with self._lock:
            session = self._sessions.pop(agent, None)
            return tuple(session.running) if session is not None else ()

    def apart_for(self, seconds: float) -> tuple[str, ...]:
        """Agents whose stream has been closed for at least that long."""
        with self._lock:
            limit = self._clock.now() - seconds
            return tuple(a for a, s in self._sessions.items() if s.apart is not None and s.apart <= limit)

    def is_registered(self, agent: str) -> bool:
        """Whether an agent has said who it is."""
        with self._lock:
            return agent in self._sessions

    def is_connected(self, agent: str) -> bool:
        """Whether an agent's stream is open."""
        with self._lock:
            session = self._sessions.get(agent)
            return session is not None and session.stream is not None

    def connected(self) -> tuple[str, ...]:
        """The agents whose stream is open."""
        with self._lock:
            return tuple(a for a, s in self._sessions.items() if s.stream is not None)

    def is_to_be_sent(self, attempt: str) -> bool:
        """Whether the order of an attempt will be sent (again) when its agent's stream opens."""
        with self._lock:
            placed = self._placed.get(attempt)
            session = self._sessions.get(placed[1]) if placed is not None else None
            orders = session.to_send_again.get(attempt, ()) if session is not None else ()
            return any(isinstance(order, RunAttempt) for order in orders)

    # --- Compute

    def configure(self, workspace: str, name: str, settings: PoolSettings) -> None:
        pool = pool_name(workspace, name)
        with self._lock:
            known = self._pools.get(pool)
            now = self._clock.now()
            if known is None:
                self._pools[pool] = new_pool(settings, now)
            elif known.settings != settings:
                self._pools[pool] = resized(known, settings, now)
        self._on_room()

    def is_configured(self, pool: str) -> bool:
        with self._lock:
            return pool in self._pools

    def remove(self, workspace: str, name: str) -> None:
        pool = pool_name(workspace, name)
        with self._lock:
            known = self._pools.get(pool)
            if known is not None and (known.busy or any(q.pool == pool for q in self._queued.values())):
                self._pools[pool] = resized(known, PoolSettings(), self._clock.now())
            else:
                self._pools.pop(pool, None)

    def enqueue(self, attempt: Queued) -> None:
        with self._lock:
            self._make(attempt.pool)
            self._queued[attempt.attempt] = attempt
            self._groups.setdefault((attempt.pool, attempt.run), OrderedDict())[attempt.attempt] = None

    def withdraw(self, attempt: str) -> bool:
        with self._lock:
            queued = self._queued.pop(attempt, None)
            if queued is None:
                return False
            group = self._groups[queued.pool, queued.run]
            del group[attempt]
            if not group:
                del self._groups[queued.pool, queued.run]
            return True

    def place(self) -> list[Placement]:
        with self._lock:
            free = {
                a: room
                for a, s in self._sessions.items()
                if s.stream is not None and (room := s.slots - len(s.running)) > 0
            }
            if not free or not self._queued:
                return []
            found: list[Placement] = []
            for start in starts(self._turns(), self._pools, free):
                attempt = self._take(start.group)
                self._put(attempt, start.group[0], start.agent)
                found.append(Placement(attempt, start.agent))
            return found

    def adopt(self, attempt: Queued, agent: str) -> None:
        with self._lock:
            if attempt.attempt not in self._placed:
                self._sessions.setdefault(agent, _Session(0, apart=self._clock.now()))
                self._put(attempt.attempt, attempt.pool, agent)

    def release(self, attempt: str) -> None:
        with self._lock:
            placed = self._placed.pop(attempt, None)
            if placed is None:
                return
            pool, agent = placed
            self._pools[pool] = after_end(self._pools[pool], self._clock.now())
            session = self._sessions.get(agent)
            if session is not None:
                session.running.discard(attempt)
                session.to_send_again.pop(attempt, None)

    def hand_out(self, agent: str, order: Order) -> None:
        with self._lock:
            session = self._sessions.get(agent)
            if session is None:
                return
            if not isinstance(order, StopAgent) and order.attempt in session.running:
                session.to_send_again.setdefault(order.attempt, []).append(order)
            stream = session.stream
        if stream is not None:
            stream.send(order)

    def acknowledge(self, attempt: str) -> None:
        with self._lock:
            placed = self._placed.get(attempt)
            session = self._sessions.get(placed[1]) if placed is not None else None
            if session is not None and (orders := session.to_send_again.pop(attempt, None)) is not None:
                cancels: list[Order] = [order for order in orders if not isinstance(order, RunAttempt)]
                if cancels:
                    session.to_send_again[attempt] = cancels

    def scale_down(self) -> None:
        with self._lock:
            now = self._clock.now()
            for name, pool in self._pools.items():
                self._pools[name] = scaled_down(pool, now)

    def nodes(self, workspace: str, name: str) -> NodeCounts:
        pool = pool_name(workspace, name)
        with self._lock:
            known = self._pools.get(pool)
            waiting = sum(q.pool == pool for q in self._queued.values())
            return NodeCounts() if known is None else node_counts(known, waiting)

    # --- inside

    def _turns(self) -> Iterator[Group]:
        return (Group(pool, run, len(attempts)) for (pool, run), attempts in self._groups.items())

    def _take(self, group: tuple[str, str]) -> str:
        attempts = self._groups.pop(group)
        attempt, _ = attempts.popitem(last=False)
        del self._queued[attempt]
        if attempts:
            # This run had its turn: the others come before it again.
            self._groups[group] = attempts
        return attempt

    def _make(self, pool: str) -> None:
        if pool not in self._pools:
            self._pools[pool] = new_pool(PoolSettings(), self._clock.now())

    def _put(self, attempt: str, pool: str, agent: str) -> None:
        self._make(pool)
        self._placed[attempt] = (pool, agent)
        self._pools[pool] = after_start(self._pools[pool])
        self._sessions[agent].running.add(attempt)
