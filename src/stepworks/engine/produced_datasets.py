"""Outputs of steps as saved datasets: for inputs that are handed over instead of moved, and to be registered."""

from stepworks.datasets.plan import definition_id, to_json
from stepworks.datasets.produced import placed
from stepworks.ids import NewId
from stepworks.records.base import Transaction, eq
from stepworks.records.rows import Dataset
from stepworks.runs.values import Produced


def saved_output(
    tx: Transaction, workspace: str, reader: str | None, produced: Produced, *, new_id: NewId, now: float
) -> Dataset:
    """The dataset that an output is: its files, or what a reader makes of them. An equal definition is saved once."""
    plan = placed(reader, produced.datastore, produced.path)
    definition = definition_id(plan)
    known = tx.find(Dataset, eq("workspace", workspace), eq("definition", definition), limit=1)
    if known:
        return known[0]
    made = Dataset(
        id=new_id(),
        workspace=workspace,
        kind="tabular" if plan.is_tabular else "file",
        plan=to_json(plan),
        definition=definition,
        created=now,
    )
    tx.insert(made)
    return made
