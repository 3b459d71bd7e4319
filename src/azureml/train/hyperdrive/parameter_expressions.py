"""From what a hyperparameter's values are drawn: a pair of the distribution's name and its arguments."""

from collections.abc import Iterable
from typing import Any

from azureml.train.hyperdrive.exceptions import HyperDriveConfigException as HyperDriveConfigException

Expression = list[Any]


def choice(*options: Any) -> Expression:
    """One of the options; a single list or range is the options. Raises HyperDriveConfigException without any."""
    values = list(_listed(options[0])) if len(options) == 1 and _is_collection(options[0]) else list(options)
    if not values:
        raise HyperDriveConfigException("choice needs at least one option.")
    return ["choice", [values]]


def randint(upper: int) -> Expression:
    """A whole number from 0 up to and without `upper`."""
    if not isinstance(upper, int) or isinstance(upper, bool) or upper < 1:
        raise HyperDriveConfigException(f"upper of randint must be a whole number of 1 or more, not {upper!r}.")
    return ["randint", [upper]]


def uniform(min_value: float, max_value: float) -> Expression:
    """A number between the two, each as likely as another."""
    return ["uniform", _range("uniform", min_value, max_value)]


def quniform(min_value: float, max_value: float, q: float) -> Expression:
    """As uniform, rounded to a multiple of `q`."""
    return ["quniform", [*_range("quniform", min_value, max_value), _positive("quniform", "q", q)]]


def loguniform(min_value: float, max_value: float) -> Expression:
    """e to the power of a uniform number between the two."""
    return ["loguniform", _range("loguniform", min_value, max_value)]


def qloguniform(min_value: float, max_value: float, q: float) -> Expression:
    """As loguniform, rounded to a multiple of `q`."""
    return ["qloguniform", [*_range("qloguniform", min_value, max_value), _positive("qloguniform", "q", q)]]


def normal(mu: float, sigma: float) -> Expression:
    """A normally distributed number with mean `mu` and standard deviation `sigma`."""
    return ["normal", _bell("normal", mu, sigma)]


def qnormal(mu: float, sigma: float, q: float) -> Expression:
    """As normal, rounded to a multiple of `q`."""
    return ["qnormal", [*_bell("qnormal", mu, sigma), _positive("qnormal", "q", q)]]


def lognormal(mu: float, sigma: float) -> Expression:
    """e to the power of a normal number."""
    return ["lognormal", _bell("lognormal", mu, sigma)]


def qlognormal(mu: float, sigma: float, q: float) -> Expression:
    """As lognormal, rounded to a multiple of `q`."""
    return ["qlognormal", [*_bell("qlognormal", mu, sigma), _positive("qlognormal", "q", q)]]


def _range(name: str, low: object, high: object) -> list[float]:
    first, last = _number(name, "min_value", low), _number(name, "max_value", high)
    if first >= last:
        raise HyperDriveConfigException(f"min_value of {name} is {low} and max_value {high}. It must be smaller.")
    return [first, last]


def _bell(name: str, mu: object, sigma: object) -> list[float]:
    return [_number(name, "mu", mu), _positive(name, "sigma", sigma)]


def _positive(name: str, parameter: str, value: object) -> float:
    number = _number(name, parameter, value)
    if number <= 0:
        raise HyperDriveConfigException(f"{parameter} of {name} must be more than 0, not {value!r}.")
    return number


def _number(name: str, parameter: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise HyperDriveConfigException(f"{parameter} of {name} must be a number, not {value!r}.")
    return value


def _is_collection(value: object) -> bool:
    return isinstance(value, list | tuple | range | set | frozenset)


def _listed(values: Iterable[Any]) -> Iterable[Any]:
    return sorted(values) if isinstance(values, set | frozenset) else values
