"""The graph: what to run. Frozen, versioned, serialisable; knows nothing of servers or files.

The SDK compiles a `Pipeline` to a `Graph`; REST clients may post one. A graph holds everything that a
published pipeline needs to run the same next year: snapshots by content, environments as declared, defaults.
Values are declared with what differs from the defaults only, so documents stay small.
"""

from typing import Literal

import msgspec

from stepworks.graph.environment import EnvironmentSpec

VERSION = 1

Scalar = str | int | float | bool


class Value(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of the graph's values."""


# --- arguments: a tuple of parts, joined to one string when the step starts


class Text(Value, frozen=True, tag="text"):
    """Literal text."""

    text: str


class InputPath(Value, frozen=True, tag="input"):
    """The local path of an input, or its dataset id in direct mode."""

    port: str


class OutputPath(Value, frozen=True, tag="output"):
    """The local path an output is written to."""

    port: str


class ParameterValue(Value, frozen=True, tag="parameter"):
    """The value of a pipeline parameter, as text."""

    name: str


Part = Text | InputPath | OutputPath | ParameterValue
Argument = tuple[Part, ...]

# --- data


class DataPathValue(Value, frozen=True, tag="datapath"):
    """A place in a datastore; `path` is relative, POSIX, may be a glob for datasets."""

    datastore: str
    path: str = ""


class DatasetValue(Value, frozen=True, tag="dataset"):
    """A saved dataset (every dataset used by a step is saved when the graph is submitted).

    `version` "latest" with a `name` is resolved when the step starts.
    """

    id: str | None = None
    name: str | None = None
    version: str | None = None


class StepOutput(Value, frozen=True, tag="step"):
    """An output of another step of the graph."""

    step: str
    port: str


class FromParameter(Value, frozen=True, tag="from_parameter"):
    """The data path or dataset that is the value of a pipeline parameter."""

    name: str


Source = DataPathValue | DatasetValue | StepOutput | FromParameter
Mode = Literal["mount", "download", "upload", "direct", "hdfs"]
PortStyle = Literal["port", "dataset"]


class Input(Value, frozen=True):
    """A named input of a step.

    `style` says which variables the script sees: "port" sets AZUREML_DATAREFERENCE_<name>; "dataset" sets
    <name> and feeds `Run.input_datasets` (contracts §7). `tabular` inputs are handed over, never moved.
    """

    name: str
    source: Source
    mode: Mode = "mount"
    style: PortStyle = "port"
    tabular: bool = False
    path_on_compute: str | None = None
    overwrite: bool = False
    # A dataset made from a step's output: the plan's operations over the produced files.
    reader: str | None = None


class Registration(Value, frozen=True):
    """Register the output as a dataset version when the step has succeeded."""

    name: str
    description: str | None = None
    tags: dict[str, str] = {}


class Output(Value, frozen=True):
    """A named output of a step.

    style "port": only the parent folder exists when the script starts (it may write a file or make a folder);
    style "dataset": the folder exists. `path` may hold {run-id} and {output-name}; None is
    azureml/<step run id>/<name> for ports and dataset/{run-id}/{output-name} for datasets.
    """

    name: str
    datastore: str | None = None
    path: str | FromParameter | None = None
    mode: Mode = "mount"
    style: PortStyle = "port"
    is_directory: bool | None = None
    overwrite: bool = False
    path_on_compute: str | None = None
    source_globs: tuple[str, ...] = ()
    register: Registration | None = None
    # How to read the output as a table: an encoded dataset plan over the produced files, or None for files.
    reader: str | None = None


# --- work


class Script(Value, frozen=True, tag="script"):
    """`python script.py arguments…`, from the root of the snapshot."""

    script: str
    arguments: tuple[Argument, ...] = ()


class Command(Value, frozen=True, tag="command"):
    """A command line; parts as in arguments, run by the shell from the root of the snapshot."""

    command: tuple[Argument, ...]


Work = Script | Command


class Step(Value, frozen=True, kw_only=True):
    """Declared work. `id` is unique in the graph (8 hex digits); names need not be."""

    id: str
    name: str
    work: Work
    snapshot: str | None = None
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    # `params` of the step: AML_PARAMETER_<name>; a value may be a pipeline parameter.
    parameters: dict[str, Scalar | ParameterValue] = {}
    variables: dict[str, str] = {}
    environment: EnvironmentSpec | None = None
    compute: str | None = None
    run_after: tuple[str, ...] = ()
    allow_reuse: bool = True
    version: str | None = None
    timeout_seconds: float | None = None
    # As declared and not yet interpreted here: node count, docker arguments, communicator …
    settings: dict[str, str | int | float | bool | None] = {}
    comment: str | None = None


ParameterDefault = str | int | float | bool | DataPathValue | DatasetValue
ParameterType = Literal["string", "int", "float", "bool", "datapath", "dataset"]


class Parameter(Value, frozen=True):
    """A pipeline parameter and its default."""

    name: str
    type: ParameterType
    default: ParameterDefault


class Graph(Value, frozen=True, kw_only=True):
    """What to run."""

    version: int = VERSION
    steps: tuple[Step, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    # pipeline_output_name → the step output it names
    outputs: dict[str, StepOutput] = {}
    default_datastore: str | None = None
    default_compute: str | None = None
    description: str | None = None


_decoder = msgspec.json.Decoder(Graph)


def encode(graph: Graph) -> bytes:
    """The graph as a JSON document; equal graphs give equal bytes."""
    return msgspec.json.encode(graph, order="deterministic")


def decode(document: bytes | str) -> Graph:
    """Read a graph document.

    Raises msgspec.ValidationError when it is malformed: the server answers 400 with its message.
    """
    return _decoder.decode(document)
