"""Steps and what ties them together: `PipelineStep`, `PipelineData`, `StepSequence`."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.data.abstract_dataset import AbstractDataset as AbstractDataset
from azureml.data.data_reference import DataReference as DataReference
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig as DatasetConsumptionConfig
from azureml.data.output_dataset_config import OutputDatasetConfig as OutputDatasetConfig
from azureml.pipeline.core._bindings import InputPortBinding as InputPortBinding
from azureml.pipeline.core._bindings import OutputPortBinding as OutputPortBinding
from azureml.pipeline.core._bindings import PipelineDataset as PipelineDataset
from azureml.pipeline.core._declared import Declared, declare
from azureml.pipeline.core._parameter import PipelineParameter as PipelineParameter
from azureml.pipeline.core._pipeline_data import PipelineData as PipelineData
from azureml.pipeline.core._port_data_reference import PortDataReference as PortDataReference
from azureml.pipeline.core._problems import InvalidStep
from azureml.pipeline.core.pipeline_output_dataset import DatasetRegistration as DatasetRegistration
from azureml.pipeline.core.pipeline_output_dataset import (
    PipelineOutputAbstractDataset as PipelineOutputAbstractDataset,
)
from azureml.pipeline.core.pipeline_output_dataset import PipelineOutputFileDataset as PipelineOutputFileDataset

if TYPE_CHECKING:
    from stepworks.graph.document import Argument, Work

_serial = count(1)
_BY_HAND = "a step class of azureml.pipeline.steps, or one derived from it"


class PipelineStep:
    """Declared work: the base of all steps.

    Raises ValueError, with every problem, for inputs, outputs and arguments that cannot be (contracts §5). Nothing is
    uploaded when a step is constructed.
    """

    # What a step runs; None for kinds that this version cannot run, which say what to use instead.
    _work: "Work | None" = None
    _unavailable: str | None = None
    _source_directory: str | None = None
    _script: str | None = None
    _runconfig: Any = None
    _compute: Any = None
    _allow_reuse: bool = True
    _version: str | None = None
    _params: Mapping[str, Any] = MappingProxyType({})
    _runconfig_params: Mapping[str, PipelineParameter] = MappingProxyType({})
    _settings: Mapping[str, Any] = MappingProxyType({})
    # Of compute targets by type; None takes any.
    _compute_types: frozenset[str] | None = None

    def __init__(
        self,
        name: str,
        inputs: Sequence[Any] | None,
        outputs: Sequence[Any] | None,
        arguments: Sequence[Any] | None = None,
        fix_port_name_collisions: bool = False,
        resource_inputs: Sequence[Any] | None = None,
    ) -> None:
        if not isinstance(name, str) or not name:
            raise ValueError(f"A step's name is a text, not {name!r}.")
        self.name = name
        self.run_after_steps: list[PipelineStep] = []
        self.step_type: str | None = type(self).__name__
        self._number = next(_serial)
        self._given_arguments = tuple(arguments or ())
        found = declare(
            (*_listed(inputs, "inputs"), *_listed(resource_inputs, "resource_inputs")),
            _listed(outputs, "outputs"),
            self._given_arguments,
            params=self._params,
            is_producer=self._produces,
        )
        if found.problems:
            raise InvalidStep(name, found.problems)
        self._declared = found
        self._take_outputs(found)

    @property
    def _arguments(self) -> "tuple[Argument, ...]":
        return self._declared.arguments

    def _produces(self, config: OutputDatasetConfig) -> bool:
        """Whether an output that is in the arguments only is made here: by the first step that names it so, or by the
        same step constructed again, as when a notebook's cell is run twice."""
        producer: PipelineStep | None = config._origin._producer
        return producer is None or producer is self or self._repeats(producer)

    def _repeats(self, other: "PipelineStep") -> bool:
        return (
            type(other) is type(self)
            and (other.name, other._script, other._source_directory)
            == (self.name, self._script, self._source_directory)
            and [_shape(a) for a in other._given_arguments] == [_shape(a) for a in self._given_arguments]
        )

    def _take_outputs(self, found: Declared) -> None:
        for port in found.outputs:
            port.origin._producer = self
            if isinstance(port.origin, OutputDatasetConfig):
                port.origin._port = port.name

    def run_after(self, step: "PipelineStep | Sequence[PipelineStep]") -> None:
        """Wait for another step, though no data come from it. Pipelines that were built before do not change."""
        steps = [step] if isinstance(step, PipelineStep) else list(step)
        for before in steps:
            if not isinstance(before, PipelineStep):
                raise ValueError(f"Step '{self.name}' can run after a step, not after a {type(before).__name__}.")
            self.run_after_steps.append(before)

    # --- for step classes of one's own, as the SDK had them

    @staticmethod
    def validate_arguments(arguments: Sequence[Any], inputs: Sequence[Any], outputs: Sequence[Any]) -> None:
        """Raise ValueError when an object among the arguments is neither in inputs nor in outputs."""
        found = declare(inputs or (), outputs or (), tuple(arguments or ()))
        if found.problems:
            raise InvalidStep("arguments", found.problems)

    @staticmethod
    def resolve_input_arguments(
        arguments: Sequence[Any], inputs: Sequence[Any], outputs: Sequence[Any], params: Mapping[str, Any] | None
    ) -> "list[Argument]":
        """The arguments as tuples of parts: texts, paths of ports, values of parameters."""
        return list(declare(inputs or (), outputs or (), tuple(arguments or ()), params=params).arguments)

    def get_source_directory(self, context: Any, source_directory: str | None, script_name: str | None) -> str:
        """The source directory as an absolute path. Raises ValueError when the script is not in it."""
        import os

        found = os.path.abspath(source_directory or getattr(context, "default_source_directory", None) or ".")
        if script_name is not None and not os.path.isfile(os.path.join(found, script_name)):
            raise ValueError(f"Step '{self.name}': there is no script '{script_name}' in {found}.")
        return found

    def create_input_output_bindings(
        self, inputs: Any, outputs: Any, default_datastore: Any, resource_inputs: Any = None
    ) -> tuple[list[InputPortBinding], list[OutputPortBinding]]:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Making bindings of a step by hand", _BY_HAND)

    def create_module_def(
        self,
        execution_type: Any,
        input_bindings: Any,
        output_bindings: Any,
        param_defs: Any = None,
        create_sequencing_ports: bool = True,
        allow_reuse: bool = True,
        version: str | None = None,
        module_type: Any = None,
        arguments: Any = None,
        runconfig: Any = None,
        cloud_settings: Any = None,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Making the definition of a step by hand", _BY_HAND)

    def create_node(self, graph: Any, default_datastore: Any, context: Any) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("Making the node of a step by hand", _BY_HAND)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(name={self.name!r})"


class StepSequence:
    """Steps in order: every item waits for all steps of the item before it. Items are steps, lists of steps, which
    have no order among themselves, or sequences."""

    def __init__(self, steps: Sequence[Any] | None = None) -> None:
        self._steps = list(steps or ())

    def __iter__(self) -> Iterator[Any]:
        return iter(self._steps)


def _listed(given: Any, what: str) -> Sequence[Any]:
    if given is None:
        return ()
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        raise ValueError(f"{what} is a list, not a {type(given).__name__}.")
    return list(given)


def _shape(argument: Any) -> Any:
    """What of an argument stays the same when the code that makes it is run again."""
    if isinstance(argument, str | int | float | bool | None):
        return argument
    origin = getattr(argument, "_origin", None)
    return (type(argument), id(origin) if origin is not None else None)
