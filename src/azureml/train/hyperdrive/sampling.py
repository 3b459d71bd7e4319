"""How a sweep picks the values to try."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from azureml.train.hyperdrive.exceptions import HyperDriveConfigException as HyperDriveConfigException
from azureml.train.hyperdrive.exceptions import HyperDriveRehydrateException as HyperDriveRehydrateException

_BAYESIAN = ("choice", "quniform", "uniform")
_ALL = (
    "choice",
    "randint",
    "uniform",
    "quniform",
    "loguniform",
    "qloguniform",
    "normal",
    "qnormal",
    "lognormal",
    "qlognormal",
)


class HyperParameterSampling:
    """A method by name over a space {parameter: expression}.

    Raises HyperDriveConfigException for a space that is empty, for what is not an expression, and for a distribution
    that the method does not take.
    """

    SAMPLING_NAME: ClassVar[str]

    def __init__(
        self,
        sampling_method_name: str,
        parameter_space: Mapping[str, Any],
        properties: Mapping[str, Any] | None = None,
        supported_distributions: Collection[str] | None = None,
        distributions_validators: Mapping[str, Callable[[Any], None]] | None = None,
    ) -> None:
        if not isinstance(parameter_space, Mapping) or not parameter_space:
            raise HyperDriveConfigException(
                "parameter_space must be a dictionary {parameter: expression} with entries."
            )
        for parameter, expression in parameter_space.items():
            distribution = _distribution(parameter, expression)
            if supported_distributions is not None and distribution not in supported_distributions:
                raise HyperDriveConfigException(
                    f"{sampling_method_name} sampling does not take {distribution} (parameter '{parameter}'). "
                    f"Use {', '.join(sorted(supported_distributions))}."
                )
            validator = (distributions_validators or {}).get(distribution)
            if validator is not None:
                validator(expression[1])
        self._sampling_method_name = sampling_method_name
        self._parameter_space = dict(parameter_space)
        self._properties = dict(properties or {})

    def to_json(self) -> dict[str, Any]:
        """The sampling as a dictionary that JSON can hold."""
        made: dict[str, Any] = {"name": self._sampling_method_name, "parameter_space": dict(self._parameter_space)}
        if self._properties:
            made["properties"] = dict(self._properties)
        return made

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._parameter_space})"


class RandomParameterSampling(HyperParameterSampling):
    """Draws each value at random; takes every distribution. `properties` may have a "seed" and a "rule"."""

    SAMPLING_NAME = "RANDOM"

    def __init__(self, parameter_space: Mapping[str, Any], properties: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.SAMPLING_NAME, parameter_space, properties, _ALL)


class GridParameterSampling(HyperParameterSampling):
    """Tries every combination; takes choice only."""

    SAMPLING_NAME = "GRID"

    def __init__(self, parameter_space: Mapping[str, Any], properties: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.SAMPLING_NAME, parameter_space, properties, ("choice",))


class BayesianParameterSampling(HyperParameterSampling):
    """Picks values by how earlier tries went; takes choice, uniform and quniform."""

    SAMPLING_NAME = "BayesianOptimization"

    def __init__(self, parameter_space: Mapping[str, Any], properties: Mapping[str, Any] | None = None) -> None:
        super().__init__(self.SAMPLING_NAME, parameter_space, properties, _BAYESIAN)


def _distribution(parameter: str, expression: Any) -> str:
    if (
        isinstance(expression, list | tuple)
        and len(expression) == 2
        and isinstance(expression[0], str)
        and isinstance(expression[1], list | tuple)
    ):
        return expression[0]
    raise HyperDriveConfigException(
        f"The space of parameter '{parameter}' is {expression!r}. Use an expression such as choice(1, 2)."
    )
