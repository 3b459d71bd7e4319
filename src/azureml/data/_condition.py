"""Conditions on rows as Python writes them: `ds["age"] > 30`, joined by &, | and ~ (contracts §18)."""

from collections.abc import Iterable
from typing import Any

from azureml.exceptions import UserErrorException
from stepworks.datasets import expression as e
from stepworks.errors import StepworksError


class Condition:
    """A value of a row, or a condition on it; operators make new ones.

    Use `&`, `|` and `~`, and brackets around comparisons: Python's `and`, `or` and `not` raise UserErrorException.
    """

    __slots__ = ("expression",)
    __hash__ = object.__hash__

    def __init__(self, expression: e.Expression) -> None:
        self.expression = expression

    def __eq__(self, other: object) -> "Condition":  # type: ignore[override]
        return self._compare("==", other)

    def __ne__(self, other: object) -> "Condition":  # type: ignore[override]
        return self._compare("!=", other)

    def __lt__(self, other: object) -> "Condition":
        return self._compare("<", other)

    def __le__(self, other: object) -> "Condition":
        return self._compare("<=", other)

    def __gt__(self, other: object) -> "Condition":
        return self._compare(">", other)

    def __ge__(self, other: object) -> "Condition":
        return self._compare(">=", other)

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(e.And((self.expression, _expression(other))))

    def __or__(self, other: "Condition") -> "Condition":
        return Condition(e.Or((self.expression, _expression(other))))

    def __invert__(self) -> "Condition":
        return Condition(e.Not(self.expression))

    def __add__(self, other: object) -> "Condition":
        return Condition(e.Arithmetic("+", self.expression, _expression(other)))

    def __sub__(self, other: object) -> "Condition":
        return Condition(e.Arithmetic("-", self.expression, _expression(other)))

    def __mul__(self, other: object) -> "Condition":
        return Condition(e.Arithmetic("*", self.expression, _expression(other)))

    def __truediv__(self, other: object) -> "Condition":
        return Condition(e.Arithmetic("/", self.expression, _expression(other)))

    def __bool__(self) -> bool:
        raise UserErrorException("A condition has no truth value. Join conditions with &, | and ~, each in brackets.")

    def is_null(self) -> "Condition":
        """Whether the value is missing."""
        return Condition(e.IsNull(self.expression))

    def is_not_null(self) -> "Condition":
        """Whether the value is there."""
        return ~self.is_null()

    def is_in(self, values: Iterable[object]) -> "Condition":
        """Whether the value is one of these."""
        return Condition(e.IsIn(self.expression, tuple(_constant(v) for v in values)))

    def contains(self, value: str, ignore_case: bool = False) -> "Condition":
        """Whether the text has `value` in it."""
        return Condition(e.Text("contains", self.expression, value, ignore_case))

    def starts_with(self, value: str, ignore_case: bool = False) -> "Condition":
        """Whether the text begins with `value`."""
        return Condition(e.Text("starts_with", self.expression, value, ignore_case))

    def ends_with(self, value: str, ignore_case: bool = False) -> "Condition":
        """Whether the text ends with `value`."""
        return Condition(e.Text("ends_with", self.expression, value, ignore_case))

    def matches(self, pattern: str, ignore_case: bool = False) -> "Condition":
        """Whether a regular expression is found in the text."""
        return Condition(e.Text("matches", self.expression, pattern, ignore_case))

    def to_lower(self) -> "Condition":
        """The text in lower case."""
        return Condition(e.Call("lower", self.expression))

    def to_upper(self) -> "Condition":
        """The text in upper case."""
        return Condition(e.Call("upper", self.expression))

    def trim(self) -> "Condition":
        """The text without blanks around it."""
        return Condition(e.Call("trim", self.expression))

    def length(self) -> "Condition":
        """How many characters the text has."""
        return Condition(e.Call("length", self.expression))

    def _compare(self, op: Any, other: object) -> "Condition":
        return Condition(e.Compare(op, self.expression, _expression(other)))


def column(name: str) -> Condition:
    """The value of a column."""
    if not isinstance(name, str):
        raise UserErrorException(f"A column is named by a text, not {name!r}.")
    return Condition(e.Field(name))


def condition(given: object) -> e.Expression:
    """The expression of a condition. Raises UserErrorException for anything else."""
    if not isinstance(given, Condition):
        raise UserErrorException(f"A filter is a condition such as ds['age'] > 30, not {type(given).__name__}.")
    return given.expression


def _expression(value: object) -> e.Expression:
    return value.expression if isinstance(value, Condition) else _constant(value)


def _constant(value: object) -> "e.Value | e.Moment":
    try:
        return e.constant(value)
    except StepworksError as error:
        raise UserErrorException(str(error)) from error
