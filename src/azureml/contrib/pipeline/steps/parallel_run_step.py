"""`ParallelRunStep` with the parameters it had as a preview."""

from collections.abc import Mapping, Sequence
from typing import Any

from azureml.pipeline.steps.parallel_run_config import ParallelRunConfig
from azureml.pipeline.steps.parallel_run_step import ParallelRunStep as _ParallelRunStep


class ParallelRunStep(_ParallelRunStep):
    """A parallel run step. `models`, `tags` and `properties` are taken and kept out of the run: scripts find models
    by name."""

    def __init__(
        self,
        name: str,
        parallel_run_config: ParallelRunConfig,
        inputs: Sequence[Any],
        output: Any = None,
        side_inputs: Sequence[Any] | None = None,
        models: Sequence[Any] | None = None,
        arguments: Sequence[Any] | None = None,
        allow_reuse: bool = True,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        add_parallel_run_step_dependencies: bool = True,
    ) -> None:
        super().__init__(name, parallel_run_config, inputs, output, side_inputs, arguments, allow_reuse)
