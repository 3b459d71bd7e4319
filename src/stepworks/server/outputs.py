"""Outputs that are to be registered as datasets when their step has succeeded."""

from stepworks.clock import Clock
from stepworks.engine.base import RegisterOutput
from stepworks.engine.produced_datasets import saved_output
from stepworks.graph.document import Output
from stepworks.ids import NewId
from stepworks.records import rows
from stepworks.records.base import Transaction, eq
from stepworks.runs.values import Produced


def register_output(clock: Clock, new_id: NewId) -> RegisterOutput:
    """The engine's hook: saves the dataset of an output and registers it as the next version of its name.

    A newest version of equal definition stays as it is.
    """

    def register(tx: Transaction, run: rows.Run, output: Output, produced: Produced) -> None:
        registration = output.register
        if registration is None:
            return
        now = clock.now()
        dataset = saved_output(tx, run.workspace, output.reader, produced, new_id=new_id, now=now)
        of_name = (eq("workspace", run.workspace), eq("name", registration.name))
        newest = tx.find(rows.DatasetVersion, *of_name, order=("-version",), limit=1)
        if newest and newest[0].dataset == dataset.id:
            return
        version = rows.DatasetVersion(
            workspace=run.workspace,
            name=registration.name,
            version=newest[0].version + 1 if newest else 1,
            dataset=dataset.id,
            kind=dataset.kind,
            description=registration.description,
            tags=registration.tags,
            created=now,
        )
        tx.insert(version)

    return register
