"""What `Experiment.submit` takes, by kind of configuration (contracts §2)."""

from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.exceptions import AzureMLException

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run

_ELSEWHERE = {
    "azureml.train.hyperdrive": (
        "HyperDrive",
        "a pipeline step for each set of parameters, or a loop that submits the script",
    ),
    "azureml.train.automl": ("AutoML", "a ScriptRunConfig with your own training script"),
}


def submit(
    experiment: "Experiment", config: Any, tags: dict[str, str], options: dict[str, Any], parent: "Run | None" = None
) -> "Run":
    """Run a configuration in an experiment.

    Raises AzureMLException for what cannot be submitted, NotImplementedError for what this version cannot run.
    """
    module = type(config).__module__
    if module.startswith("azureml.pipeline."):
        from azureml.pipeline.core._submit import submit_config

        return submit_config(experiment, config, tags, options, parent)
    from azureml.core.script_run_config import ScriptRunConfig

    if hasattr(config, "_as_script_run_config"):
        config = config._as_script_run_config()
    if isinstance(config, ScriptRunConfig):
        from azureml.core._script_submission import submit_script

        return submit_script(experiment, config, tags, options, parent)
    for package, (what, instead) in _ELSEWHERE.items():
        if module.startswith(package):
            raise unsupported(what, instead)
    raise AzureMLException(
        f"A {type(config).__name__} cannot be submitted. "
        "Experiments run Pipeline, PublishedPipeline and ScriptRunConfig objects."
    )
