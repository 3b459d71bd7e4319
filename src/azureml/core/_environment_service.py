"""Environments on the server: curated and registered ones.

Talks to `workspace._client`: `environments(workspace, EnvironmentQuery)` lists versions, newest first, or the newest
of each name; `environment_register(workspace, NewEnvironment)` numbers a version and gives its record, which keeps the
SDK's own form of the environment as `definition`. Curated environments are known here and need no server.
"""

from typing import TYPE_CHECKING, Any

from azureml.core._environment_spec import from_spec, to_spec
from azureml.exceptions import UserErrorException
from azureml.exceptions._lookups import EnvironmentNotFound

if TYPE_CHECKING:
    from azureml.core.environment import Environment
    from azureml.core.workspace import Workspace
    from stepworks.wire.assets import EnvironmentRecord

_NEWEST = "latest"


class EnvironmentsByName(dict[str, "Environment"]):
    """Environments by name; curated ones are found whatever the case of the letters (published code relies on it)."""

    def __missing__(self, name: str) -> "Environment":
        found = _curated(name, None)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and _curated(name, None) is not None)

    def get(self, name: str, default: Any = None) -> Any:
        """The environment of that name, or the default."""
        try:
            return self[name]
        except KeyError:
            return default


def get(workspace: "Workspace", name: str, version: str | None, label: str | None) -> "Environment":
    """One environment, the newest version unless one is given.

    Raises EnvironmentNotFound, and UserErrorException for version and label together or an unknown label.
    """
    if version is not None and label is not None:
        raise UserErrorException("Environment.get takes version or label, not both.")
    if label is not None and label.lower() != _NEWEST:
        raise UserErrorException(f"Environments have no label {label!r} here: only 'Latest'. Use version.")
    curated = _curated(name, version)
    if curated is not None:
        return curated
    from stepworks.wire.assets import EnvironmentQuery

    wanted = None if version is None or str(version).lower() == _NEWEST else str(version)
    found = workspace._client.environments(workspace.name, EnvironmentQuery(name=name, version=wanted))
    if not found:
        raise _not_found(workspace, name, wanted)
    return _from_record(found[0])


def list_all(workspace: "Workspace") -> EnvironmentsByName:
    """The newest version of each environment, and all curated ones."""
    from stepworks.environments.curated import list_curated
    from stepworks.wire.assets import EnvironmentQuery

    registered = workspace._client.environments(workspace.name, EnvironmentQuery())
    environments = EnvironmentsByName({e.name: _from_record(e) for e in registered})
    for name in list_curated():
        environments[name] = environments[name]
    return environments


def register(workspace: "Workspace", environment: "Environment") -> "Environment":
    """Keep an environment; without a version it gets the next number, or keeps that of an equal newest one.

    UserErrorException for a name that is a curated environment's.
    """
    from stepworks.environments.curated import is_curated
    from stepworks.wire.assets import NewEnvironment

    if not environment.name:
        raise UserErrorException("An environment needs a name to be registered.")
    if is_curated(environment.name):
        raise UserErrorException(
            f"'{environment.name}' cannot be registered: names that begin with AzureML- are the curated environments'. "
            "Use environment.clone(new_name)."
        )
    new = NewEnvironment(
        name=environment.name,
        version=environment.version,
        spec=to_spec(environment),
        definition=environment._to_dict(),
    )
    return _from_record(workspace._client.environment_register(workspace.name, new))


def _not_found(workspace: "Workspace", name: str, version: str | None) -> EnvironmentNotFound:
    from stepworks.wire.assets import EnvironmentQuery

    others = workspace._client.environments(workspace.name, EnvironmentQuery(name=name)) if version is not None else []
    if others:
        versions = ", ".join(e.version for e in others)
        return EnvironmentNotFound(f"Environment '{name}' has no version '{version}'. It has: {versions}.")
    return EnvironmentNotFound.of(name, known=list_all(workspace), workspace=workspace.name)


def _curated(name: str, version: str | None) -> "Environment | None":
    from stepworks.environments.curated import curated, is_curated
    from stepworks.errors import NotFound

    if not is_curated(name):
        return None
    try:
        found = from_spec(curated(name))
    except NotFound:
        return None
    if version is not None:
        found.version = str(version)
    return found


def _from_record(record: "EnvironmentRecord") -> "Environment":
    from azureml.core.environment import Environment

    found = Environment._from_dict(record.definition) if record.definition else from_spec(record.spec)
    found.name = record.name
    found.version = record.version
    return found
