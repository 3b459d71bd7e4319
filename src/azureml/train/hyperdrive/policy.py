"""When a try of a sweep is stopped before its end."""

from collections.abc import Mapping
from typing import Any, ClassVar

from azureml.train.hyperdrive.exceptions import HyperDriveConfigException as HyperDriveConfigException
from azureml.train.hyperdrive.exceptions import HyperDriveRehydrateException as HyperDriveRehydrateException


class EarlyTerminationPolicy:
    """A policy by its name, with the properties that tune it."""

    POLICY_NAME: ClassVar[str]

    def __init__(self, name: str, properties: Mapping[str, Any] | None = None) -> None:
        self._name = name
        self._properties: dict[str, Any] = dict(properties or {})

    def to_json(self) -> dict[str, Any]:
        """The policy as a dictionary that JSON can hold."""
        return {"name": self._name, "properties": dict(self._properties)}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._properties})"


class _Watching(EarlyTerminationPolicy):
    """Looks each `evaluation_interval` reports of the metric, not before `delay_evaluation` of them."""

    def __init__(self, evaluation_interval: int, delay_evaluation: int, **more: Any) -> None:
        _check_count("evaluation_interval", evaluation_interval, least=1)
        _check_count("delay_evaluation", delay_evaluation, least=0)
        properties = {"evaluation_interval": evaluation_interval, "delay_evaluation": delay_evaluation, **more}
        super().__init__(self.POLICY_NAME, properties)

    @property
    def evaluation_interval(self) -> int:
        """After how many reports of the metric the policy looks again."""
        return self._properties["evaluation_interval"]

    @property
    def delay_evaluation(self) -> int:
        """How many reports are let pass first."""
        return self._properties["delay_evaluation"]


class BanditPolicy(_Watching):
    """Stops a try that is worse than the best by more than a factor or an amount.

    Raises HyperDriveConfigException unless exactly one of `slack_factor` and `slack_amount` is given and positive.
    """

    POLICY_NAME = "Bandit"

    def __init__(
        self,
        evaluation_interval: int = 1,
        slack_factor: float | None = None,
        slack_amount: float | None = None,
        delay_evaluation: int = 0,
    ) -> None:
        if (slack_factor is None) == (slack_amount is None):
            raise HyperDriveConfigException("BanditPolicy: give exactly one of slack_factor and slack_amount.")
        slack = {k: v for k, v in (("slack_factor", slack_factor), ("slack_amount", slack_amount)) if v is not None}
        for parameter, value in slack.items():
            if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
                raise HyperDriveConfigException(f"{parameter} must be a number of more than 0, not {value!r}.")
        super().__init__(evaluation_interval, delay_evaluation, **slack)

    @property
    def slack_factor(self) -> float | None:
        """How much worse than the best a try may be, as a part of it; None when an amount was given."""
        return self._properties.get("slack_factor")


class MedianStoppingPolicy(_Watching):
    """Stops a try whose best metric is worse than the median of the running averages of all."""

    POLICY_NAME = "MedianStopping"

    def __init__(self, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        super().__init__(evaluation_interval, delay_evaluation)


class TruncationSelectionPolicy(_Watching):
    """Stops the worst `truncation_percentage` of the tries at each look; 1 to 99, else HyperDriveConfigException."""

    POLICY_NAME = "TruncationSelection"

    def __init__(self, truncation_percentage: int, evaluation_interval: int = 1, delay_evaluation: int = 0) -> None:
        _check_count("truncation_percentage", truncation_percentage, least=1)
        if truncation_percentage > 99:
            raise HyperDriveConfigException(f"truncation_percentage may be at most 99, not {truncation_percentage}.")
        super().__init__(evaluation_interval, delay_evaluation, truncation_percentage=truncation_percentage)

    @property
    def truncation_percentage(self) -> int:
        """How many of a hundred tries are stopped at each look."""
        return self._properties["truncation_percentage"]


class NoTerminationPolicy(EarlyTerminationPolicy):
    """Lets every try run to its end."""

    POLICY_NAME = "Default"

    def __init__(self) -> None:
        super().__init__(self.POLICY_NAME)


def _check_count(parameter: str, value: object, *, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise HyperDriveConfigException(f"{parameter} must be a whole number of {least} or more, not {value!r}.")
