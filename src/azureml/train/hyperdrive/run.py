"""`HyperDriveRun`: a sweep that runs or ran; the runs below it are its tries."""

import json
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.core.run import Run
from azureml.exceptions import TrainingException
from azureml.train.hyperdrive._ranking import ranked
from azureml.train.hyperdrive.exceptions import HyperDriveConfigException as HyperDriveConfigException
from azureml.train.hyperdrive.exceptions import HyperDriveNotImplementedException as HyperDriveNotImplementedException
from azureml.train.hyperdrive.exceptions import HyperDriveServiceException
from azureml.train.hyperdrive.runconfig import HyperDriveConfig as HyperDriveConfig
from azureml.train.hyperdrive.runconfig import PrimaryMetricGoal as PrimaryMetricGoal

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment

_METRIC_PROPERTY = "primary_metric_config"
_PARAMETERS_TAG = "hyperparameters"


class HyperDriveRun(Run):
    """A handle to a sweep. Which metric decides is read from `hyperdrive_config`, or from the run's properties."""

    RUN_TYPE = "hyperdrive"
    HYPER_DRIVE_RUN_USER_AGENT = "sdk_run_hyper_drive"

    def __init__(
        self, experiment: "Experiment", run_id: str, hyperdrive_config: HyperDriveConfig | None = None, **kwargs: Any
    ) -> None:
        super().__init__(experiment, run_id, **kwargs)
        self._hyperdrive_config = hyperdrive_config

    @property
    def hyperdrive_config(self) -> HyperDriveConfig:
        """The configuration this handle was made with. Raises HyperDriveServiceException when it was made without."""
        if self._hyperdrive_config is None:
            raise HyperDriveServiceException(
                f"Run {self.id} was found without the configuration it was submitted with."
            )
        return self._hyperdrive_config

    def get_best_run_by_primary_metric(
        self, include_failed: bool = True, include_canceled: bool = True, include_resume_from_runs: bool = True
    ) -> Run | None:
        """The try with the best value of the metric; None when none logged it."""
        left_out = {s for s, keep in (("Failed", include_failed), ("Canceled", include_canceled)) if not keep}
        tries = {run.id: run for run in self.get_children() if run.status not in left_out}
        best = next(iter(self._ranking(list(tries))), None)
        return tries[best[0]] if best is not None and best[1] is not None else None

    def get_children_sorted_by_primary_metric(
        self, top: int = 0, reverse: bool = False, discard_no_metric: bool = False
    ) -> list[dict[str, Any]]:
        """The tries as dictionaries of run_id, hyperparameters, best_primary_metric and status, the best first.

        At most `top` of them unless it is 0; the worst first with `reverse`; tries without the metric come last.
        """
        tries = {run.id: run for run in self.get_children()}
        ranking = self._ranking(list(tries))
        valued = [pair for pair in ranking if pair[1] is not None]
        order = [*(reversed(valued) if reverse else valued)]
        if not discard_no_metric:
            order += [pair for pair in ranking if pair[1] is None]
        return [
            {
                "run_id": run_id,
                "hyperparameters": tries[run_id].tags.get(_PARAMETERS_TAG),
                "best_primary_metric": value,
                "status": tries[run_id].status,
            }
            for run_id, value in order[: top or None]
        ]

    def get_hyperparameters(self) -> dict[str, str]:
        """The values each try was run with, as JSON, by run id."""
        return {run.id: run.tags[_PARAMETERS_TAG] for run in self.get_children() if _PARAMETERS_TAG in run.tags}

    def get_metrics(self) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """What each try logged, by run id."""
        return {k: v for k, v in super().get_metrics(recursive=True).items() if k != self.id}

    def get_diagnostics(self) -> dict[str, Any]:
        """The log of the sweep by name, as far as it was written."""
        return {"run_id": self.id, "status": self.get_status(), "details": self.get_details_with_logs()}

    def fail(self) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Not there: a sweep ends by itself. Raises NotImplementedError."""
        raise unsupported("Failing a sweep", "cancel() to stop it")

    def _primary_metric(self) -> tuple[str, PrimaryMetricGoal]:
        config = self._hyperdrive_config
        if config is not None:
            return config._primary_metric_name, config._primary_metric_goal
        try:
            found = json.loads(self.get_properties()[_METRIC_PROPERTY])
            return found["name"], PrimaryMetricGoal.from_str(found["goal"])
        except (KeyError, ValueError) as e:
            raise TrainingException(f"Run {self.id} does not say which metric its tries are compared by.") from e

    def _ranking(self, tries: list[str]) -> list[tuple[str, float | None]]:
        name, goal = self._primary_metric()
        return ranked(tries, self.get_metrics(), name, maximize=goal is PrimaryMetricGoal.MAXIMIZE)
