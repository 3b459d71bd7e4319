"""`AutoMLConfig`: kept as it was given; automated learning itself is not there."""

from collections.abc import Mapping
from typing import Any

from azureml.exceptions import UserErrorException

_TASKS = ("classification", "regression", "forecasting")


class AutoMLConfig:
    """What to learn from which data. `Experiment.submit` of it raises NotImplementedError.

    Raises UserErrorException for an unknown task.
    """

    is_timeseries: bool
    user_settings: dict[str, Any]

    def __init__(
        self,
        task: Any,
        path: Any = None,
        iterations: Any = None,
        primary_metric: Any = None,
        positive_label: Any = None,
        compute_target: Any = None,
        spark_context: Any = None,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        X_valid: Any = None,
        y_valid: Any = None,
        sample_weight_valid: Any = None,
        cv_splits_indices: Any = None,
        validation_size: Any = None,
        n_cross_validations: Any = None,
        y_min: Any = None,
        y_max: Any = None,
        num_classes: Any = None,
        featurization: Any = "auto",
        max_cores_per_iteration: Any = 1,
        max_concurrent_iterations: Any = 1,
        iteration_timeout_minutes: Any = None,
        mem_in_mb: Any = None,
        enforce_time_on_windows: Any = False,
        experiment_timeout_hours: Any = None,
        experiment_exit_score: Any = None,
        enable_early_stopping: Any = True,
        blocked_models: Any = None,
        blacklist_models: Any = None,
        exclude_nan_labels: Any = True,
        verbosity: Any = 20,
        enable_tf: Any = False,
        model_explainability: Any = True,
        allowed_models: Any = None,
        whitelist_models: Any = None,
        enable_onnx_compatible_models: Any = False,
        enable_voting_ensemble: Any = True,
        enable_stack_ensemble: Any = None,
        debug_log: Any = "automl.log",
        training_data: Any = None,
        validation_data: Any = None,
        test_data: Any = None,
        test_size: Any = None,
        label_column_name: Any = None,
        weight_column_name: Any = None,
        cv_split_column_names: Any = None,
        enable_local_managed: Any = False,
        enable_dnn: Any = None,
        forecasting_parameters: Any = None,
        **kwargs: Any,
    ) -> None:
        given: dict[str, Any] = {
            "path": path,
            "iterations": iterations,
            "primary_metric": primary_metric,
            "positive_label": positive_label,
            "compute_target": compute_target,
            "spark_context": spark_context,
            "X": X,
            "y": y,
            "sample_weight": sample_weight,
            "X_valid": X_valid,
            "y_valid": y_valid,
            "sample_weight_valid": sample_weight_valid,
            "cv_splits_indices": cv_splits_indices,
            "validation_size": validation_size,
            "n_cross_validations": n_cross_validations,
            "y_min": y_min,
            "y_max": y_max,
            "num_classes": num_classes,
            "featurization": featurization,
            "max_cores_per_iteration": max_cores_per_iteration,
            "max_concurrent_iterations": max_concurrent_iterations,
            "iteration_timeout_minutes": iteration_timeout_minutes,
            "mem_in_mb": mem_in_mb,
            "enforce_time_on_windows": enforce_time_on_windows,
            "experiment_timeout_hours": experiment_timeout_hours,
            "experiment_exit_score": experiment_exit_score,
            "enable_early_stopping": enable_early_stopping,
            "blocked_models": blocked_models,
            "blacklist_models": blacklist_models,
            "exclude_nan_labels": exclude_nan_labels,
            "verbosity": verbosity,
            "enable_tf": enable_tf,
            "model_explainability": model_explainability,
            "allowed_models": allowed_models,
            "whitelist_models": whitelist_models,
            "enable_onnx_compatible_models": enable_onnx_compatible_models,
            "enable_voting_ensemble": enable_voting_ensemble,
            "enable_stack_ensemble": enable_stack_ensemble,
            "debug_log": debug_log,
            "training_data": training_data,
            "validation_data": validation_data,
            "test_data": test_data,
            "test_size": test_size,
            "label_column_name": label_column_name,
            "weight_column_name": weight_column_name,
            "cv_split_column_names": cv_split_column_names,
            "enable_local_managed": enable_local_managed,
            "enable_dnn": enable_dnn,
            "forecasting_parameters": forecasting_parameters,
        }
        self._keep(task, _TASKS, {**given, **kwargs})

    def _keep(self, task: str, known: tuple[str, ...], settings: Mapping[str, Any]) -> None:
        if task not in known:
            raise UserErrorException(f"task is {task!r}; it is one of {', '.join(known)}.")
        self.is_timeseries = task == "forecasting"
        self.user_settings = {"task_type": task, **{k: v for k, v in settings.items() if v is not None}}

    def as_serializable_dict(self) -> dict[str, Any]:
        """The settings that were given, with text in the place of what JSON cannot hold."""
        plain = (bool, int, float, str, list, dict)
        return {k: v if isinstance(v, plain) else str(v) for k, v in self.user_settings.items()}

    @classmethod
    def get_supported_dataset_languages(cls, use_gpu: Any) -> dict[str, str]:
        """Empty: there is no featurization of text here."""
        return {}


class AutoMLImageConfig(AutoMLConfig):
    """What to learn from which images. `Experiment.submit` of it raises NotImplementedError."""

    _IMAGE_TASKS = (
        "image-classification",
        "image-classification-multilabel",
        "image-object-detection",
        "image-instance-segmentation",
    )

    def __init__(
        self,
        task: Any,
        compute_target: Any,
        training_data: Any,
        hyperparameter_sampling: Any,
        iterations: Any,
        max_concurrent_iterations: Any = None,
        experiment_timeout_hours: Any = None,
        early_termination_policy: Any = None,
        validation_data: Any = None,
        arguments: Any = None,
        **kwargs: Any,
    ) -> None:
        settings: dict[str, Any] = {
            "compute_target": compute_target,
            "training_data": training_data,
            "hyperparameter_sampling": hyperparameter_sampling,
            "iterations": iterations,
            "max_concurrent_iterations": max_concurrent_iterations,
            "experiment_timeout_hours": experiment_timeout_hours,
            "early_termination_policy": early_termination_policy,
            "validation_data": validation_data,
            "arguments": arguments,
        }
        self._keep(task, self._IMAGE_TASKS, {**settings, **kwargs})
