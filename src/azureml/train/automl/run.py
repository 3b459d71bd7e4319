"""`AutoMLRun`: declared; automated learning is not there."""

from typing import TYPE_CHECKING, Any

from azureml._unsupported import unavailable
from azureml.core.run import Run

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment

_INSTEAD = "a ScriptRunConfig with your own training script"


class AutoMLRun(Run):
    """A run of automated learning. There is none here: what is its own raises NotImplementedError."""

    model_id: str | None

    def __init__(self, experiment: "Experiment", run_id: str, **kwargs: Any) -> None:
        super().__init__(experiment, run_id, **kwargs)
        self.model_id = None

    @unavailable(_INSTEAD)
    def cancel_iteration(
        self,
        iteration: Any,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def continue_experiment(
        self,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        X_valid: Any = None,
        y_valid: Any = None,
        sample_weight_valid: Any = None,
        data: Any = None,
        label: Any = None,
        columns: Any = None,
        cv_splits_indices: Any = None,
        spark_context: Any = None,
        experiment_timeout_hours: Any = None,
        experiment_exit_score: Any = None,
        iterations: Any = None,
        show_output: Any = False,
        training_data: Any = None,
        validation_data: Any = None,
        **kwargs: Any,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def get_best_child(
        self,
        metric: Any = None,
        onnx_compatible: Any = False,
        **kwargs: Any,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def get_guardrails(
        self,
        to_console: Any = True,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def get_output(
        self,
        iteration: Any = None,
        metric: Any = None,
        return_onnx_model: Any = False,
        return_split_onnx_model: Any = None,
        **kwargs: Any,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def get_run_sdk_dependencies(
        self,
        iteration: Any = None,
        check_versions: Any = True,
        **kwargs: Any,
    ) -> Any: ...

    @unavailable(_INSTEAD)
    def pause(self) -> Any: ...

    @unavailable(_INSTEAD)
    def resume(self) -> Any: ...

    @unavailable(_INSTEAD)
    def retry(self) -> Any: ...

    @unavailable(_INSTEAD)
    def summary(self) -> Any: ...

    @unavailable(_INSTEAD)
    def register_model(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        model_name: Any = None,
        description: Any = None,
        tags: Any = None,
        iteration: Any = None,
        metric: Any = None,
    ) -> Any: ...

    @property
    def run_id(self) -> str:
        """The id of the run."""
        return self.id

    def fail(
        self, error_details: Any = None, error_code: str | None = None, _set_status: bool = True, **kwargs: Any
    ) -> None:
        """Say that the run is over and went wrong."""
        super().fail(error_details, error_code, _set_status)

    def complete(self, **kwargs: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Say that the run is over and went well."""
        super().complete()


@unavailable("the packages of your own environment")
def get_sdk_dependencies(all_dependencies_versions: Any = None) -> Any: ...
