"""The port of compute: attempts wait in pools, start on agents when there is room, and are handed out as orders.

What holds for every adapter: an attempt that was placed counts against its pool and its agent until it is released;
attempts of one run in one pool start in the order they came; runs take turns. `hand_out` is called after the records
have the lease: an order that an agent may not have received is sent again when it comes back.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec

from stepworks.records.rows import Compute as ComputeRow
from stepworks.wire.agent import Order

DEFAULT_POOL = "local"
"""The pool of everything without a compute target: limited by the agents' slots alone."""

UNLIMITED = 1 << 31


class PoolSettings(msgspec.Struct, frozen=True):
    """How large a pool may be, in the words of `AmlCompute`; without a size it is as large as the agents allow."""

    min_nodes: int = 0
    max_nodes: int = UNLIMITED
    idle_seconds_before_scaledown: float = 1800.0


class Queued(msgspec.Struct, frozen=True):
    """An attempt that waits for a place. `run` is the pipeline run it belongs to: runs take turns."""

    attempt: str
    pool: str
    run: str


class Placement(msgspec.Struct, frozen=True):
    """An attempt and the agent it starts on."""

    attempt: str
    agent: str


class NodeCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The nodes of a pool as `AmlComputeStatus` has them (contracts §19)."""

    current: int = 0
    target: int = 0
    running: int = 0
    idle: int = 0

    @property
    def states(self) -> dict[str, int]:
        """Nodes by state; a slot of a machine that is there is never preparing or leaving."""
        quiet = dict.fromkeys(("preparing", "unusable", "leaving", "preempted"), 0)
        return {"running": self.running, "idle": self.idle, **quiet}


Send = Callable[[Order], None]


class Compute(Protocol):
    """Knows agents and places attempts on them. Methods may be called from any thread."""

    # --- agents

    def register(self, agent: str, slots: int) -> None:
        """An agent has said who it is; it has room once its stream of orders is open."""
        ...

    def forget(self, agent: str) -> tuple[str, ...]:
        """An agent is gone for good; the attempts that were on it, which are still to be released."""
        ...

    def connected(self) -> tuple[str, ...]:
        """The agents whose stream is open."""
        ...

    def is_connected(self, agent: str) -> bool:
        """Whether an agent's stream is open."""
        ...

    def apart_for(self, seconds: float) -> tuple[str, ...]:
        """Agents whose stream has been closed for at least that long."""
        ...

    def when_there_is_room(self, then: Callable[[], None]) -> None:
        """Call `then` whenever there may be more room: an agent's stream was opened, a pool was changed."""
        ...

    # --- pools

    def configure(self, workspace: str, name: str, settings: PoolSettings) -> None:
        """Make the pool of a compute target, or change its size; what runs in it goes on."""
        ...

    def is_configured(self, pool: str) -> bool:
        """Whether a pool was made."""
        ...

    def remove(self, workspace: str, name: str) -> None:
        """A compute target is gone; what runs or waits in its pool goes on."""
        ...

    # --- attempts

    @property
    def waiting(self) -> int:
        """How many attempts wait for a place."""
        ...

    def enqueue(self, attempt: Queued) -> None:
        """Let an attempt wait for a place."""
        ...

    def withdraw(self, attempt: str) -> bool:
        """Take a waiting attempt out again; False when it does not wait (any more)."""
        ...

    def place(self) -> list[Placement]:
        """Give waiting attempts the room there is; each counts as running from now on."""
        ...

    def adopt(self, attempt: Queued, agent: str) -> None:
        """Count an attempt that runs on an agent already, after a restart."""
        ...

    def release(self, attempt: str) -> None:
        """An attempt is over: its room is free again. One that is not known is passed over."""
        ...

    def hand_out(self, agent: str, order: Order) -> None:
        """Send an order. To run an attempt is kept and sent again, on a new stream, until `acknowledge`; to end one
        until `release`. Nothing is sent to an agent that is not known."""
        ...

    def acknowledge(self, attempt: str) -> None:
        """The agent has the order of this attempt."""
        ...

    def is_to_be_sent(self, attempt: str) -> bool:
        """Whether the order to run an attempt will be sent again when its agent's stream opens."""
        ...

    def scale_down(self) -> None:
        """Let nodes go that were idle for longer than their pool keeps them."""
        ...

    def nodes(self, workspace: str, name: str) -> NodeCounts:
        """The nodes of a compute target right now."""
        ...


def pool_settings(row: ComputeRow) -> PoolSettings:
    """The pool that a compute target stands for; settings that make no sense are passed over."""
    try:
        return msgspec.convert({k: v for k, v in row.settings.items() if v is not None}, PoolSettings, strict=False)
    except msgspec.ValidationError:
        return PoolSettings()


def pool_name(workspace: str, compute: str) -> str:
    """What the pool of a compute target is called."""
    return f"{workspace}/{compute}"
