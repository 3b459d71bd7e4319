"""Outputs that are to be registered as datasets when their step has succeeded."""

import msgspec

from stepworks.clock import Clock
from stepworks.datasets.plan import Plan, definition_id, from_json, to_json
from stepworks.datasets.source import DatastorePath, Files
from stepworks.engine.base import RegisterOutput
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
        plan = plan_of(output, produced)
        kind = "tabular" if plan.is_tabular else "file"
        definition = definition_id(plan)
        known = tx.find(rows.Dataset, eq("workspace", run.workspace), eq("definition", definition), limit=1)
        now = clock.now()
        if known:
            dataset = known[0]
        else:
            dataset = rows.Dataset(
                id=new_id(), workspace=run.workspace, kind=kind, plan=to_json(plan), definition=definition, created=now
            )
            tx.insert(dataset)
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


def plan_of(output: Output, produced: Produced) -> Plan:
    """The dataset that an output is: its files, or what its reader makes of them.

    A reader is an encoded plan whose source has no paths: the produced files take their place.
    """

    paths = (DatastorePath(produced.datastore, produced.path),)
    if output.reader is None:
        return Plan(Files(paths))
    reader = from_json(output.reader)
    return Plan(msgspec.structs.replace(reader.source, paths=paths), reader.operations)
