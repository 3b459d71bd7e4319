"""Conditions evaluated on Arrow batches, with the two-valued logic of `expression`."""

# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from stepworks.datasets.columns import TIME, text_to_datetime
from stepworks.datasets.expression import (
    And,
    Arithmetic,
    Call,
    Compare,
    Expression,
    Field,
    IsIn,
    IsNull,
    Moment,
    Not,
    Or,
    Text,
    Value,
)
from stepworks.datasets.operation import TimeRange
from stepworks.errors import InvalidInput

_Family = Literal["number", "text", "time", "bool", "missing", "other"]
_COMPARE = {
    "==": pc.equal,
    "!=": pc.not_equal,
    "<": pc.less,
    "<=": pc.less_equal,
    ">": pc.greater,
    ">=": pc.greater_equal,
}
_TESTS = {
    "contains": pc.match_substring,
    "starts_with": pc.starts_with,
    "ends_with": pc.ends_with,
    "matches": pc.match_substring_regex,
}
_CALLS = {"lower": pc.utf8_lower, "upper": pc.utf8_upper, "trim": pc.utf8_trim_whitespace, "length": pc.utf8_length}
_NANOSECONDS_FROM, _NANOSECONDS_TO = pa.scalar(-(2**63) // 1000 + 1, TIME), pa.scalar((2**63 - 1) // 1000, TIME)


def mask(condition: Expression, batch: pa.RecordBatch) -> pa.BooleanArray:
    """For each row whether the condition holds; never null.

    Raises InvalidInput if types cannot be compared in that way, or a column is not there.
    """
    match condition:
        case And(parts):
            return _joined(pc.and_, parts, batch, empty=True)
        case Or(parts):
            return _joined(pc.or_, parts, batch, empty=False)
        case Not(part):
            return pc.invert(mask(part, batch))
        case Compare(op, left, right):
            return _filled(_compare(op, _value(left, batch), _value(right, batch)), batch, null=op == "!=")
        case IsNull(part):
            return _filled(pc.is_null(_value(part, batch), nan_is_null=True), batch, null=True)
        case IsIn(part, values):
            return _is_in(_value(part, batch), values, batch)
        case Text(test, part, text, ignore_case):
            column = _text(_value(part, batch), test)
            try:
                found = _TESTS[test](column, text, ignore_case=ignore_case)
            except pa.ArrowInvalid as error:
                raise InvalidInput(f"{text!r} is no pattern that can be matched: {error}", target=text) from error
            return _filled(found, batch, null=False)
        case _:
            return _truth(_value(condition, batch), batch)


def time_mask(limits: TimeRange, batch: pa.RecordBatch) -> pa.BooleanArray:
    """For each row whether its time lies in the range."""
    column = Field(limits.column)
    if _family(_value(column, batch).type) not in ("time", "text", "missing"):
        raise InvalidInput(
            f"Column '{limits.column}' has the type {batch.schema.field(limits.column).type}, which is no time.",
            target="timestamp",
            remedy="Give it the type datetime when the dataset is made.",
        )
    parts: list[Expression] = []
    if limits.start is not None:
        parts.append(Compare(">=" if limits.include_boundary else ">", column, limits.start))
    if limits.end is not None:
        parts.append(Compare("<=" if limits.include_boundary else "<", column, limits.end))
    return mask(And(tuple(parts)), batch)


def _value(expression: Expression, batch: pa.RecordBatch) -> pa.Array | pa.Scalar:
    match expression:
        case Field(name):
            return _column(name, batch)
        case Value(value):
            return pa.scalar(value)
        case Moment():
            return pa.scalar(expression.as_datetime(), TIME)
        case Arithmetic(op, left, right):
            return _arithmetic(op, _value(left, batch), _value(right, batch))
        case Call(function, part):
            return _CALLS[function](_text(_value(part, batch), function))
        case _:
            return mask(expression, batch)


def _column(name: str, batch: pa.RecordBatch) -> pa.Array:
    at = batch.schema.get_field_index(name)
    if at < 0:
        raise InvalidInput(f"There is no column '{name}'.", target=name)
    column = batch.column(at)
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type):
        return column.cast(pa.string())
    if pa.types.is_date(column.type):
        return column.cast(TIME)
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        return column.cast(pa.timestamp(column.type.unit))  # keeps the instant, in UTC
    if pa.types.is_decimal(column.type) or pa.types.is_float16(column.type):
        return column.cast(pa.float64())
    return column


def _family(kind: pa.DataType) -> _Family:
    if pa.types.is_null(kind):
        return "missing"
    if pa.types.is_boolean(kind):
        return "bool"
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return "number"
    if pa.types.is_string(kind):
        return "text"
    return "time" if pa.types.is_timestamp(kind) else "other"


def _compare(op: str, left: pa.Array | pa.Scalar, right: pa.Array | pa.Scalar) -> pa.Array | pa.Scalar:
    families = {_family(left.type), _family(right.type)}
    if "missing" in families:
        return pa.scalar(None, pa.bool_())
    if families == {"time", "text"}:
        left, right = _as_time(op, left), _as_time(op, right)
    elif families == {"number", "bool"}:
        left, right = _as_number(left), _as_number(right)
    elif len(families) > 1 or "other" in families:
        if op in ("==", "!="):
            return pa.scalar(op == "!=")
        raise InvalidInput(
            f"A filter compares {left.type} {op} {right.type}.",
            target="expression",
            remedy="Compare values of one kind, or give the column another type when the dataset is made.",
        )
    if "time" in families:
        left, right = _same_unit(left, right)
    elif "number" in families and left.type != right.type and pa.uint64() in (left.type, right.type):
        left, right = left.cast(pa.float64(), safe=False), right.cast(pa.float64(), safe=False)
    return _COMPARE[op](left, right)


def _as_time(op: str, value: pa.Array | pa.Scalar) -> pa.Array | pa.Scalar:
    if _family(value.type) == "time":
        return value
    if isinstance(value, pa.Array):
        return text_to_datetime(value)
    time = text_to_datetime(pa.array([value.as_py()], pa.string()))[0]
    if not time.is_valid and op not in ("==", "!="):
        raise InvalidInput(f"'{value.as_py()}' is no date, so no time can be compared with it.", target="expression")
    return time


def _as_number(value: pa.Array | pa.Scalar) -> pa.Array | pa.Scalar:
    return value.cast(pa.int64()) if pa.types.is_boolean(value.type) else value


def _same_unit(left: pa.Array | pa.Scalar, right: pa.Array | pa.Scalar) -> tuple[pa.Array | pa.Scalar, ...]:
    """Nanoseconds compare as nanoseconds, unless the other side lies beyond what these can say."""
    if left.type == right.type:
        return left, right
    if "ns" in (left.type.unit, right.type.unit) and all(_fits_nanoseconds(side) for side in (left, right)):
        return left.cast(pa.timestamp("ns")), right.cast(pa.timestamp("ns"))
    return left.cast(TIME, safe=False), right.cast(TIME, safe=False)


def _fits_nanoseconds(value: pa.Array | pa.Scalar) -> bool:
    if value.type.unit == "ns":
        return True
    times = pa.array([value.as_py()], TIME) if isinstance(value, pa.Scalar) else value.cast(TIME, safe=False)
    inside = pc.and_(pc.greater_equal(times, _NANOSECONDS_FROM), pc.less_equal(times, _NANOSECONDS_TO))
    return pc.all(inside).as_py() is not False


def _is_in(column: pa.Array | pa.Scalar, values: tuple[Value | Moment, ...], batch: pa.RecordBatch) -> pa.BooleanArray:
    column = _filled(column, batch, null=None)
    found = _nowhere(len(column))
    if any(isinstance(value, Value) and value.value is None for value in values):
        found = pc.is_null(column, nan_is_null=True)
    kinds = {bool: "bool", int: "number", float: "number", str: "text"}
    groups: dict[str, list[object]] = {}
    for value in values:
        if isinstance(value, Moment):
            groups.setdefault("time", []).append(value.as_datetime())
        elif value.value is not None:
            groups.setdefault(kinds[type(value.value)], []).append(value.value)
    for members in groups.values():
        found = pc.or_(found, _among(column, pa.array(members)))
    return found


def _among(column: pa.Array, members: pa.Array) -> pa.BooleanArray:
    families = {_family(column.type), _family(members.type)}
    if families == {"time", "text"}:
        column, members = _as_time("==", column), _as_time("==", members)
    elif families == {"number", "bool"}:
        column, members = _as_number(column), _as_number(members)
    elif len(families) > 1 or families <= {"missing", "other"}:
        return _nowhere(len(column))
    if _family(column.type) == "time":
        column, members = _same_unit(column, members)
    elif column.type != members.type:
        both_signed = pa.types.is_signed_integer(column.type) and pa.types.is_signed_integer(members.type)
        wide = pa.int64() if both_signed else pa.float64()
        column, members = column.cast(wide, safe=False), members.cast(wide, safe=False)
    members = members.drop_null()
    return pc.is_in(column, members) if len(members) else _nowhere(len(column))


def _nowhere(count: int) -> pa.BooleanArray:
    return pc.is_valid(pa.nulls(count))


def _text(value: pa.Array | pa.Scalar, what: str) -> pa.Array | pa.Scalar:
    if _family(value.type) == "missing":
        return value.cast(pa.string())
    if _family(value.type) != "text":
        raise InvalidInput(
            f"A filter asks '{what}' of a column of type {value.type}, which holds no texts.",
            target="expression",
            remedy="Give the column the type string when the dataset is made.",
        )
    return value


def _arithmetic(op: str, left: pa.Array | pa.Scalar, right: pa.Array | pa.Scalar) -> pa.Array | pa.Scalar:
    for side in (left, right):
        if _family(side.type) not in ("number", "bool", "missing"):
            raise InvalidInput(
                f"A filter computes {left.type} {op} {right.type}; only numbers can be.", target="expression"
            )
    integers = all(pa.types.is_signed_integer(side.type) for side in (left, right)) and op != "/"
    wide = pa.int64() if integers else pa.float64()
    left, right = left.cast(wide, safe=False), right.cast(wide, safe=False)
    return {"+": pc.add, "-": pc.subtract, "*": pc.multiply, "/": pc.divide}[op](left, right)


def _truth(value: pa.Array | pa.Scalar, batch: pa.RecordBatch) -> pa.BooleanArray:
    if _family(value.type) not in ("bool", "missing"):
        raise InvalidInput(
            f"A filter uses a value of type {value.type} as a condition.",
            target="expression",
            remedy="Compare it with something.",
        )
    return _filled(value.cast(pa.bool_()), batch, null=False)


def _joined(join: object, parts: tuple[Expression, ...], batch: pa.RecordBatch, *, empty: bool) -> pa.BooleanArray:
    result = _filled(pa.scalar(empty), batch, null=empty)
    for part in parts:
        result = join(result, mask(part, batch))  # pyright: ignore[reportCallIssue]
    return result


def _filled(value: pa.Array | pa.Scalar, batch: pa.RecordBatch, *, null: bool | None) -> pa.Array:
    """A column of the length of the batch, its missing values replaced."""
    if isinstance(value, pa.Scalar):
        value = pa.repeat(value, batch.num_rows)
    elif isinstance(value, pa.ChunkedArray):
        value = value.combine_chunks()
    return value if null is None else value.fill_null(null)
