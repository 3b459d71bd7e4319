"""Which class a run is given as (contracts §12)."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace
    from stepworks.wire.runs import RunRecord


def make_run(
    workspace: "Workspace",
    record: "RunRecord",
    experiment: "Experiment | None",
    registered: "Mapping[str, Callable[..., Run]]",
) -> "Run":
    """The run of a record, as the class its type has; classes that users registered come first."""
    from azureml.core.experiment import Experiment

    if experiment is None or experiment.name != record.experiment:
        experiment = Experiment(workspace, record.experiment, _skip_name_validation=True, _create_in_cloud=False)
    factory = registered.get(record.type)
    if factory is not None:
        import msgspec

        return factory(experiment, msgspec.to_builtins(record))
    return _class_of(record.type)(experiment, record.id, _record=record)


def _class_of(run_type: str) -> "Callable[..., Run]":
    if run_type == "azureml.PipelineRun":
        from azureml.pipeline.core.run import PipelineRun

        return PipelineRun
    if run_type == "azureml.StepRun":
        from azureml.pipeline.core.run import StepRun

        return StepRun
    if run_type == "azureml.scriptrun":
        from azureml.core.script_run import ScriptRun

        return ScriptRun
    from azureml.core.run import Run

    return Run
