"""What the compute classes ask of the server: targets by name, and the secrets of what was attached."""

import zlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from azureml.core.compute._kinds import LOCAL_TYPE
from azureml.exceptions import ComputeTargetException
from azureml.exceptions._lookups import ComputeTargetNotFound

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ComputeRecord

LOCAL = "local"


def find(workspace: "Workspace", name: str) -> "ComputeRecord":
    """The target of that name; "local" is always there (contracts §20). Raises ComputeTargetNotFound."""
    from stepworks.errors import NotFound
    from stepworks.wire.assets import ComputeRecord

    if name == LOCAL:
        return ComputeRecord(name=LOCAL, type=LOCAL_TYPE, settings={}, created=0.0, modified=0.0)
    try:
        return workspace._client.compute(workspace.name, name)
    except NotFound as e:
        known = [c.name for c in records(workspace)]
        raise ComputeTargetNotFound.of(name, known=known, workspace=workspace.name) from e


def records(workspace: "Workspace") -> "list[ComputeRecord]":
    """The targets that were made or attached in the workspace."""
    return workspace._client.computes(workspace.name)


def store(
    workspace: "Workspace",
    name: str,
    type: str,
    *,
    settings: Mapping[str, object],
    secrets: Mapping[str, str] | None = None,
) -> "ComputeRecord":
    """Make a target, or change the one of that name; secrets go to the key vault, never into the settings.

    Raises ComputeTargetException for a name or settings that the server refuses.
    """
    from stepworks.errors import Conflict, InvalidInput
    from stepworks.wire.assets import NewCompute

    new = NewCompute(name=name, type=type, settings={k: v for k, v in settings.items() if v is not None})
    try:
        record = workspace._client.compute_create(workspace.name, new)
    except (InvalidInput, Conflict) as e:
        raise ComputeTargetException(str(e), inner_exception=e) from e
    for key, value in (secrets or {}).items():
        if value:
            workspace._client.secret_set(workspace.name, _secret_name(name, key), value)
    return record


def remove(workspace: "Workspace", name: str, *, secrets: Iterable[str] = ()) -> None:
    """Forget a target and its secrets. Raises ComputeTargetNotFound."""
    from stepworks.errors import NotFound

    try:
        workspace._client.compute_delete(workspace.name, name)
    except NotFound as e:
        raise ComputeTargetNotFound.of(name, workspace=workspace.name) from e
    for key in secrets:
        try:
            workspace._client.secret_delete(workspace.name, _secret_name(name, key))
        except NotFound:
            continue


def secret(workspace: "Workspace", name: str, key: str) -> str:
    """A secret that was given when the target was attached; empty when there was none."""
    from stepworks.errors import NotFound

    try:
        return workspace._client.secret(workspace.name, _secret_name(name, key)) or ""
    except NotFound:
        return ""


def _secret_name(name: str, key: str) -> str:
    # Names of secrets have no '_'; the checksum keeps "a_b" and "a-b" apart.
    if "_" in name:
        name = f"{name.replace('_', '-')}-{zlib.crc32(name.encode()):08x}"
    return f"compute-{name}-{key}"
