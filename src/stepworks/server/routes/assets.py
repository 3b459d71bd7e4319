"""Models and environments."""

import re
from collections.abc import Sequence

import msgspec

from stepworks.data.paths import strict
from stepworks.errors import InvalidInput, NotFound
from stepworks.records import rows
from stepworks.records.base import Transaction, View, Where, eq, prefix
from stepworks.server import lookup
from stepworks.server.records_out import environment_record, model_record
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.wire.assets import (
    EnvironmentQuery,
    EnvironmentRecord,
    ModelChanges,
    ModelQuery,
    ModelRecord,
    NewEnvironment,
    NewModel,
)

_MODEL_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9\-._]{0,254}", re.ASCII)


def register_model(services: Services, workspace: str, body: NewModel) -> ModelRecord:
    """Register a model version: from a run's artifacts, or from objects that were uploaded."""
    if not _MODEL_NAME.fullmatch(body.name):
        raise InvalidInput(
            f"{body.name!r} cannot be a model's name.",
            target="name",
            remedy="Names have 1 to 255 letters, digits, '-', '.' or '_', and begin with a letter or digit.",
        )

    for name in body.files:
        # Whoever fetches the model makes files of these names.
        if strict(name, what="file name") != name or not name:
            raise InvalidInput(f"{name!r} cannot be the name of a model's file.", target="files")

    def work(tx: Transaction) -> rows.Model:
        lookup.workspace(tx, workspace)
        files, is_file, experiment = body.files, body.is_file, None
        if body.run is not None:
            run = lookup.run(tx, body.run)
            experiment = run.experiment
            if body.path is not None:
                files, is_file = _files_of_run(tx, run.id, body.path)
        model = rows.Model(
            workspace=workspace,
            name=body.name,
            version=tx.next_number(f"model/{workspace}/{body.name}"),
            run=body.run,
            experiment=experiment,
            description=body.description,
            tags=body.tags,
            properties=body.properties,
            files=files,
            is_file=is_file,
            settings=body.settings,
            created=services.clock.now(),
        )
        tx.insert(model)
        return model

    return model_record(services.records.write(work))


def _files_of_run(view: View, run: str, path: str) -> tuple[dict[str, str], bool]:
    path = path.strip("/").removeprefix("./")
    one = view.get(rows.Artifact, run, path)
    if one is not None:
        return {path.rpartition("/")[2]: one.object}, True
    below = view.find(rows.Artifact, eq("run", run), prefix("name", f"{path}/"), order=("name",))
    if below:
        # The folder keeps its name, as it does when a folder of the client's machine is registered.
        return {a.name[len(path.rpartition("/")[0]) :].lstrip("/"): a.object for a in below}, False
    there = (
        ", ".join(str(v[0]) for v in view.values(rows.Artifact, ("name",), eq("run", run), order=("name",))[:20])
        or "none"
    )
    raise NotFound(f"Run {run} has no file or folder {path!r}.", target="path", remedy=f"Files of the run: {there}.")


def list_models(services: Services, workspace: str, query: ModelQuery) -> list[ModelRecord]:
    """Model versions, newest first."""
    where: list[Where] = [eq("workspace", workspace)]
    if query.name is not None:
        where.append(eq("name", query.name))
    if query.version is not None:
        where.append(eq("version", query.version))
    if query.run is not None:
        where.append(eq("run", query.run))
    with services.records.read() as view:
        lookup.workspace(view, workspace)
        found = view.find(rows.Model, *where, order=("-created", "-version"))
    kept = [m for m in found if _has(m.tags, query.tag) and _has(m.properties, query.property)]
    if query.latest:
        newest = dict.fromkeys(m.name for m in kept)
        kept = [max((m for m in kept if m.name == name), key=lambda m: m.version) for name in newest]
    return [model_record(m) for m in kept]


def _has(values: dict[str, str], wanted: Sequence[str]) -> bool:
    for text in wanted:
        key, equals, value = text.partition("=")
        if key not in values or (equals and values[key] != value):
            return False
    return True


def change_model(services: Services, workspace: str, name: str, version: int, body: ModelChanges) -> ModelRecord:
    """Change a model version's tags or description, add properties."""

    def work(tx: Transaction) -> rows.Model:
        model = _model(tx, workspace, name, version)
        tags = {k: v for k, v in (model.tags | (body.tags or {})).items() if v is not None}
        added = body.properties or {}
        if changed := [k for k, v in added.items() if model.properties.get(k, v) != v]:
            raise InvalidInput(
                f"Properties are written once; {', '.join(changed)} is there with another value.", target="properties"
            )
        changed_model = msgspec.structs.replace(
            model,
            tags=tags,
            properties=model.properties | added,
            description=model.description if body.description is None else body.description,
        )
        tx.put(changed_model)
        return changed_model

    return model_record(services.records.write(work))


def delete_model(services: Services, workspace: str, name: str, version: int) -> None:
    """Remove a model version; its bytes go when nothing else names them."""

    def work(tx: Transaction) -> None:
        _model(tx, workspace, name, version)
        tx.delete(rows.Model, eq("workspace", workspace), eq("name", name), eq("version", version))

    services.records.write(work)


def _model(view: View, workspace: str, name: str, version: int) -> rows.Model:
    found = view.get(rows.Model, workspace, name, version)
    if found is None:
        raise NotFound(
            f"Workspace {workspace!r} has no version {version} of a model {name!r}.", target=f"{name}:{version}"
        )
    return found


def register_environment(services: Services, workspace: str, body: NewEnvironment) -> EnvironmentRecord:
    """Register an environment; an equal definition of that name keeps its version."""

    def work(tx: Transaction) -> rows.Environment:
        lookup.workspace(tx, workspace)
        known = tx.find(rows.Environment, eq("workspace", workspace), eq("name", body.name))
        newest = max(known, key=lambda e: e.created, default=None)
        if (
            body.version is None
            and newest is not None
            and (newest.spec, newest.definition) == (body.spec, body.definition)
        ):
            return newest
        numbers = [int(e.version) for e in known if e.version.isdecimal()]
        made = rows.Environment(
            workspace=workspace,
            name=body.name,
            version=body.version or str(max(numbers, default=0) + 1),
            spec=body.spec,
            definition=body.definition,
            created=services.clock.now(),
        )
        tx.put(made)
        return made

    return environment_record(services.records.write(work))


def list_environments(services: Services, workspace: str, query: EnvironmentQuery) -> list[EnvironmentRecord]:
    """Registered environments: a version, all of one name (newest first), or the newest of each name."""
    where: list[Where] = [eq("workspace", workspace)]
    if query.name is not None:
        where.append(eq("name", query.name))
    if query.version is not None:
        where.append(eq("version", query.version))
    with services.records.read() as view:
        lookup.workspace(view, workspace)
        found = view.find(rows.Environment, *where, order=("name", "-created"))
    if query.name is None and query.version is None:
        found = list({e.name: e for e in reversed(found)}.values())[::-1]
    return [environment_record(e) for e in found]


ROUTES = (
    Route("POST", "/workspaces/{workspace}/models", register_model, ModelRecord),
    Route("GET", "/workspaces/{workspace}/models", list_models, list[ModelRecord]),
    Route("PATCH", "/workspaces/{workspace}/models/{name}/{version}", change_model, ModelRecord),
    Route("DELETE", "/workspaces/{workspace}/models/{name}/{version}", delete_model),
    Route("POST", "/workspaces/{workspace}/environments", register_environment, EnvironmentRecord),
    Route("GET", "/workspaces/{workspace}/environments", list_environments, list[EnvironmentRecord]),
)
