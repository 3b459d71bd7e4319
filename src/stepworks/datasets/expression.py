"""Conditions on rows, as values that travel in JSON.

Logic has two values, as in pandas: a comparison with something missing is false (`!=` is true), and `Not` is the
plain opposite, so a condition and its opposite never share a row and never lose one.
"""

import math
from datetime import UTC, date, datetime
from typing import Literal, Union

from msgspec import Struct

from stepworks.errors import InvalidInput


class Field(Struct, frozen=True, tag="field"):
    """The value of a column."""

    name: str


class Value(Struct, frozen=True, tag="value"):
    """A constant; None is missing."""

    value: bool | int | float | str | None


class Moment(Struct, frozen=True, tag="moment"):
    """A point in time in UTC, as `2020-01-31T23:59:59.000001` (no zone in the text)."""

    utc: str

    def __post_init__(self) -> None:
        try:
            is_naive = self.as_datetime().tzinfo is None
        except ValueError:
            is_naive = False
        if not is_naive:
            raise InvalidInput(f"{self.utc!r} is no time in UTC without a zone.", target="expression")

    def as_datetime(self) -> datetime:
        """The moment as a datetime without a zone."""
        return datetime.fromisoformat(self.utc)


class Compare(Struct, frozen=True, tag="compare"):
    """One comparison. Dates compare with texts that spell dates; numbers and texts are never equal."""

    op: Literal["==", "!=", "<", "<=", ">", ">="]
    left: "Expression"
    right: "Expression"


class And(Struct, frozen=True, tag="and"):
    """All of the parts hold."""

    parts: tuple["Expression", ...]


class Or(Struct, frozen=True, tag="or"):
    """One of the parts holds."""

    parts: tuple["Expression", ...]


class Not(Struct, frozen=True, tag="not"):
    """The part does not hold."""

    part: "Expression"


class IsNull(Struct, frozen=True, tag="is_null"):
    """The value is missing (or not a number)."""

    part: "Expression"


class IsIn(Struct, frozen=True, tag="is_in"):
    """The value is one of those listed."""

    part: "Expression"
    values: tuple[Value | Moment, ...]


class Text(Struct, frozen=True, tag="text", omit_defaults=True):
    """A test of a text: it contains, starts with or ends with `text`, or has a match of the pattern (RE2)."""

    test: Literal["contains", "starts_with", "ends_with", "matches"]
    part: "Expression"
    text: str
    ignore_case: bool = False


class Arithmetic(Struct, frozen=True, tag="arithmetic"):
    """A number from two; `/` is true division."""

    op: Literal["+", "-", "*", "/"]
    left: "Expression"
    right: "Expression"


class Call(Struct, frozen=True, tag="call"):
    """A text changed to lower or upper case or trimmed, or its length in characters."""

    function: Literal["lower", "upper", "trim", "length"]
    part: "Expression"


Expression = Union[  # noqa: UP007 - names in quotes cannot be joined by |
    Field, Value, Moment, Compare, And, Or, Not, IsNull, IsIn, Text, Arithmetic, Call
]


def constant(value: object) -> Value | Moment:
    """The constant that a Python value (or a numpy or pandas scalar) stands for; a naive datetime is in UTC.

    Raises InvalidInput for what cannot be stored: other types, infinities, NaN, integers beyond 64 bits.
    """
    if not isinstance(value, (bool, int, float, str, date, type(None))) and hasattr(value, "item"):
        value = value.item()  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return moment(datetime(value.year, value.month, value.day))
    if isinstance(value, str):
        return Value(str(value))  # a plain one: numpy's texts are a kind of str
    if isinstance(value, bool) or value is None:
        return Value(value)
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return Value(int(value))
    if isinstance(value, float) and math.isfinite(value):
        return Value(float(value))
    raise InvalidInput(
        f"{value!r} ({type(value).__name__}) can't be used in a filter.",
        target="expression",
        remedy="Compare with a number, a text, True, False, None, a date or a datetime.",
    )


def moment(time: datetime) -> Moment:
    """A datetime as a moment; one without a zone is in UTC."""
    if time.tzinfo is not None:
        time = time.astimezone(UTC)
    return Moment(datetime(*time.timetuple()[:6], time.microsecond).isoformat())


def fields(expression: Expression) -> frozenset[str]:
    """The columns that a condition reads."""
    match expression:
        case Field(name):
            return frozenset((name,))
        case Value() | Moment():
            return frozenset()
        case Compare(_, left, right) | Arithmetic(_, left, right):
            return fields(left) | fields(right)
        case And(parts) | Or(parts):
            return frozenset().union(*map(fields, parts))
        case Not(part) | IsNull(part) | IsIn(part, _) | Text(_, part) | Call(_, part):
            return fields(part)


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """Conditions that must all hold for the whole to hold."""
    if isinstance(expression, And):
        return tuple(piece for part in expression.parts for piece in conjuncts(part))
    return (expression,)
