"""What route handlers work with; put together by `stepworks.embedded`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepworks.clock import Clock
from stepworks.home import Home
from stepworks.ids import NewId
from stepworks.objects.base import Objects
from stepworks.records.base import Records
from stepworks.secrets import Vault
from stepworks.server.activity import Activity
from stepworks.server.bus import Bus
from stepworks.wire.agent import RunAttempt

if TYPE_CHECKING:
    from stepworks.compute.pools import AgentPools
    from stepworks.engine.driver import Engine
    from stepworks.objects.livelogs import LiveLogs


@dataclass(frozen=True)
class Services:
    """The parts of a running server."""

    home: Home
    records: Records
    objects: Objects
    engine: "Engine"
    pools: "AgentPools"
    live_logs: "LiveLogs"
    bus: Bus
    activity: Activity
    vault: Vault
    clock: Clock
    new_id: NewId
    token: str
    url: str
    started: float
    database: str
    stop: Callable[[], None]
    order_again: Callable[[str], RunAttempt]
    loopback_only: bool = True
