"""Columns turned into the types they are given, and types of several files brought together.

A value that has no meaning in the type becomes missing; whether that is an error is for the caller to say.
"""

# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false, reportUnknownLambdaType=false

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from stepworks.datasets.source import ColumnType

TIME = pa.timestamp("us")

INTEGER = r"^[ \t\n\v\f\r]*[+-]?\d+[ \t\n\v\f\r]*$"
FLOAT = r"^[ \t\n\v\f\r]*[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|(?i:inf|infinity))[ \t\n\v\f\r]*$"
TRUE_WORDS = ("True", "TRUE", "true")
FALSE_WORDS = ("False", "FALSE", "false")

_ARROW_TYPES = {
    "string": pa.string(),
    "stream": pa.string(),
    "long": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "datetime": TIME,
}
_ISO = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)?$"
_ISO_FORMAT = re.compile(r"%Y-%m-%d(?:[T ]%H:%M(?::%S(?:\.%f)?)?)?")
_PLAIN_FORMAT = re.compile(r"(?:[^%\s]|%[YmdHMS]| )+")
_USUAL_FORMATS = (
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S.%f",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d-%b-%Y",
    "%a, %d %b %Y %H:%M:%S %z",
)


def arrow_type(kind: ColumnType) -> pa.DataType:
    """The Arrow type of a column of that type; datetimes are microseconds in UTC, without a zone."""
    return _ARROW_TYPES[kind.kind]


def convert(column: pa.Array, kind: ColumnType) -> pa.Array:
    """The column in the type it is given; what does not fit is null."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_large_string(column.type):
        column = column.cast(pa.string())
    if column.type == arrow_type(kind):
        return column
    if pa.types.is_null(column.type):
        return pa.nulls(len(column), arrow_type(kind))
    match kind.kind:
        case "string" | "stream":
            return to_text(column)
        case "long":
            return _to_long(column)
        case "float":
            return _to_float(column, kind.decimal_mark)
        case "bool":
            return _to_bool(column)
        case "datetime":
            return _to_datetime(column, kind.formats)


def misfit(before: pa.Array, after: pa.Array) -> object | None:
    """The first value that `convert` had to make missing; None if there is none. An empty text is missing anyway."""
    lost = pc.and_(before.is_valid(), after.is_null())
    if not pc.any(lost).as_py():
        return None
    return next((v for v in before.filter(lost).to_pylist() if not (isinstance(v, str) and not v.strip())), None)


def to_text(column: pa.Array) -> pa.Array:
    """The values as Python writes them."""
    if pa.types.is_integer(column.type) or pa.types.is_large_string(column.type):
        return column.cast(pa.string())
    if pa.types.is_binary(column.type):
        return pa.array([v and v.decode("utf-8", "replace") for v in column.to_pylist()], pa.string())
    return pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())


def text_to_integer(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Texts as integers of a 64-bit type; those that are none, or too large, are null."""
    texts = _only(pc.replace_substring_regex(_trimmed(column), r"^\+", ""), r"^-?\d+$")
    # Arrow refuses the whole column for one value that is too large; up to 18 digits none is.
    if (pc.max(pc.binary_length(texts)).as_py() or 0) <= 18:
        small = texts.cast(pa.int64())
        return small if kind == pa.int64() else pc.if_else(pc.greater_equal(small, 0), small, None).cast(kind)
    low, high = (0, 2**64 - 1) if kind == pa.uint64() else (-(2**63), 2**63 - 1)
    numbers = (None if text is None or len(text) > 1000 else int(text) for text in texts.to_pylist())
    return pa.array([n if n is not None and low <= n <= high else None for n in numbers], kind)


def text_to_float(column: pa.Array) -> pa.Array:
    """Texts as doubles; those that are none are null."""
    texts = _only(pc.replace_substring_regex(_trimmed(column), r"^\+", ""), FLOAT)
    try:
        return texts.cast(pa.float64())
    except pa.ArrowInvalid:  # a number beyond the largest double, which is infinite
        return pa.array([None if text is None else float(text) for text in texts.to_pylist()], pa.float64())


def text_to_bool(column: pa.Array) -> pa.Array:
    """True and False, in the three spellings that pandas knows; others are null."""
    truth = pc.is_in(column, pa.array(TRUE_WORDS))
    return pc.if_else(pc.or_(truth, pc.is_in(column, pa.array(FALSE_WORDS))), truth, pa.scalar(None, pa.bool_()))


def text_to_datetime(column: pa.Array, formats: tuple[str, ...] = ()) -> pa.Array:
    """Texts as datetimes in UTC; those that are none are null."""
    done = pa.nulls(len(column), TIME)
    left = column = _trimmed(column)
    for step in _datetime_parsers(formats):
        if left.null_count == len(left):
            break
        done = pc.coalesce(done, step(left))
        left = pc.if_else(done.is_valid(), pa.scalar(None, pa.string()), column)
    return done


def unified(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    """The type that holds the values of both: wider numbers, merged structures, else text."""
    if left == right or pa.types.is_null(right):
        return left
    if pa.types.is_null(left):
        return right
    left, right = _plain(left), _plain(right)
    if left == right:
        return left
    if _is_number(left) and _is_number(right):
        return _wider(left, right)
    if pa.types.is_temporal(left) and pa.types.is_temporal(right):
        zone = left.tz if pa.types.is_timestamp(left) else None
        if pa.types.is_timestamp(left) and pa.types.is_timestamp(right) and zone == right.tz:
            return pa.timestamp("us", zone)
        if pa.types.is_date(left) != pa.types.is_date(right) and (left == TIME or right == TIME):
            return TIME
    if pa.types.is_list(left) and pa.types.is_list(right):
        return pa.list_(unified(left.value_type, right.value_type))
    if pa.types.is_struct(left) and pa.types.is_struct(right):
        merged = {field.name: field.type for field in left}
        for field in right:
            merged[field.name] = unified(merged.get(field.name, pa.null()), field.type)
        return pa.struct(list(merged.items()))
    return pa.string()


def cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """The column in a type that holds its values. Raises ArrowInvalid or ArrowNotImplementedError if it does not."""
    if column.type == kind:
        return column
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if kind == pa.string() and not pa.types.is_large_string(column.type):
        return to_text(column)
    if pa.types.is_nested(kind):
        return pa.array(column.to_pylist(), kind)
    if pa.types.is_timestamp(kind) and pa.types.is_timestamp(column.type):
        # Nanoseconds become microseconds where files differ in their unit.
        return column.cast(kind, safe=False)
    if pa.types.is_integer(column.type) and pa.types.is_floating(kind):
        return column.cast(kind, safe=False)
    return column.cast(kind)


def _to_long(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        return text_to_integer(column, pa.int64())
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        column = column.cast(pa.float64(), safe=False)
        whole = pc.and_(pc.equal(column, pc.round(column)), pc.less(pc.abs(column), 2.0**63))
        return pc.if_else(whole, column, None).cast(pa.int64(), safe=False)
    if pa.types.is_uint64(column.type):
        return pc.if_else(pc.less(column, pa.scalar(2**63, pa.uint64())), column, None).cast(pa.int64())
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return column.cast(pa.int64())
    return pa.nulls(len(column), pa.int64())


def _to_float(column: pa.Array, decimal_mark: str) -> pa.Array:
    if pa.types.is_string(column.type):
        if decimal_mark == ",":
            column = pc.replace_substring(_without(column, "."), ",", ".")
        return text_to_float(column)
    if _is_number(column.type):
        return column.cast(pa.float64(), safe=False)
    return pa.nulls(len(column), pa.float64())


def _to_bool(column: pa.Array) -> pa.Array:
    if _is_number(column.type):
        column = column.cast(pa.float64(), safe=False)
        truth = pc.equal(column, 1.0)
        return pc.if_else(pc.or_(truth, pc.equal(column, 0.0)), truth, None)
    if pa.types.is_string(column.type):
        words = pc.utf8_lower(_trimmed(column))
        truth = pc.is_in(words, pa.array(["true", "1"]))
        return pc.if_else(pc.or_(truth, pc.is_in(words, pa.array(["false", "0"]))), truth, pa.scalar(None, pa.bool_()))
    return pa.nulls(len(column), pa.bool_())


def _to_datetime(column: pa.Array, formats: tuple[str, ...]) -> pa.Array:
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        return column.cast(TIME, safe=False)
    if pa.types.is_integer(column.type):
        column = column.cast(pa.string())
    return text_to_datetime(column, formats) if pa.types.is_string(column.type) else pa.nulls(len(column), TIME)


def _trimmed(column: pa.Array) -> pa.Array:
    return pc.ascii_trim_whitespace(column)


def _only(column: pa.Array, pattern: str) -> pa.Array:
    return pc.if_else(pc.match_substring_regex(column, pattern), column, pa.scalar(None, pa.string()))


def _without(column: pa.Array, text: str) -> pa.Array:
    return pc.if_else(pc.match_substring(column, text), pa.scalar(None, pa.string()), column)


def _datetime_parsers(formats: tuple[str, ...]) -> list[Callable[[pa.Array], pa.Array]]:
    if not formats:
        return [_iso, lambda texts: _distinct(texts, _any_iso), lambda texts: _distinct(texts, _by(_USUAL_FORMATS))]
    return [_parser(form) for form in formats]


def _parser(form: str) -> Callable[[pa.Array], pa.Array]:
    if _ISO_FORMAT.fullmatch(form):
        pattern = "^" + re.escape(form).replace("%Y", r"\d{4}").replace("%f", r"\d{1,6}") + "$"
        pattern = re.sub("%[mdHMS]", r"\\d{2}", pattern)
        return lambda texts: _iso(_only(texts, pattern))
    if _PLAIN_FORMAT.fullmatch(form) and "%Y" in form:
        return lambda texts: pc.strptime(texts, format=form, unit="us", error_is_null=True)
    return lambda texts: _distinct(texts, _by((form,)))


def _iso(texts: pa.Array) -> pa.Array:
    texts = pc.replace_substring_regex(_only(texts, _ISO), r"(\.\d{6})\d+$", r"\1")
    try:
        return texts.cast(TIME)
    except pa.ArrowInvalid:  # a month 13 somewhere: one by one
        return _distinct(texts, _any_iso)


def _distinct(texts: pa.Array, parse: Callable[[str], datetime | None]) -> pa.Array:
    """Parse each different text once, in Python."""
    coded = texts.dictionary_encode()
    return pa.array([parse(text) for text in coded.dictionary.to_pylist()], TIME).take(coded.indices)


def _any_iso(text: str) -> datetime | None:
    try:
        return _naive(datetime.fromisoformat(text))
    except ValueError:
        return None


def _by(formats: tuple[str, ...]) -> Callable[[str], datetime | None]:
    def parse(text: str) -> datetime | None:
        for form in formats:
            try:
                return _naive(datetime.strptime(text, form))
            except ValueError:
                continue
        return None

    return parse


def _naive(time: datetime) -> datetime:
    return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return pa.string() if pa.types.is_large_string(kind) else kind


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _wider(left: pa.DataType, right: pa.DataType) -> pa.DataType:
    both = (left, right)
    if not all(map(pa.types.is_integer, both)):
        return pa.float64()
    if all(map(pa.types.is_signed_integer, both)) or all(map(pa.types.is_unsigned_integer, both)):
        return max(both, key=lambda kind: kind.bit_width)
    return pa.float64() if pa.uint64() in both else pa.int64()
