"""What datasets and datastores ask of the server; the only module of `azureml.data` that does.

It uses `workspace._client` and of that: `dataset_save`, `dataset`, `dataset_register`, `dataset_versions`,
`dataset_change`, `dataset_unregister`; `datastores`, `files`, `file_write`, `file_read`.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException
from azureml.exceptions._lookups import DatasetNotFound
from stepworks.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.data.abstract_dataset import AbstractDataset
    from stepworks.datasets.plan import Plan
    from stepworks.wire.data import DatasetRecord, DatastoreRecord, FileRecord

_CHUNK = 1 << 20

# --- datasets


def save(workspace: "Workspace", plan: "Plan") -> "DatasetRecord":
    """Save a definition, so that a step can find it by id; an equal one keeps its id."""
    import msgspec

    from stepworks.datasets.plan import definition_id, to_json
    from stepworks.wire.data import NewDataset

    kind = "tabular" if plan.is_tabular else "file"
    new = NewDataset(kind=kind, plan=msgspec.Raw(to_json(plan)), definition=definition_id(plan))
    return workspace._client.dataset_save(workspace.name, new)


def register(
    workspace: "Workspace",
    saved: str,
    name: str,
    *,
    description: str | None,
    tags: Mapping[str, str] | None,
    create_new_version: bool,
) -> "DatasetRecord":
    """Register a saved definition under a name. Raises UserErrorException when the name is taken, or the definition
    is known under another."""
    from stepworks.wire.data import RegisterDataset

    registration = RegisterDataset(
        name=name,
        dataset=saved,
        create_new_version=create_new_version,
        description=description,
        tags={str(k): str(v) for k, v in (tags or {}).items()},
    )
    try:
        return workspace._client.dataset_register(workspace.name, registration)
    except (Conflict, InvalidInput) as e:
        raise UserErrorException(str(e)) from e


def by_id(workspace: "Workspace", dataset_id: str) -> "AbstractDataset":
    """A saved dataset, registered or not. Raises DatasetNotFound."""
    try:
        return dataset_of(workspace, workspace._client.dataset(workspace.name, str(dataset_id)))
    except NotFound as e:
        raise DatasetNotFound.of(str(dataset_id), workspace=workspace.name) from e


def by_name(workspace: "Workspace", name: str, version: "int | str" = "latest") -> "AbstractDataset":
    """A registered dataset. Raises DatasetNotFound; also for a version that is neither a number nor "latest"."""
    from stepworks.wire.data import DatasetQuery

    number = _version(name, version)
    found = workspace._client.dataset_versions(workspace.name, DatasetQuery(name=name, version=number))
    if found:
        return dataset_of(workspace, found[0])
    known = [d.name for d in workspace._client.dataset_versions(workspace.name, DatasetQuery()) if d.name is not None]
    if name in known:
        versions = workspace._client.dataset_versions(workspace.name, DatasetQuery(name=name, all_versions=True))
        there = ", ".join(str(d.version) for d in reversed(versions))
        raise DatasetNotFound(f"The dataset '{name}' has no version {number}. Its versions: {there}.")
    raise DatasetNotFound.of(name, known=known, workspace=workspace.name)


def _version(name: str, version: "int | str | None") -> int | None:
    if version in (None, "latest"):
        return None
    try:
        return int(version)
    except (TypeError, ValueError) as e:
        raise DatasetNotFound(
            f"{version!r} cannot be a version of dataset '{name}': give a number, or 'latest'."
        ) from e


def all_registered(workspace: "Workspace") -> "dict[str, AbstractDataset]":
    """The newest version of each registered dataset, by name."""
    from stepworks.wire.data import DatasetQuery

    found = workspace._client.dataset_versions(workspace.name, DatasetQuery())
    return {d.name: dataset_of(workspace, d) for d in found if d.name is not None}


def change(
    workspace: "Workspace", record: "DatasetRecord", *, tags: Mapping[str, str | None] | None, description: str | None
) -> "DatasetRecord":
    """Change tags or description of a registered version; a tag of None is removed."""
    from stepworks.wire.data import DatasetChanges

    assert record.name is not None
    assert record.version is not None
    changes = DatasetChanges(tags=None if tags is None else dict(tags), description=description)
    return workspace._client.dataset_change(workspace.name, record.name, record.version, changes)


def unregister(workspace: "Workspace", name: str) -> None:
    """Forget all versions of a name."""
    workspace._client.dataset_unregister(workspace.name, name)


def dataset_of(workspace: "Workspace", record: "DatasetRecord") -> "AbstractDataset":
    """The dataset of a record."""
    from azureml.data.file_dataset import FileDataset
    from azureml.data.tabular_dataset import TabularDataset
    from stepworks.datasets.plan import from_json

    kind = TabularDataset if record.kind == "tabular" else FileDataset
    return kind._of(from_json(bytes(record.plan)), workspace, record)


# --- datastores


def datastores(workspace: "Workspace") -> "list[DatastoreRecord]":
    """All registered datastores."""
    return workspace._client.datastores(workspace.name)


def files(datastore: Any, *, prefix: str = "", glob: str | None = None) -> "list[FileRecord]":
    """Files whose paths start with `prefix` (as text), or which a path, folder or glob means; sorted by path."""
    workspace: Workspace = datastore.workspace
    return workspace._client.files(workspace.name, datastore.name, prefix=prefix, glob=glob)


def write_file(datastore: Any, path: str, source: Path, *, overwrite: bool) -> bool:
    """Store a file; False when one was there and stayed."""
    workspace: Workspace = datastore.workspace
    try:
        stored = workspace._client.file_write(
            workspace.name, datastore.name, path, _chunks(source), overwrite=overwrite
        )
    except InvalidInput as e:
        raise UserErrorException(str(e)) from e
    return not stored.skipped


def read_file(datastore: Any, path: str, target: Path) -> None:
    """Fetch a file to `target`, which appears complete or not at all."""
    workspace: Workspace = datastore.workspace
    workspace._client.file_read(workspace.name, datastore.name, path, target)


def _chunks(source: Path) -> Iterator[bytes]:
    with open(source, "rb") as f:
        while piece := f.read(_CHUNK):
            yield piece
