"""`HyperDriveConfig`: one sweep."""

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

from azureml.train.hyperdrive.exceptions import HyperDriveConfigException as HyperDriveConfigException
from azureml.train.hyperdrive.policy import EarlyTerminationPolicy
from azureml.train.hyperdrive.policy import NoTerminationPolicy as NoTerminationPolicy
from azureml.train.hyperdrive.sampling import BayesianParameterSampling as BayesianParameterSampling
from azureml.train.hyperdrive.sampling import HyperParameterSampling

if TYPE_CHECKING:
    from azureml.core.script_run_config import ScriptRunConfig

MAX_DURATION_MINUTES = 10080
_MOST_RUNS = 1000
_MOST_AT_ONCE = 100


class PrimaryMetricGoal(Enum):
    """Whether more or less of the metric is better."""

    MAXIMIZE = "MAXIMIZE"
    MINIMIZE = "MINIMIZE"

    @staticmethod
    def from_str(goal: str) -> "PrimaryMetricGoal":
        """The goal of that name, whatever the case of its letters. Raises HyperDriveConfigException."""
        try:
            return PrimaryMetricGoal(goal.upper())
        except ValueError as e:
            raise HyperDriveConfigException(f"primary_metric_goal is {goal!r}; it is MAXIMIZE or MINIMIZE.") from e


class HyperDriveConfig:
    """What is run with which values, how often at most, and by which metric the runs are compared.

    Raises HyperDriveConfigException for parts that contradict each other or are of the wrong kind. Exactly one of
    `run_config`, `estimator` and `pipeline` says what runs.
    """

    def __init__(
        self,
        hyperparameter_sampling: HyperParameterSampling,
        primary_metric_name: str,
        primary_metric_goal: PrimaryMetricGoal,
        max_total_runs: int,
        max_concurrent_runs: int | None = None,
        max_duration_minutes: int = MAX_DURATION_MINUTES,
        policy: EarlyTerminationPolicy | None = None,
        estimator: Any = None,
        run_config: "ScriptRunConfig | None" = None,
        resume_from: Any = None,
        resume_child_runs: Sequence[Any] | None = None,
        pipeline: Any = None,
        debug_flag: str | None = None,
        custom_run_id: str | None = None,
    ) -> None:
        _check_kind("hyperparameter_sampling", hyperparameter_sampling, HyperParameterSampling)
        _check_kind("primary_metric_goal", primary_metric_goal, PrimaryMetricGoal)
        _check_kind("policy", policy or NoTerminationPolicy(), EarlyTerminationPolicy)
        if not isinstance(primary_metric_name, str) or not primary_metric_name:
            raise HyperDriveConfigException("primary_metric_name must be the name of a metric that the script logs.")
        _check_count("max_total_runs", max_total_runs, most=_MOST_RUNS)
        _check_count("max_duration_minutes", max_duration_minutes, most=MAX_DURATION_MINUTES)
        if max_concurrent_runs is not None:
            _check_count("max_concurrent_runs", max_concurrent_runs, most=_MOST_AT_ONCE)
            if max_concurrent_runs > max_total_runs:
                raise HyperDriveConfigException(
                    f"max_concurrent_runs is {max_concurrent_runs}, more than max_total_runs, {max_total_runs}."
                )
        given = [
            n
            for n, v in (("estimator", estimator), ("run_config", run_config), ("pipeline", pipeline))
            if v is not None
        ]
        if len(given) != 1:
            raise HyperDriveConfigException(
                f"Give exactly one of run_config, estimator and pipeline; {' and '.join(given) or 'none'} was given."
            )
        self._sampling = hyperparameter_sampling
        self._primary_metric_name = primary_metric_name
        self._primary_metric_goal = primary_metric_goal
        self._max_total_runs = max_total_runs
        self._max_concurrent_runs = max_concurrent_runs or min(max_total_runs, _MOST_AT_ONCE)
        self._max_duration_minutes = max_duration_minutes
        self._policy = policy or NoTerminationPolicy()
        self._estimator = estimator
        self._run_config = run_config
        self._resume_from = resume_from
        self._resume_child_runs = tuple(resume_child_runs or ())
        self._pipeline = pipeline
        self._debug_flag = debug_flag
        self._custom_run_id = custom_run_id

    @property
    def estimator(self) -> Any:
        """The estimator that is run, if one was given."""
        return self._estimator

    @property
    def run_config(self) -> Any:
        """The run configuration of what is run: the estimator's, or the script's; None for a pipeline."""
        source = self._estimator if self._estimator is not None else self._run_config
        return None if source is None else source.run_config

    @property
    def pipeline(self) -> Any:
        """The pipeline that is run, if one was given."""
        return self._pipeline

    @property
    def source_directory(self) -> str | None:
        """The source directory of what is run; None for a pipeline."""
        source = self._estimator if self._estimator is not None else self._run_config
        return None if source is None else source.source_directory

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self._sampling!r}, {self._primary_metric_name!r}, "
            f"{self._primary_metric_goal.name}, max_total_runs={self._max_total_runs})"
        )


class HyperDriveRunConfig(HyperDriveConfig):
    """The older name of HyperDriveConfig."""


def _check_kind(parameter: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise HyperDriveConfigException(f"{parameter} must be a {kind.__name__}, not {value!r}.")


def _check_count(parameter: str, value: object, *, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise HyperDriveConfigException(f"{parameter} must be a whole number from 1 to {most}, not {value!r}.")
