"""The reuse key: the hash that says "this exact work" (DESIGN §6, contracts §20), and the facts it is made of.

In it: kind of work, script, rendered arguments with ports as ports, values of the parameters the step uses, snapshot,
environment lock, variables, declared outputs, version label, identity of each input. Not in it: names of steps,
pipelines and experiments, compute, places of data, times, `allow_reuse`.
"""

from collections.abc import Iterator, Mapping

import msgspec

from stepworks.graph.document import (
    Input,
    InputPath,
    Output,
    OutputPath,
    ParameterValue,
    Part,
    Script,
    Step,
    Text,
)
from stepworks.graph.parameters import Value, text_of
from stepworks.hashing import ContentId, content_hash

KEY_TAG = "reuse/1"
FAMILY_TAG = "reuse-family/1"

# A part of an argument: text, ["input", port], ["output", port] or ["parameter", name].
FactPart = str | tuple[str, str]
FactArgument = tuple[FactPart, ...]


class InputPort(msgspec.Struct, frozen=True, array_like=True):
    """How the script meets an input."""

    mode: str
    style: str
    tabular: bool
    path_on_compute: str | None
    overwrite: bool
    reader: str | None


class OutputPort(msgspec.Struct, frozen=True, array_like=True):
    """How the script meets an output; where it is put is not a part of the work."""

    mode: str
    style: str
    is_directory: bool | None
    path_on_compute: str | None
    source_globs: tuple[str, ...]
    reader: str | None


class InputFact(msgspec.Struct, frozen=True, omit_defaults=True):
    """An input as a part of the key: `id` is its content's identity, `port` how the script meets it.

    Not in the key: `summary` for people, and where the list of files is found again (`run` and `output` of the
    step that wrote it).
    """

    id: str
    port: InputPort
    summary: str = ""
    run: str | None = None
    output: str | None = None


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The parts of a reuse key. `pins` is the object that lists the environment's packages; not in the key.

    Arguments are kept as declared, so that a change of a parameter reads as that; the key has them rendered.
    """

    kind: str
    script: str = ""
    arguments: tuple[FactArgument, ...] = ()
    parameters: dict[str, str] = {}
    snapshot: str | None = None
    environment: str
    pins: str | None = None
    variables: dict[str, str] = {}
    outputs: dict[str, OutputPort] = {}
    version: str | None = None
    inputs: dict[str, InputFact] = {}


def facts(
    step: Step,
    *,
    parameters: Mapping[str, Value],
    environment: str,
    inputs: Mapping[str, InputFact],
    pins: str | None = None,
) -> Facts:
    """The facts of a step that is ready.

    `parameters` are the values of the pipeline's parameters, `environment` the lock's id, and `inputs` what is known
    of each input by its port's name (see `input_fact`).
    """
    is_script = isinstance(step.work, Script)
    arguments = step.work.arguments if isinstance(step.work, Script) else step.work.command
    return Facts(
        kind="script" if is_script else "command",
        script=step.work.script if isinstance(step.work, Script) else "",
        arguments=tuple(tuple(_part(p) for p in argument) for argument in arguments),
        parameters=used_parameters(step, parameters),
        snapshot=step.snapshot,
        environment=environment,
        pins=pins,
        # A variable may hold a secret: facts are kept, so they have its hash only.
        variables={name: content_hash("variable/1", text)[:32] for name, text in step.variables.items()},
        outputs={port.name: _output_port(port) for port in step.outputs},
        version=step.version,
        inputs=dict(inputs),
    )


def input_fact(
    port: Input, identity: str, *, summary: str = "", run: str | None = None, output: str | None = None
) -> InputFact:
    """What the key holds of an input whose content has this identity."""
    declared = InputPort(port.mode, port.style, port.tabular, port.path_on_compute, port.overwrite, port.reader)
    return InputFact(identity, declared, summary, run, output)


def reuse_key(facts: Facts) -> ContentId:
    """The identity of the work that `facts` describe."""
    return content_hash(
        KEY_TAG,
        facts.kind,
        facts.script,
        [_rendered(argument, facts.parameters) for argument in facts.arguments],
        facts.parameters,
        facts.snapshot,
        facts.environment,
        facts.variables,
        facts.outputs,
        facts.version,
        {name: (fact.id, fact.port) for name, fact in facts.inputs.items()},
    )


def family(step: Step) -> ContentId:
    """What groups the runs of the same declared work, so that a miss can name the nearest earlier one."""
    if isinstance(step.work, Script):
        return content_hash(FAMILY_TAG, "script", step.work.script, step.name)
    return content_hash(FAMILY_TAG, "command", step.name)


def used_parameters(step: Step, parameters: Mapping[str, Value]) -> dict[str, str]:
    """Name and text of everything the script can read as a parameter: its `params`, and the pipeline parameters in
    its arguments. Data parameters are not among them: they are inputs."""
    values = {name: as_text(value, parameters) for name, value in step.parameters.items()}
    for name in parameter_names(step):
        value = parameters[name]
        if isinstance(value, str):
            values.setdefault(name, value)
    return values


def parameter_names(step: Step) -> Iterator[str]:
    """Names of the pipeline parameters that a step's arguments and `params` use, with repetitions."""
    for argument in step.work.arguments if isinstance(step.work, Script) else step.work.command:
        for part in argument:
            if isinstance(part, ParameterValue):
                yield part.name
    for value in step.parameters.values():
        if isinstance(value, ParameterValue):
            yield value.name


def as_text(value: str | int | float | bool | ParameterValue, parameters: Mapping[str, Value]) -> str:
    """A declared value, or the value of the pipeline parameter it names, as text."""
    if not isinstance(value, ParameterValue):
        return text_of(value)
    found = parameters[value.name]
    return found if isinstance(found, str) else ""


def command_line(facts: Facts) -> str:
    """The arguments as one text for people: ports in braces."""
    return " ".join(
        "".join(p if isinstance(p, str) else f"{{{p[0]}:{p[1]}}}" for p in argument) for argument in facts.arguments
    )


def _part(part: Part) -> FactPart:
    match part:
        case Text(text=text):
            return text
        case InputPath(port=port):
            return ("input", port)
        case OutputPath(port=port):
            return ("output", port)
        case ParameterValue(name=name):
            return ("parameter", name)


def _rendered(argument: FactArgument, parameters: Mapping[str, str]) -> list[FactPart]:
    """An argument with its parameters' values; neighbouring texts are one, so that equal command lines are equal."""
    rendered: list[FactPart] = []
    for part in argument:
        if not isinstance(part, str) and part[0] == "parameter":
            part = parameters[part[1]]
        if isinstance(part, str) and rendered and isinstance(rendered[-1], str):
            rendered[-1] += part
        else:
            rendered.append(part)
    return rendered


def _output_port(port: Output) -> OutputPort:
    return OutputPort(port.mode, port.style, port.is_directory, port.path_on_compute, port.source_globs, port.reader)
