"""`AutoMLStep`: a step that has a service search for a model (contracts §17): not there."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from azureml.pipeline.core._bindings import TrainingOutput as TrainingOutput
from azureml.pipeline.core._definitions import ParamDef as ParamDef
from azureml.pipeline.core._pipeline_data import PipelineData as PipelineData
from azureml.pipeline.core._port_data_reference import PortDataReference
from azureml.pipeline.core.builder import PipelineStep as PipelineStep
from azureml.pipeline.steps._given import told_of_hash_paths
from azureml.train.automl import AutoMLConfig as AutoMLConfig
from azureml.train.automl.run import AutoMLRun as AutoMLRun

if TYPE_CHECKING:
    from azureml.pipeline.core.run import StepRun

_METRICS = "default_metrics_"
_MODEL = "default_model_"


class AutoMLStep(PipelineStep):
    """Runs an AutoMLConfig. It can be built into a pipeline, but not submitted. Raises ValueError without a config."""

    AUTOML_CONFIG_PARAM_NAME: ClassVar[str] = "AutoMLConfig"
    DEFAULT_METRIC_PREFIX: ClassVar[str] = _METRICS
    DEFAULT_MODEL_PREFIX: ClassVar[str] = _MODEL

    _unavailable = "a PythonScriptStep with your own training script"

    def __init__(
        self,
        name: str,
        automl_config: Any,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        script_repl_params: Mapping[str, str] | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: Sequence[str] | None = None,
        enable_default_model_output: bool = True,
        enable_default_metrics_output: bool = True,
        **kwargs: Any,
    ) -> None:
        if not isinstance(automl_config, AutoMLConfig):
            raise ValueError(f"AutoMLStep '{name}' needs an AutoMLConfig.")
        if hash_paths:
            told_of_hash_paths(name)
        self._config = automl_config
        self._allow_reuse = allow_reuse
        self._version = version
        made = [*(outputs or ())]
        word = "".join(c if c.isalnum() or c == "_" else "_" for c in name)
        if enable_default_metrics_output:
            made.append(PipelineData(f"{_METRICS}{word}", training_output=TrainingOutput("Metrics")))
        if enable_default_model_output:
            made.append(PipelineData(f"{_MODEL}{word}", training_output=TrainingOutput("Model")))
        super().__init__(name, inputs, made)


class AutoMLStepRun(AutoMLRun):
    """The step run of an AutoMLStep, as a search."""

    def __init__(self, step_run: "StepRun") -> None:
        super().__init__(step_run.experiment, step_run.id)
        self._step_run = step_run

    def get_default_metrics_output(self) -> PortDataReference:
        """The data of the metrics output."""
        return self._default_output(_METRICS)

    def get_default_model_output(self) -> PortDataReference:
        """The data of the model output."""
        return self._default_output(_MODEL)

    def _default_output(self, prefix: str) -> PortDataReference:
        name = next((n for n in self._step_run.get_outputs() if n.startswith(prefix)), prefix)
        return self._step_run.get_output_data(name)
