"""What a step declares: its ports and arguments, worked out once when it is constructed (contracts §5, §6, §7).

Arguments become tuples of parts. Objects among them stand for ports; so do their texts in the middle of strings:
`$AZUREML_DATAREFERENCE_<name>`, `DatasetConsumptionConfig:<name>`, `DatasetOutputConfig:<name>`, and
`parameter:<name>` for a key of `params`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPathComputeBinding
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.output_dataset_config import OutputDatasetConfig
from azureml.pipeline.core import _ports
from azureml.pipeline.core._bindings import InputPortBinding, OutputPortBinding, PipelineDataset
from azureml.pipeline.core._parameter import PipelineParameter
from azureml.pipeline.core._pipeline_data import PipelineData
from azureml.pipeline.core._port_data_reference import PortDataReference
from azureml.pipeline.core._ports import InPort, OutPort
from azureml.pipeline.core.pipeline_output_dataset import PipelineOutputAbstractDataset
from stepworks.graph.document import Argument, InputPath, OutputPath, ParameterValue, Part, Text

_TOKEN = re.compile(
    r"\$\{AZUREML_DATAREFERENCE_(?P<braced>\w+)\}|\$AZUREML_DATAREFERENCE_(?P<port>\w+)"
    r"|DatasetConsumptionConfig:(?P<given>\w+)|DatasetOutputConfig:(?P<made>\w+)|parameter:(?P<parameter>\w+)"
)
_LITERAL = frozenset({str, int, float, bool, type(None)})
_PORTS = (
    DataReference,
    PipelineData,
    InputPortBinding,
    OutputPortBinding,
    PortDataReference,
    DatasetConsumptionConfig,
    OutputDatasetConfig,
    PipelineDataset,
    PipelineOutputAbstractDataset,
)
# May be left out of inputs=[…] and outputs=[…]: the step adds them by itself.
_ADDED = (DatasetConsumptionConfig, OutputDatasetConfig, PipelineDataset, PipelineOutputAbstractDataset)

IsProducer = Callable[[OutputDatasetConfig], bool]


class Declared:
    """The ports, arguments and pipeline parameters of a step. `problems` are why it cannot be built."""

    __slots__ = ("arguments", "inputs", "outputs", "parameters", "problems")

    def __init__(self) -> None:
        self.inputs: list[InPort] = []
        self.outputs: list[OutPort] = []
        self.arguments: tuple[Argument, ...] = ()
        self.parameters: list[PipelineParameter] = []
        self.problems: list[str] = []


def declare(
    inputs: Iterable[Any],
    outputs: Iterable[Any],
    arguments: Sequence[Any],
    *,
    params: Mapping[str, Any] | None = None,
    is_producer: IsProducer = lambda _: True,
    add_all: bool = False,
) -> Declared:
    """Work out what a step declares.

    `is_producer` says of an output that is in `arguments` only whether this step makes it, or reads it (contracts
    §1.3). With `add_all` objects that are in `arguments` only are added, whatever their kind.
    """
    work = _Work(params or {}, is_producer, add_all)
    for item in inputs:
        work.add_input(item)
    for item in outputs:
        work.add_output(item)
    for argument in arguments:
        if type(argument) not in _LITERAL:
            work.meet(argument)
    work.settle_names()
    work.found.arguments = tuple([work.argument(a) for a in arguments])
    for value in work.params.values():
        if isinstance(value, PipelineParameter):
            work.found.parameters.append(value)
    return work.found


class _Work:
    def __init__(self, params: Mapping[str, Any], is_producer: IsProducer, add_all: bool) -> None:
        self.found = Declared()
        self.params = params
        self._is_producer = is_producer
        self._add_all = add_all
        self._ports: dict[int, InPort | OutPort] = {}  # by identity of what was given
        self._bound_in: dict[object, InPort] = {}
        self._bound_out: dict[object, OutPort] = {}
        self._renamed: dict[str, InPort | OutPort] = {}
        self._names: dict[str, InPort | OutPort] | None = None

    # --- ports

    def add_input(self, item: Any) -> InPort | None:
        try:
            port = _ports.in_port(item)
        except ValueError as e:
            self._problem(e)
            return None
        if any(port.name == p.name for p in self.found.inputs):
            self.found.problems.append(
                f"two inputs are named '{port.name}'. Rename one of them, for example with as_named_input or as_input."
            )
        self.found.inputs.append(port)
        self._ports[id(item)] = port
        self._bound_in.setdefault(port.bound, port)
        if port.parameter is not None:
            self.found.parameters.append(port.parameter)
        return port

    def _merge(self, known: InPort, port: InPort, item: Any) -> InPort:
        """The same dataset twice under one name is one input; a way of moving it wins over none (contracts §1.5)."""
        if port.mode != "direct":
            known.mode, known.path_on_compute = port.mode, port.path_on_compute
        self._ports[id(item)] = known
        return known

    def add_output(self, item: Any) -> OutPort | None:
        try:
            port = _ports.out_port(item)
        except ValueError as e:
            self._problem(e)
            return None
        if any(port.name == p.name for p in self.found.outputs):
            self.found.problems.append(f"two outputs are named '{port.name}'. Rename one of them.")
        self.found.outputs.append(port)
        self._ports[id(item)] = port
        self._bound_out.setdefault(port.bound, port)
        if port.parameter is not None:
            self.found.parameters.append(port.parameter)
        return port

    def _problem(self, error: ValueError) -> None:
        self.found.problems.append(str(error))

    # --- objects among the arguments

    def meet(self, argument: Any) -> None:
        """Make sure that an object among the arguments has its port."""
        if isinstance(argument, PipelineParameter):
            self._meet_parameter(argument)
        elif isinstance(argument, tuple):
            if len(argument) == 2 and isinstance(argument[1], DataPathComputeBinding):  # pyright: ignore[reportUnknownArgumentType]
                self._meet_port(argument)
        elif isinstance(argument, _PORTS):
            self._meet_port(argument)
        elif hasattr(argument, "as_named_input"):
            self.found.problems.append(
                "a dataset is in the arguments without a name. Use dataset.as_named_input('a_name'), with as_mount() "
                "or as_download() if the script wants files."
            )

    def _meet_parameter(self, parameter: PipelineParameter) -> None:
        if parameter.name in self.params:
            self.found.problems.append(
                f"the pipeline parameter '{parameter.name}' in the arguments is also a key of params. Rename one of "
                "them."
            )
        self.found.parameters.append(parameter)
        if not parameter._is_data or ("parameter", parameter.name) in self._bound_in:
            return
        if parameter._type == "dataset":
            mode = "direct" if getattr(parameter.default_value, "_is_tabular", False) else "mount"
            item: Any = DatasetConsumptionConfig(parameter.name, parameter, mode)
        else:
            item = (parameter, DataPathComputeBinding())
        port = self._bound_in.get(("dataset", parameter.name)) or self.add_input(item)
        if port is not None:
            self._ports[id(parameter)] = port

    def _meet_port(self, item: Any) -> None:
        if id(item) in self._ports:
            return
        port = self._known(item)
        if port is not None:
            self._ports[id(item)] = port
        elif isinstance(item, OutputDatasetConfig):
            if self._is_producer(item):
                self.add_output(item)
            else:
                self.add_input(item)
        elif self._add_all or isinstance(item, _ADDED):
            self.add_input(item)
        else:
            kind = "binding" if isinstance(item, tuple) else type(item).__name__
            name = getattr(item, "data_reference_name", None) or getattr(item, "name", None) or "of a data path"
            self.found.problems.append(
                f"the {kind} '{name}' is in the arguments, but neither in inputs nor in outputs. Add it to one of them."
            )

    def _known(self, item: Any) -> InPort | OutPort | None:
        """The port of another object that means the same data."""
        if isinstance(item, OutputPortBinding):
            return self._bound_out.get(id(item))
        if isinstance(item, OutputDatasetConfig):
            return self._known_output(item)
        try:
            port = _ports.in_port(item)
        except ValueError:
            return None
        known = self._bound_in.get(port.bound)
        if known is not None:
            if isinstance(item, DatasetConsumptionConfig):
                if not _same_data(known, port):
                    return None
                return self._merge(known, port, item)
            return known
        return self._bound_out.get(port.bound) if isinstance(item, PipelineData) else None

    def _known_output(self, item: OutputDatasetConfig) -> InPort | OutPort | None:
        """An output among the arguments: an input when it is in inputs, an output when it is in outputs."""
        origin = id(item._origin)
        for port in self.found.inputs:
            if port.origin is item._origin:
                return port
        return self._bound_in.get(origin) or self._bound_out.get(origin)

    # --- names

    def settle_names(self) -> None:
        """Names that nobody chose become the same in every build; an input that has an output's name is renamed."""
        taken = {p.name for p in (*self.found.inputs, *self.found.outputs) if not _ports.is_generated(p.name)}
        for port in self.found.outputs:
            if _ports.is_generated(port.name):
                self._renamed[port.name] = port
                port.declared = replace(port.declared, name=_free("output", taken))
        for port in self.found.inputs:
            if _ports.is_generated(port.name):
                self._renamed[port.name] = port
                port.name = _free("input", taken)
        outputs = {p.name for p in self.found.outputs}
        for port in self.found.inputs:
            if port.name in outputs:
                port.aliases = (*port.aliases, port.name)
                port.name = f"INPUT_{port.name}"

    def _named(self) -> dict[str, InPort | OutPort]:
        """Every name by which a text may call a port; a port's own name comes before another one's alias."""
        if self._names is None:
            names = dict(self._renamed)
            for port in (*self.found.inputs, *self.found.outputs):
                for alias in port.aliases:
                    names.setdefault(alias, port)
            for port in (*self.found.inputs, *self.found.outputs):
                names[port.name] = port
            self._names = names
        return self._names

    # --- arguments

    def argument(self, given: Any) -> Argument:
        kind = type(given)
        if kind is str:
            return self._text(given) if ":" in given or "$" in given else (Text(given),)
        if kind in _LITERAL:
            return (Text(str(given)),)
        port = self._ports.get(id(given))
        if port is not None:
            return (_part(port),)
        if isinstance(given, PipelineParameter):
            return (ParameterValue(given.name),)
        return self._text(str(given))

    def _text(self, text: str) -> Argument:
        """A text with the tokens in it replaced by what they stand for; unknown ones stay as they are."""
        parts: list[Part] = []
        at = 0
        for token in _TOKEN.finditer(text):
            part = self._token(token)
            if part is None:
                continue
            if token.start() > at:
                parts.append(Text(text[at : token.start()]))
            parts.append(part)
            at = token.end()
        if at < len(text) or not parts:
            parts.append(Text(text[at:]))
        return tuple(parts)

    def _token(self, token: re.Match[str]) -> Part | None:
        if token.lastgroup == "parameter":
            name = token.group("parameter")
            if name not in self.params:
                return None
            value = self.params[name]
            return ParameterValue(value.name) if isinstance(value, PipelineParameter) else Text(str(value))
        name = token.group(token.lastgroup or 0)
        port = self._named().get(name)
        if token.lastgroup == "made":
            port = next((p for p in self.found.outputs if p.name == name or name in p.aliases), port)
        return None if port is None else _part(port)


def _part(port: InPort | OutPort) -> Part:
    return InputPath(port.name) if isinstance(port, InPort) else OutputPath(port.declared.name)


def _same_data(one: InPort, other: InPort) -> bool:
    """Whether two ports read the same data."""
    if one.dataset is not None or other.dataset is not None:
        return one.dataset is other.dataset or (
            one.dataset is not None and other.dataset is not None and one.dataset._plan == other.dataset._plan
        )
    return one.origin is other.origin and one.source == other.source


def _free(prefix: str, taken: set[str]) -> str:
    number = 1
    while f"{prefix}_{number}" in taken:
        number += 1
    taken.add(f"{prefix}_{number}")
    return f"{prefix}_{number}"
