"""What the engine needs from outside, besides records, objects, environments and compute."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from stepworks.graph.document import DataPathValue, DatasetValue, Output
from stepworks.records.base import Transaction, View
from stepworks.records.rows import Run
from stepworks.runs.values import Produced
from stepworks.wire.agent import BoundDatastore


class InputIdentity(msgspec.Struct, frozen=True):
    """The content of a data path or dataset at one moment.

    `id` differs whenever a byte, a file's name or a dataset's definition does, wherever the data lie. `summary` is for
    people ("3 files, 12 kB"). `datastores` are those that hold the data; `is_file`: a data path that is one file.
    """

    id: str
    summary: str = ""
    datastores: tuple[str, ...] = ()
    is_file: bool = False


class InputIdentities(Protocol):
    """Looks at data that lie outside of runs. Called from several threads at once; may take as long as it needs."""

    def identity(self, workspace: str, source: DataPathValue | DatasetValue) -> InputIdentity:
        """What is there now; a data path with nothing at it is as good as an empty folder. Datasets come with their
        saved id. Raises DataMissing for a dataset without data, NotFound when the datastore is not there."""
        ...

    def files(self, workspace: str, identity: str) -> dict[str, str] | None:
        """Path → content of the files behind an identity that was given earlier; None when that is not kept."""
        ...


class ProducedData(Protocol):
    """Looks after what steps produced."""

    def is_quick(self, workspace: str, produced: Produced) -> bool:
        """Whether `verify` takes well under a millisecond: then it is asked on the spot, else in a thread."""
        ...

    def verify(self, view: View, workspace: str, produced: Produced) -> bool:
        """Whether every byte of an output is still where it was written. `view` is for looking up its datastore."""
        ...

    def deliver(self, workspace: str, produced: Produced, datastore: str, path: str) -> Produced:
        """Copy an output to the place where another run wants it, whole or not at all. May take as long as it needs.

        Raises NotFound or DataMissing when it cannot be had or brought there, Conflict when something else is there.
        """
        ...


class RunAccess(msgspec.Struct, frozen=True):
    """How a script reaches the server: `token_expiry` in seconds since the epoch."""

    endpoint: str
    token: str
    token_expiry: float


GiveAccess = Callable[[str], RunAccess]
"""The access of a step run (or script run), by its id."""

FindDatastore = Callable[[View, str, str], BoundDatastore]
"""The datastore of a workspace by name, as an agent reaches it. Raises NotFound."""

RegisterOutput = Callable[[Transaction, Run, Output, Produced], None]
"""Register an output of a step that has succeeded as a dataset version (`Output.register`), in the transaction that
ends the step. Called for reused steps too: what is registered already with equal content stays as it is."""
