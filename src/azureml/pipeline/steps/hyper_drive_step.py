"""`HyperDriveStep`: a step that searches hyperparameters (contracts §17): not there yet."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azureml.data.data_reference import DataReference as DataReference
from azureml.pipeline.core._bindings import OutputPortBinding as OutputPortBinding
from azureml.pipeline.core._bindings import TrainingOutput as TrainingOutput
from azureml.pipeline.core._definitions import ParamDef as ParamDef
from azureml.pipeline.core._pipeline_data import PipelineData as PipelineData
from azureml.pipeline.core.builder import PipelineStep as PipelineStep
from azureml.train.hyperdrive import HyperDriveRun as HyperDriveRun

if TYPE_CHECKING:
    from azureml.pipeline.core.run import StepRun


class HyperDriveStep(PipelineStep):
    """Runs the script of a HyperDriveConfig with many values. It can be built into a pipeline, but not submitted.

    `metrics_output` is one more output. Raises ValueError without a HyperDriveConfig.
    """

    _unavailable = "a PythonScriptStep for each set of values, made in a loop"
    _compute_types = frozenset({"AmlCompute", "AmlInstance", "ComputeInstance", "Kubernetes", "Local"})

    def __init__(
        self,
        name: str,
        hyperdrive_config: Any,
        estimator_entry_script_arguments: Sequence[Any] | None = None,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        metrics_output: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        if not hasattr(hyperdrive_config, "run_config"):
            raise ValueError(f"HyperDriveStep '{name}' needs a HyperDriveConfig.")
        runconfig = hyperdrive_config.run_config
        source = (
            hyperdrive_config.estimator if hyperdrive_config.estimator is not None else hyperdrive_config._run_config
        )
        self._script = getattr(runconfig, "script", None)
        self._source_directory = getattr(source, "source_directory", None)
        self._runconfig = runconfig
        self._allow_reuse = allow_reuse
        self._version = version
        arguments = estimator_entry_script_arguments
        if arguments is None:
            arguments = list(getattr(runconfig, "arguments", None) or getattr(source, "arguments", None) or ())
        made = [*(outputs or ()), *([metrics_output] if metrics_output is not None else [])]
        super().__init__(name, inputs, made, arguments)


class HyperDriveStepRun(HyperDriveRun):
    """The step run of a HyperDriveStep, as a search."""

    def __init__(self, step_run: "StepRun") -> None:
        super().__init__(step_run.experiment, step_run.id)
        self._step_run = step_run
