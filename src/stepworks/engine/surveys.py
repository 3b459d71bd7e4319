"""What has to be known before a step can be decided on: its environment, and the content of its inputs.

What an earlier step wrote is known at once; data outside of runs and environments are looked at in the background.
Equal questions that are open at the same time are asked once; later ones are asked anew, as data may have changed.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from stepworks.engine.background import Background
from stepworks.engine.base import InputIdentity
from stepworks.engine.bind import FoundInput, source_of
from stepworks.engine.live import ActiveStep, Locked
from stepworks.engine.ports import Ports
from stepworks.engine.produced_datasets import saved_output
from stepworks.engine.turn import Turn
from stepworks.errors import DataMissing
from stepworks.graph.document import DataPathValue, DatasetValue, Input, StepOutput
from stepworks.graph.environment import EnvironmentSpec
from stepworks.records.base import View, eq
from stepworks.records.rows import Dataset, DatasetVersion
from stepworks.reuse.key import input_fact

Answer = Callable[[Any], None]


class Surveys:
    """Finds out, for one step after the other. Used by the writer alone."""

    def __init__(self, ports: Ports, background: Background) -> None:
        self._ports = ports
        self._background = background
        self._open: dict[tuple[object, ...], list[tuple[ActiveStep, Answer]]] = {}

    def is_complete(self, turn: Turn, work: ActiveStep) -> bool:
        """Whether all is known; what is not is being asked for, and the step will be decided on again then.

        Raises a StepworksError for what cannot be had.
        """
        if work.error is not None:
            raise work.error
        work.environment = self._environment(work)
        missing = work.environment is None
        for port in work.step.inputs:
            if port.name not in work.inputs:
                missing = not self._find(turn, work, port) or missing
        return not missing

    def lock(self, spec: EnvironmentSpec | None) -> Locked:
        """The lock of a specification, with its packages kept for later comparison. May take seconds; any thread."""
        lock = self._ports.environments.lock(spec)
        pins = self._ports.objects.put(lock.pins.encode()) if lock.pins else None
        return Locked(lock, pins, self._ports.environments.ready(lock))

    def _environment(self, work: ActiveStep) -> Locked | None:
        if work.environment is not None:
            return work.environment
        live, spec = work.live, work.step.environment
        key = environment_key(spec)
        known = live.environments.get(key)
        if isinstance(known, Exception):
            raise known
        if known is None and _ENVIRONMENT not in work.asked:
            work.asked.add(_ENVIRONMENT)

            def take(found: Locked | Exception) -> None:
                live.environments[key] = found

            self._ask(("environment", live.id, key), work, lambda: self.lock(spec), take)
        return known

    def _find(self, turn: Turn, work: ActiveStep, port: Input) -> bool:
        """Whether the content of an input is known by now."""
        source = source_of(port, work.live.around.parameters)
        if isinstance(source, StepOutput):
            self._find_produced(turn, work, port, source)
            return True
        if port.name in work.asked:
            return False
        work.asked.add(port.name)
        workspace = work.live.row.workspace
        dataset = None
        if isinstance(source, DatasetValue):
            dataset = saved_dataset(turn.tx, workspace, source)
            source = DatasetValue(id=dataset.id)
        wanted = source

        def take(found: InputIdentity | Exception) -> None:
            if isinstance(found, Exception):
                work.error = found
                return
            place = wanted if isinstance(wanted, DataPathValue) else None
            work.found[port.name] = FoundInput(None, place, dataset, found.datastores, found.is_file)
            work.inputs[port.name] = input_fact(port, found.id, summary=found.summary)

        question = ("input", workspace, msgspec.json.encode(wanted))
        self._ask(question, work, lambda: self._ports.inputs.identity(workspace, wanted), take)
        return False

    def _find_produced(self, turn: Turn, work: ActiveStep, port: Input, source: StepOutput) -> None:
        produced = work.live.produced[source.step].get(source.port)
        if produced is None:
            producer = work.live.steps[source.step].name
            raise DataMissing(f"Step '{producer}' has ended without its output '{source.port}'.", target=port.name)
        many = len(produced.files)
        summary = "1 file" if many == 1 else f"{many} files"
        run = work.live.step_runs[source.step]
        if port.style == "dataset" and (port.tabular or port.mode == "direct"):
            workspace = work.live.row.workspace
            new_id = self._ports.new_id
            dataset = saved_output(turn.tx, workspace, port.reader, produced, new_id=new_id, now=turn.now)
            work.found[port.name] = FoundInput(dataset=dataset, datastores=(produced.datastore,))
        else:
            work.found[port.name] = FoundInput(produced=produced)
        work.inputs[port.name] = input_fact(port, produced.manifest, summary=summary, run=run, output=source.port)

    def _ask(self, question: tuple[object, ...], work: ActiveStep, act: Callable[[], object], take: Answer) -> None:
        waiting = self._open.get(question)
        if waiting is not None:
            waiting.append((work, take))
            return
        self._open[question] = [(work, take)]
        self._background.run(act, lambda turn, found: self._answer(turn, question, found))

    def _answer(self, turn: Turn, question: tuple[object, ...], found: object) -> None:
        for work, take in self._open.pop(question):
            take(found)
            turn.decide(work.live, work.step.id)


_ENVIRONMENT = ""


def environment_key(spec: EnvironmentSpec | None) -> bytes:
    """What names a specification within a run."""
    return b"" if spec is None else msgspec.msgpack.encode(spec)


def saved_dataset(view: View, workspace: str, value: DatasetValue) -> Dataset:
    """The saved dataset that a value names, "latest" resolved now. Raises DataMissing."""
    identifier = value.id
    if identifier is None:
        where = [eq("workspace", workspace), eq("name", value.name)]
        if value.version not in (None, "latest"):
            where.append(eq("version", _number(value)))
        versions = view.find(DatasetVersion, *where, order=("-version",), limit=1)
        if not versions:
            what = f"dataset '{value.name}'" + (
                "" if value.version in (None, "latest") else f" version {value.version}"
            )
            raise DataMissing(f"There is no {what} in workspace '{workspace}'. Register it first.", target=value.name)
        identifier = versions[0].dataset
    found = view.get(Dataset, identifier)
    if found is None or found.workspace != workspace:
        raise DataMissing(f"There is no saved dataset '{identifier}' in workspace '{workspace}'.", target=identifier)
    return found


def _number(value: DatasetValue) -> int:
    try:
        return int(value.version or "")
    except ValueError as e:
        raise DataMissing(f"'{value.version}' is not a version of dataset '{value.name}': versions are numbers.") from e
