"""`ParallelRunStep`: a step that runs a script over mini-batches of its input (contracts §17): not there yet."""

from collections.abc import Sequence
from typing import Any

from azureml.data.dataset_consumption_config import DatasetConsumptionConfig, is_tabular
from azureml.data.output_dataset_config import OutputDatasetConfig
from azureml.pipeline.core._bindings import InputPortBinding, PipelineDataset
from azureml.pipeline.core._pipeline_data import PipelineData
from azureml.pipeline.core._problems import InvalidStep
from azureml.pipeline.core.builder import PipelineStep
from azureml.pipeline.core.pipeline_output_dataset import PipelineOutputAbstractDataset
from azureml.pipeline.steps.parallel_run_config import ParallelRunConfig

# What the runner of mini-batches is itself given.
_RESERVED = frozenset(
    {
        "scoring_module_name",
        "mini_batch_size",
        "error_threshold",
        "output_action",
        "logging_level",
        "run_invocation_timeout",
        "run_max_try",
        "append_row_file_name",
        "process_count_per_node",
        "partition_keys",
        "allowed_failed_count",
        "allowed_failed_percent",
        "output",
        "client_sdk_version",
        "input_format",
    }
)
_WITHOUT_INPUT = "--rank_mini_batch_count"


class ParallelRunStep(PipelineStep):
    """Runs the entry script over mini-batches: files are mounted, tables handed over.

    It can be built into a pipeline, but not submitted. Inputs are all files or all tables; `output` is required for
    append_row; arguments are written `--keyword value`. Raises ValueError with every problem.
    """

    _unavailable = "a PythonScriptStep that loops over the input"
    _compute_types = frozenset({"AmlCompute", "AmlInstance", "ComputeInstance", "Kubernetes", "Local"})

    def __init__(
        self,
        name: str,
        parallel_run_config: ParallelRunConfig,
        inputs: Sequence[Any],
        output: Any = None,
        side_inputs: Sequence[Any] | None = None,
        arguments: Sequence[Any] | None = None,
        allow_reuse: bool = True,
    ) -> None:
        given, sides, arguments = list(inputs or ()), list(side_inputs or ()), list(arguments or ())
        problems = [
            *_input_problems(given, arguments),
            *_output_problems(parallel_run_config, output),
            *_argument_problems(arguments),
        ]
        if problems:
            raise InvalidStep(name, problems)
        self._config = parallel_run_config
        self._script = parallel_run_config.entry_script
        self._source_directory = parallel_run_config.source_directory
        self._compute = parallel_run_config.compute_target
        self._allow_reuse = allow_reuse
        super().__init__(name, [*map(_mounted, given), *sides], [] if output is None else [output], arguments)

    def create_module_def(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        execution_type: Any,
        input_bindings: Any,
        output_bindings: Any,
        param_defs: Any = None,
        create_sequencing_ports: bool = True,
        allow_reuse: bool = True,
        version: str | None = None,
        arguments: Any = None,
    ) -> Any:
        """Not there. Raises NotImplementedError."""
        return super().create_module_def(execution_type, input_bindings, output_bindings)

    @property
    def running_on_windows(self) -> bool:
        """Whether the mini-batches run on Windows machines: never here."""
        return False


def _mounted(item: Any) -> Any:
    """Files are mounted unless they are downloaded."""
    if isinstance(item, DatasetConsumptionConfig) and item.mode == "direct" and not is_tabular(item.dataset):
        return item.as_mount()
    return item


def _kind(item: Any) -> str | None:
    """Whether an input is of files or of a table; None for what cannot be one."""
    if isinstance(item, DatasetConsumptionConfig):
        return "table" if is_tabular(item.dataset) else "files"
    if isinstance(item, PipelineDataset):
        return "table" if is_tabular(item.dataset) else "files"
    if isinstance(item, PipelineOutputAbstractDataset | OutputDatasetConfig):
        return "table" if item._is_tabular else "files"
    if isinstance(item, InputPortBinding):
        return _kind(item.bind_object)
    return None


def _input_problems(inputs: Sequence[Any], arguments: Sequence[Any]) -> list[str]:
    if not inputs:
        return [] if _WITHOUT_INPUT in arguments else ["it needs at least one input."]
    kinds = [_kind(item) for item in inputs]
    found = [
        f"a {type(item).__name__} cannot be split into mini-batches. Use dataset.as_named_input('a_name'), or the "
        "as_dataset() or as_input() of an output."
        for item, kind in zip(inputs, kinds, strict=True)
        if kind is None
    ]
    if {"table", "files"} <= set(kinds):
        found.append("its inputs are files and tables. Give inputs of one kind; the others may be side_inputs.")
    return found


def _output_problems(config: ParallelRunConfig, output: Any) -> list[str]:
    if output is None:
        return ["output_action is append_row, so it needs output."] if config.output_action == "append_row" else []
    if isinstance(output, PipelineData | OutputDatasetConfig | PipelineOutputAbstractDataset) or hasattr(
        output, "bind_mode"
    ):
        return []
    return [f"a {type(output).__name__} cannot be its output. Use OutputFileDatasetConfig or PipelineData."]


def _argument_problems(arguments: Sequence[Any]) -> list[str]:
    found: list[str] = []
    if arguments and not (isinstance(arguments[0], str) and arguments[0].startswith("--")):
        found.append(f"its arguments begin with {arguments[0]!r}. Write them as '--keyword', value.")
    for argument in arguments:
        if isinstance(argument, str) and argument.startswith("--"):
            word = argument[2:].partition("=")[0]
            if word in _RESERVED:
                found.append(f"its argument '--{word}' is one of the runner's own. Choose another name.")
    return found
