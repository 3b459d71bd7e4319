"""The key vault: secrets, encrypted at rest."""

import re

from stepworks.errors import InvalidInput, NotFound
from stepworks.records import rows
from stepworks.records.base import eq
from stepworks.server import lookup
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.wire.assets import NewSecret, SecretValue

_NAME = re.compile(r"[a-zA-Z0-9-]{1,127}", re.ASCII)


def set_secret(services: Services, workspace: str, name: str, body: NewSecret) -> SecretValue:
    """Keep a secret; one of the same name is replaced."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} cannot be a secret's name.", target="name", remedy="Names have 1 to 127 letters, digits or '-'."
        )
    row = rows.Secret(
        workspace=workspace, name=name, value=services.vault.encrypt(body.value), created=services.clock.now()
    )
    with services.records.read() as view:
        lookup.workspace(view, workspace)
    services.records.write(lambda tx: tx.put(row))
    return SecretValue(name)


def get_secret(services: Services, workspace: str, name: str) -> SecretValue:
    """A secret's value."""
    with services.records.read() as view:
        found = view.get(rows.Secret, workspace, name)
    if found is None:
        raise NotFound(f"The key vault of workspace {workspace!r} has no secret {name!r}.", target=name)
    return SecretValue(name, services.vault.decrypt(found.value))


def list_secrets(services: Services, workspace: str) -> list[SecretValue]:
    """Names of secrets, without values."""
    with services.records.read() as view:
        lookup.workspace(view, workspace)
        return [
            SecretValue(str(v[0]))
            for v in view.values(rows.Secret, ("name",), eq("workspace", workspace), order=("name",))
        ]


def delete_secret(services: Services, workspace: str, name: str) -> None:
    """Forget a secret."""
    if not services.records.write(lambda tx: tx.delete(rows.Secret, eq("workspace", workspace), eq("name", name))):
        raise NotFound(f"The key vault of workspace {workspace!r} has no secret {name!r}.", target=name)


ROUTES = (
    Route("PUT", "/workspaces/{workspace}/secrets/{name}", set_secret, SecretValue),
    Route("GET", "/workspaces/{workspace}/secrets/{name}", get_secret, SecretValue),
    Route("GET", "/workspaces/{workspace}/secrets", list_secrets, list[SecretValue]),
    Route("DELETE", "/workspaces/{workspace}/secrets/{name}", delete_secret),
)
