"""`ScriptRun`: a run of one script, as `Experiment.submit(ScriptRunConfig(...))` gives it."""

from typing import TYPE_CHECKING, Any

from azureml.core.run import Run

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment


class ScriptRun(Run):
    """A submitted script."""

    RUN_TYPE = "azureml.scriptrun"

    def __init__(
        self,
        experiment: "Experiment",
        run_id: str,
        directory: str | None = None,
        _run_config: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(experiment, run_id, **kwargs)
        self._directory = directory
        self._run_config = _run_config
