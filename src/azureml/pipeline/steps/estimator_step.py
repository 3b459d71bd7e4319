"""`EstimatorStep`: a step that runs an estimator's script. The old way: PythonScriptStep says the same with less."""

from collections.abc import Mapping, Sequence
from typing import Any

from azureml.pipeline.steps._given import told_of_deprecation
from azureml.pipeline.steps.python_script_step import PythonScriptStep as PythonScriptStep


class EstimatorStep(PythonScriptStep):
    """Runs the script of an estimator with `estimator_entry_script_arguments`, in the estimator's environment.

    Raises ValueError without an estimator, or for one that has script_params: arguments belong into
    `estimator_entry_script_arguments`.
    """

    def __init__(
        self,
        name: str | None = None,
        estimator: Any = None,
        estimator_entry_script_arguments: Sequence[Any] | None = None,
        runconfig_pipeline_params: Mapping[str, Any] | None = None,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        compute_target: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        if estimator is None or not hasattr(estimator, "run_config"):
            raise ValueError("An EstimatorStep needs an estimator of azureml.train.")
        if estimator_entry_script_arguments is None:
            raise ValueError("An EstimatorStep needs estimator_entry_script_arguments; [] when the script takes none.")
        told_of_deprecation("EstimatorStep", "PythonScriptStep")
        runconfig = estimator.run_config
        if getattr(runconfig, "arguments", None):
            raise ValueError(
                "The estimator has script_params. Give them as estimator_entry_script_arguments of the EstimatorStep."
            )
        script = runconfig.script
        super().__init__(
            script_name=script,
            name=name or script,
            arguments=estimator_entry_script_arguments,
            compute_target=compute_target,
            runconfig=runconfig,
            runconfig_pipeline_params=runconfig_pipeline_params,
            inputs=inputs,
            outputs=outputs,
            source_directory=estimator.source_directory,
            allow_reuse=allow_reuse,
            version=version,
        )
