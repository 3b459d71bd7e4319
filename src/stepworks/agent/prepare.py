"""What an attempt needs before its script starts: the working directory, inputs, places for outputs, arguments,
environment variables."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stepworks.agent import cold
from stepworks.agent import variables as env
from stepworks.agent.arguments import Known, render, render_command
from stepworks.agent.bind_inputs import Binder, OpenStore, place_on_compute
from stepworks.agent.folders import LOG, Folders
from stepworks.agent.outputs import stage
from stepworks.agent.processes import MARKER
from stepworks.agent.snapshots import Snapshot, Snapshots
from stepworks.data.paths import strict
from stepworks.graph.document import Script
from stepworks.wire.agent import RunAttempt

SPOOL = "STEPWORKS_SPOOL"


@dataclass(frozen=True, slots=True)
class Materials:
    """Where snapshots and data come from. `web` is a folder that keeps what was fetched from web addresses."""

    snapshots: Snapshots
    open_store: OpenStore
    web: str


@dataclass(slots=True)
class Prepared:
    """An attempt that is ready to start.

    `request` is what a warm interpreter is asked, `command` the program to become instead, if there is one, with the
    variables that it gets on top of the environment's. `modules` are what `import` finds of the user's own. `staged`
    is the path of each output. `made` goes when the attempt ends.
    """

    run: str
    request: dict[str, Any]
    variables: dict[str, str]
    staged: dict[str, str]
    modules: frozenset[str] = frozenset()
    command: Callable[[str], list[str]] | None = None
    made: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])


def prepare(order: RunAttempt, folder: str, folders: Folders, materials: Materials) -> Prepared:
    """Prepare an attempt in its new folder.

    Raises DataMissing for input data that are not there, InvalidInput for what cannot be used, ObjectMissing if the
    snapshot's bytes are gone, OSError if the disk is full.
    """
    run = f"{folder}/run"
    snapshots = materials.snapshots
    snapshot = None if order.snapshot is None else snapshots.find(order.snapshot)
    folders.fill(folder, order.snapshot, lambda run: snapshots.restore(snapshot, run) if snapshot else None)
    variables = dict(order.variables)
    variables[MARKER] = order.attempt
    variables[SPOOL] = f"{folder}/metrics.jsonl"
    prepared = Prepared(run, {}, variables, {})
    try:
        known = Known(_inputs(order, folder, prepared, materials), _outputs(order, folder, prepared), order.parameters)
        variables.update(env.variables_of_datasets([b.port for b in order.inputs], [b.port for b in order.outputs]))
        env.check(variables)
        _fill_request(prepared, order, folder, known, snapshot)
    except BaseException:
        discard(prepared)
        raise
    return prepared


def discard(prepared: Prepared) -> None:
    """Remove what was made outside of the attempt's folder."""
    from stepworks.filetrees import remove

    for path in prepared.made:
        remove(path)


def _inputs(order: RunAttempt, folder: str, prepared: Prepared, materials: Materials) -> dict[str, str]:
    if not order.inputs:
        return {}
    stores = {store.name: store for store in order.datastores}
    binder = Binder(
        order.name, stores, materials.open_store, run=prepared.run, inputs=f"{folder}/in", web=materials.web
    )
    prepared.made, prepared.notes = binder.made, binder.notes
    values: dict[str, str] = {}
    for bound in order.inputs:
        value = binder.bind(bound)
        values[bound.port.name] = value.text
        prepared.variables.update(env.variables_of_input(bound.port, value.text, is_file=value.is_file))
    return values


def _outputs(order: RunAttempt, folder: str, prepared: Prepared) -> dict[str, str]:
    for bound in order.outputs:
        port = bound.port
        if port.path_on_compute is None:
            path = f"{folder}/out/{port.name}"
        else:
            path = place_on_compute(
                port.path_on_compute, prepared.run, what=f"output '{port.name}' of step '{order.name}'"
            )
            if os.path.isabs(port.path_on_compute):
                prepared.made.append(path)
        stage(bound, path)
        prepared.staged[port.name] = path
        prepared.variables.update(env.variables_of_output(port, path))
    return prepared.staged


def _fill_request(prepared: Prepared, order: RunAttempt, folder: str, known: Known, snapshot: Snapshot | None) -> None:
    work = order.work
    request = prepared.request
    request["folder"] = folder
    request["log"] = f"{folder}/{LOG}"
    request["cwd"] = prepared.run
    request["variables"] = prepared.variables
    if not isinstance(work, Script):
        line = render_command(work, known)
        prepared.command = lambda _python: cold.shell_command(line)
        return
    script = strict(work.script, what=f"script of step '{order.name}'")
    place, _, _ = script.rpartition("/")
    arguments = render(work.arguments, known)
    request["script"] = script
    request["arguments"] = arguments
    request["place"] = f"{prepared.run}/{place}" if place else prepared.run
    if snapshot is not None:
        prepared.modules = snapshot.modules(place)
        if snapshot.has_links:
            request["place"] = os.path.dirname(os.path.realpath(f"{prepared.run}/{script}"))
    if env.needs_cold_start(order.variables):
        prepared.command = lambda python: cold.script_command(python, folder, script, arguments)
