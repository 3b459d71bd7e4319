"""What is wrong with a graph: every problem at once, each naming the step, the port and what to do.

Knows only the document: whether datastores, datasets or compute targets exist is asked elsewhere.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from stepworks.data.paths import relative, strict
from stepworks.errors import InvalidGraph, UnsafePath
from stepworks.graph.document import (
    VERSION,
    Argument,
    DataPathValue,
    DatasetValue,
    FromParameter,
    Graph,
    Input,
    InputPath,
    Output,
    OutputPath,
    Parameter,
    ParameterValue,
    Script,
    Step,
    StepOutput,
    Text,
)
from stepworks.graph.order import find_cycle, predecessors

_STEP_ID = re.compile(r"[\w.\-]{1,255}", re.ASCII)
_PORT_NAME = re.compile(r"\w{1,255}")
_DATASET_NAME = re.compile(r"[a-zA-Z_]\w*", re.ASCII)
_VARIABLE_NAME = re.compile(r"[^=\0]+")
_INPUT_MODES = frozenset({"mount", "download", "upload", "direct", "hdfs"})
_OUTPUT_MODES = frozenset({"mount", "upload", "hdfs"})
_DATA_TYPES = frozenset({"datapath", "dataset"})
_MOST_CYCLES = 10

Problems = Iterator[str]


def problems(graph: Graph) -> tuple[str, ...]:
    """Everything that keeps `graph` from running; empty when nothing does."""
    known = _Known(graph)
    found: list[str] = []
    if graph.version > VERSION:
        found.append(f"The graph has version {graph.version}; versions up to {VERSION} are known. Update the server.")
    for step in _repeated(s.id for s in graph.steps):
        found.append(f"Two steps have the id '{step}'. Give every step an id of its own.")
    for name in _repeated(p.name for p in graph.parameters):
        found.append(f"The pipeline parameter '{name}' is declared twice. Declare it once.")
    for parameter in graph.parameters:
        found += _of_parameter(parameter)
    for step in graph.steps:
        found += _StepProblems(step, known).all()
    for title, source in graph.outputs.items():
        found += known.problems_of(source, f"The pipeline output '{title}'", "Add that step.")
    found += _cycles(graph, known)
    return tuple(dict.fromkeys(found))


def check(graph: Graph) -> None:
    """Raise InvalidGraph with every problem of `graph`, if it has any."""
    if found := problems(graph):
        raise InvalidGraph(found)


def has_type(value: object, wanted: str) -> bool:
    """Whether a value may stand for a parameter of that type; bool and int count as one type (contracts §8)."""
    match wanted:
        case "string":
            return isinstance(value, str)
        case "int" | "bool":
            return isinstance(value, int)
        case "float":
            return isinstance(value, float)
        case "datapath":
            return isinstance(value, DataPathValue)
        case _:
            return isinstance(value, DatasetValue)


class _Known:
    """What a graph declares, by name."""

    def __init__(self, graph: Graph) -> None:
        self.steps: Mapping[str, Step] = {s.id: s for s in graph.steps}
        self.outputs: Mapping[str, frozenset[str]] = {s.id: frozenset(o.name for o in s.outputs) for s in graph.steps}
        self.parameters: Mapping[str, Parameter] = {p.name: p for p in graph.parameters}
        self._shared = _repeated(s.name for s in graph.steps)

    def title(self, step_id: str) -> str:
        """The step as people know it; with its id where the name is not enough."""
        step = self.steps.get(step_id)
        if step is None:
            return step_id
        return f"{step.name} ({step_id})" if step.name in self._shared else step.name

    def problems_of(self, source: StepOutput, what: str, remedy: str) -> Problems:
        """What keeps `what` from coming from an output of a step."""
        if source.step not in self.steps:
            hint = _did_you_mean(source.step, self.steps)
            yield f"{what} comes from step '{source.step}', which isn't in this pipeline.{hint} {remedy}"
        elif source.port not in self.outputs[source.step]:
            producer, hint = self.title(source.step), _did_you_mean(source.port, self.outputs[source.step])
            yield f"{what} comes from output '{source.port}' of step '{producer}', which has no such output.{hint}"

    def parameter(self, name: str, what: str, does: str) -> tuple[Parameter | None, str]:
        """A parameter by name, or what is wrong when `what` does something with one that is not declared."""
        found = self.parameters.get(name)
        hint = "" if found is not None else _did_you_mean(name, self.parameters)
        return found, f"{what} {does} the pipeline parameter '{name}', which isn't declared.{hint} Declare it."


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, many in Counter(names).items() if many > 1]


def _of_parameter(parameter: Parameter) -> Problems:
    what = f"The pipeline parameter '{parameter.name}'"
    if not parameter.name or "\0" in parameter.name:
        yield f"A pipeline parameter has the name {parameter.name!r}. Give it a name."
    default, kind = parameter.default, parameter.type
    if not has_type(default, kind):
        yield f"{what} has the type {kind}, but its default is {default!r}. Give it a default of that type."
    if isinstance(default, DataPathValue):
        yield from _path(what, "default", default.path, relative)
    elif isinstance(default, DatasetValue) and default.id is None and default.name is None:
        yield f"{what} has a dataset without id and without name as its default. Save or register the dataset first."


class _StepProblems:
    """The problems of one step."""

    def __init__(self, step: Step, known: _Known) -> None:
        self._step = step
        self._known = known
        self._what = f"Step '{known.title(step.id)}'"
        self._inputs = {i.name for i in step.inputs}
        self._outputs = known.outputs[step.id]

    def all(self) -> Problems:
        step, what = self._step, self._what
        if not _STEP_ID.fullmatch(step.id):
            yield f"{what} has the id {step.id!r}. Ids have letters, digits, '_', '-' and '.'."
        if not step.name:
            yield f"Step '{step.id}' has no name. Give it one."
        yield from self._names()
        for port in step.inputs:
            yield from self._input(port, f"{what}: input '{port.name}'")
        for port in step.outputs:
            yield from self._output(port, f"{what}: output '{port.name}'")
        yield from self._work()
        yield from self._values()
        yield from self._order()
        if step.timeout_seconds is not None and not step.timeout_seconds > 0:
            yield f"{what} has a timeout of {step.timeout_seconds} seconds. Give more than 0, or none."

    def _names(self) -> Problems:
        step, what = self._step, self._what
        if len(self._inputs) < len(step.inputs):
            for name in _repeated(i.name for i in step.inputs):
                yield f"{what} has two inputs named '{name}'. Rename one of them."
        if len(self._outputs) < len(step.outputs):
            for name in _repeated(o.name for o in step.outputs):
                yield f"{what} has two outputs named '{name}'. Rename one of them."
        for name in sorted(self._inputs & self._outputs):
            yield f"{what} has an input and an output named '{name}'. Rename one: its script can't tell them apart."

    def _input(self, port: Input, what: str) -> Problems:
        yield from _port_name(what, port.name, port.style)
        if port.mode not in _INPUT_MODES:
            yield f"{what} has the mode '{port.mode}'. Inputs have mount, download, direct or hdfs."
        match port.source:
            case StepOutput(step=producer) if producer == self._step.id:
                yield f"{what} is an output of the step itself. Take it from another step."
            case StepOutput() as source:
                yield from self._known.problems_of(source, what, "Add the step that produces it.")
            case FromParameter(name=name):
                parameter, problem = self._known.parameter(name, what, "is")
                if parameter is None:
                    yield problem
                elif parameter.type not in _DATA_TYPES:
                    kind = parameter.type
                    yield f"{what} is the pipeline parameter '{name}' of type {kind}. Give it data as default."
            case DataPathValue(datastore=datastore, path=path):
                if not datastore:
                    yield f"{what} has no datastore. Name one."
                yield from _path(what, "path", path, relative)
            case DatasetValue(id=identifier, name=name):
                if identifier is None and name is None:
                    yield f"{what} is a dataset without id and without name. Save or register it first."

    def _output(self, port: Output, what: str) -> Problems:
        yield from _port_name(what, port.name, port.style)
        if port.mode not in _OUTPUT_MODES:
            yield f"{what} has the mode '{port.mode}'. Outputs have mount or upload."
        if isinstance(port.path, FromParameter):
            name = port.path.name
            parameter, problem = self._known.parameter(name, what, "goes to")
            if parameter is None:
                yield problem
            elif parameter.type not in {"datapath", "string"}:
                kind = parameter.type
                yield f"{what} goes to the pipeline parameter '{name}' of type {kind}. Give it a data path or a text."
        elif port.path is not None:
            yield from _path(what, "path", port.path, relative)
        for glob in port.source_globs:
            yield from _path(what, "pattern", glob, relative)
        if port.register is not None and not port.register.name:
            yield f"{what} is to be registered as a dataset without a name. Give it one."

    def _work(self) -> Problems:
        work, what = self._step.work, self._what
        if isinstance(work, Script):
            if not work.script:
                yield f"{what} has no script. Name one in its source directory."
            yield from _path(what, "script", work.script, strict)
            yield from self._arguments(work.arguments)
        else:
            if not any(part for argument in work.command for part in argument):
                yield f"{what} has an empty command. Say what it is to run."
            yield from self._arguments(work.command)

    def _arguments(self, arguments: Iterable[Argument]) -> Problems:
        what = self._what
        for part in (part for argument in arguments for part in argument):
            match part:
                case Text(text=text):
                    if "\0" in text:
                        yield f"{what} has an argument with a NUL character, which no process can get. Take it out."
                case InputPath(port=port):
                    if port not in self._inputs:
                        yield self._not_among(port, "input", self._inputs)
                case OutputPath(port=port):
                    if port not in self._outputs:
                        yield self._not_among(port, "output", self._outputs)
                case ParameterValue(name=name):
                    yield from self._value(name, what)
                    declared = self._step.parameters.get(name, part)
                    if declared != part:
                        yield f"{what} has two values for '{name}': in its arguments and in params. Rename one."

    def _not_among(self, port: str, kind: str, known: Iterable[str]) -> str:
        hint = _did_you_mean(port, known)
        there = f"{self._what} has the {kind} '{port}' in its arguments, but not among its {kind}s."
        return f"{there}{hint} Add it to {kind}s=[…]."

    def _values(self) -> Problems:
        for key, value in self._step.parameters.items():
            if isinstance(value, ParameterValue):
                yield from self._value(value.name, f"{self._what}: parameter '{key}'")
        for key, text in self._step.variables.items():
            if not _VARIABLE_NAME.fullmatch(key) or "\0" in text:
                yield f"{self._what} has the environment variable {key!r}, which no process can have: '=' or NUL in it."

    def _value(self, name: str, what: str) -> Problems:
        parameter, problem = self._known.parameter(name, what, "uses")
        if parameter is None:
            yield problem
        elif parameter.type in _DATA_TYPES:
            yield f"{what} uses the pipeline parameter '{name}' as text, but it is data. Make it an input of the step."

    def _order(self) -> Problems:
        what, steps = self._what, self._known.steps
        for before in self._step.run_after:
            if before == self._step.id:
                yield f"{what} is to run after itself. Take that out."
            elif before not in steps:
                hint = _did_you_mean(before, steps)
                yield f"{what} is to run after '{before}', which isn't in this pipeline.{hint} Add that step to it."


def _cycles(graph: Graph, known: _Known) -> Problems:
    waits = {step.id: tuple(w for w in predecessors(step) if w != step.id) for step in graph.steps}
    positions = {step.id: i for i, step in enumerate(graph.steps)}
    for _ in range(_MOST_CYCLES):
        cycle = find_cycle(waits)
        if not cycle:
            return
        # Begin with the step that was declared first, so that the same mistake always reads the same.
        steps = cycle[:-1]
        first = min(range(len(steps)), key=lambda i: positions[steps[i]])
        turned = (*steps[first:], *steps[:first], steps[first])
        yield f"Pipeline has a cycle: {' → '.join(known.title(s) for s in turned)}."
        waits = {step: before for step, before in waits.items() if step not in cycle}


def _port_name(what: str, name: str, style: str) -> Problems:
    if style == "dataset":
        if not _DATASET_NAME.fullmatch(name):
            yield f"{what} can't have that name. Names of datasets are letters, digits and '_'; no digit comes first."
    elif not _PORT_NAME.fullmatch(name):
        yield f"{what} can't have that name. Names of inputs and outputs are letters, digits and '_'."


def _path(what: str, which: str, path: str, rule: Callable[[str], str]) -> Problems:
    try:
        rule(path)
    except UnsafePath as e:
        yield f"{what}: its {which} can't be used. {e.message}"


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    # Loaded only when there is something to say: this module is on the path of every submission.
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), 1)
    return f" Did you mean '{close[0]}'?" if close else ""
