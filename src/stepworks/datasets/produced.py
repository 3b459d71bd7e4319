"""Readers: how a step's output is read as a dataset, said before anything knows where the output will lie.

A reader is the JSON of a plan whose source reads below `OUTPUT` instead of a datastore; it travels in the graph
(`Output.reader`, `Input.reader`). Whoever knows the place asks `placed` for the plan.
"""

from msgspec.structs import replace

from stepworks.datasets.plan import Plan, from_json, to_json
from stepworks.datasets.source import DataPath, DatastorePath, Files, SqlQuery
from stepworks.errors import InvalidInput

OUTPUT = "{output}"


def below_output(glob: str | None = None) -> tuple[DataPath, ...]:
    """The paths of a source that reads a step's output: all of it, or the files that fit a glob."""
    return (DatastorePath(OUTPUT, glob or ""),)


def reader(plan: Plan) -> str:
    """The text of a reader, from a plan over `below_output`."""
    return to_json(plan).decode()


def placed(reader: str | None, datastore: str, path: str) -> Plan:
    """The plan over an output that lies at `path`; without a reader, of its files.

    Raises InvalidInput for a text that is no reader.
    """
    plan = Plan(Files(below_output())) if reader is None else from_json(reader)
    if isinstance(plan.source, SqlQuery):
        raise InvalidInput("A step's output is not read by a query.", target="reader")
    paths = tuple(_placed(p, datastore, path) for p in plan.source.paths)
    return Plan(replace(plan.source, paths=paths), plan.operations)


def _placed(part: DataPath, datastore: str, path: str) -> DataPath:
    if not isinstance(part, DatastorePath) or part.datastore != OUTPUT:
        return part
    return DatastorePath(datastore, "/".join(p for p in (path.strip("/"), part.path.strip("/")) if p))
