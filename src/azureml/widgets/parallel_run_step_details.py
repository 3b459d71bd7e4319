"""`ParallelRunStepDetails`: shows one parallel run step while it runs."""

from typing import TYPE_CHECKING, Any

from azureml.exceptions import UserErrorException
from azureml.widgets.run_details import RunDetails

if TYPE_CHECKING:
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace


class ParallelRunStepDetails:
    """The step run to show: given as it is, by pipeline run and step name, or by ids.

    Raises UserErrorException when it is not clear which, RunNotFound for an id that nothing has.
    """

    step_run: "Run"

    def __init__(
        self,
        run_instance: "Run | None" = None,
        step_name: str | None = None,
        workspace: "Workspace | None" = None,
        run_id: str | None = None,
        step_run_id: str | None = None,
    ) -> None:
        self.step_run = _step_run(run_instance, step_name, workspace, run_id, step_run_id)

    def show(self) -> None:
        """Show the step, as `RunDetails` shows a run."""
        RunDetails(self.step_run).show()


def _step_run(
    run: "Run | None", step_name: str | None, workspace: "Workspace | None", run_id: str | None, step_run_id: str | None
) -> Any:
    from azureml.core.run import Run

    if run is None:
        wanted = step_run_id or run_id
        if workspace is None or wanted is None:
            raise UserErrorException(
                "Give run_instance, or workspace with step_run_id, or workspace with run_id and step_name."
            )
        run = Run.get(workspace, wanted)
    if step_name is None:
        return run
    steps = {child.name: child for child in run.get_children()}
    if step_name not in steps:
        raise UserErrorException(
            f"Run {run.id} has no step '{step_name}'. It has: {', '.join(sorted(steps)) or 'none'}."
        )
    return steps[step_name]
