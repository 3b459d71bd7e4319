"""Everything the engine works with, in one value."""

from collections.abc import Callable
from dataclasses import dataclass

from stepworks.clock import Clock
from stepworks.compute.base import Compute
from stepworks.engine.base import FindDatastore, GiveAccess, InputIdentities, ProducedData, RegisterOutput
from stepworks.environments.base import Environments
from stepworks.ids import NewId
from stepworks.objects.base import Objects
from stepworks.objects.livelogs import LiveLogs
from stepworks.records.base import Records
from stepworks.records.rows import Agent
from stepworks.runs.events import RunEvent


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Doors to the outside, and where time and ids come from.

    `is_alive` says whether an agent's process is certainly still there or may be; False only when it is known dead.
    """

    records: Records
    objects: Objects
    inputs: InputIdentities
    produced: ProducedData
    environments: Environments
    compute: Compute
    logs: LiveLogs
    publish: Callable[[RunEvent], None]
    give_access: GiveAccess
    find_datastore: FindDatastore
    register_output: RegisterOutput
    is_alive: Callable[[Agent], bool]
    clock: Clock
    new_id: NewId
