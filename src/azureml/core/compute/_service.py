"""Compute targets on the server. Everything here goes through `workspace._client`.

It uses `compute_create(workspace, NewCompute)`, which also changes the target of that name, `compute`, `computes`,
`compute_delete`, and `secret_set`/`secret` for what logs in to an attached target.
"""

import re
import zlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from azureml.exceptions import ComputeTargetException, UserErrorException
from azureml.exceptions._lookups import ComputeTargetNotFound

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import ComputeRecord

_TAKEN = ("amlcompute", "containerinstance", "local")


def get(workspace: "Workspace", name: str) -> "ComputeRecord":
    """A compute target's record. Raises ComputeTargetNotFound with the near name."""
    from stepworks.errors import NotFound

    try:
        return workspace._client.compute(workspace.name, name)
    except NotFound as e:
        known = [c.name for c in list_all(workspace)]
        raise ComputeTargetNotFound.of(name, known=known, workspace=workspace.name, inner_exception=e) from e


def list_all(workspace: "Workspace") -> "list[ComputeRecord]":
    """The records of all compute targets, by name."""
    return workspace._client.computes(workspace.name)


def put(workspace: "Workspace", name: str, kind: str, settings: Mapping[str, Any]) -> "ComputeRecord":
    """Make a compute target, or change the one of that name.

    UserErrorException for a name that is taken by the SDK itself, ComputeTargetException for what the server refuses.
    """
    from stepworks.errors import Conflict, InvalidInput
    from stepworks.wire.assets import NewCompute

    if str(name).lower() in _TAKEN:
        raise UserErrorException(f"'{name}' cannot be a compute target's name: {', '.join(_TAKEN)} are taken.")
    try:
        return workspace._client.compute_create(
            workspace.name, NewCompute(name=name, type=kind, settings=dict(settings))
        )
    except (InvalidInput, Conflict) as e:
        raise ComputeTargetException(str(e), inner_exception=e) from e


def delete(workspace: "Workspace", name: str) -> None:
    """Remove a compute target. Raises ComputeTargetNotFound."""
    from stepworks.errors import NotFound

    try:
        workspace._client.compute_delete(workspace.name, name)
    except NotFound as e:
        raise ComputeTargetNotFound.of(name, workspace=workspace.name, inner_exception=e) from e


def keep_credentials(workspace: "Workspace", name: str, credentials: Mapping[str, str]) -> None:
    """Keep what logs in to a compute target, encrypted in the key vault of the workspace."""
    for field, value in credentials.items():
        if value:
            workspace._client.secret_set(workspace.name, _secret_name(name, field), value)


def forget_credentials(workspace: "Workspace", name: str, fields: Iterable[str]) -> None:
    """Take out of the key vault what logged in to a compute target that is gone."""
    from stepworks.errors import NotFound

    for field in fields:
        try:
            workspace._client.secret_delete(workspace.name, _secret_name(name, field))
        except NotFound:
            continue


def credential(workspace: "Workspace", name: str, field: str) -> str | None:
    """A kept credential, or None."""
    from stepworks.errors import NotFound

    try:
        return workspace._client.secret(workspace.name, _secret_name(name, field))
    except NotFound:
        return None


def _secret_name(name: str, field: str) -> str:
    # Names of secrets have no '_'. The checksum keeps "a_b" and "a-b" apart: they are two targets.
    plain = re.sub(r"[^a-zA-Z0-9-]", "-", name)
    if plain != name:
        plain = f"{plain}-{zlib.crc32(name.encode()):08x}"
    return f"compute-{plain}-{field.replace('_', '-')}"
