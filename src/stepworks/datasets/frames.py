"""Tables as pandas DataFrames. The only module of the datasets that imports pandas."""

# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false

import warnings
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from stepworks.datasets.delimited import DelimitedReader
from stepworks.datasets.execute import to_arrow
from stepworks.datasets.inference import MISSING_WORDS
from stepworks.datasets.plan import Plan
from stepworks.datasets.resolver import Resolver
from stepworks.datasets.source import Delimited, codec
from stepworks.datasets.table import FileTable, OnError, open_table
from stepworks.errors import InvalidInput

if TYPE_CHECKING:
    import pandas as pd

_WHOLE = ("string", "boolean", "empty")  # columns of objects that are of one kind
_COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}


def to_pandas(
    plan: Plan,
    resolver: Resolver,
    *,
    on_error: OnError = "null",
    out_of_range_datetime: Literal["null", "fail"] = "null",
) -> "pd.DataFrame":
    """All rows as a DataFrame with the types pandas gives, and rows numbered from 0.

    Datetimes are `datetime64[ns]` as they were in the SDK, whatever the version of pandas; what nanoseconds cannot
    say (before 1677, after 2262) becomes NaT, or raises InvalidInput with `out_of_range_datetime='fail'`. With
    `on_error='fail'` a value without meaning in the type its column is given raises InvalidInput, else it is missing.
    Raises InvalidInput, with what to install, if pandas is not there; else as `execute.to_arrow`.
    """
    for name, word in (("on_error", on_error), ("out_of_range_datetime", out_of_range_datetime)):
        if word not in ("null", "fail"):
            raise InvalidInput(f"{name} is {word!r}.", target=name, remedy="Give 'null' or 'fail'.")
    _pandas()
    frame = _directly(plan, resolver)
    return framed(to_arrow(plan, resolver, on_error=on_error), out_of_range_datetime) if frame is None else frame


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise InvalidInput(
            "A dataset can't become a pandas DataFrame, as pandas isn't installed here.",
            target="pandas",
            remedy="Install it where this runs ('pip install pandas', or in the step's environment).",
        ) from error
    return pandas


def _directly(plan: Plan, resolver: Resolver) -> "pd.DataFrame | None":
    """The frame by pandas' own reader, which is the fastest where the whole of plain text files is wanted.

    None if the plan says more than that reader does, or the files do not suit it.
    """
    source = plan.source
    if not isinstance(source, Delimited) or plan.operations or not source.infer_column_types:
        return None
    if source.set_column_types or source.partition_format or source.include_path or source.empty_as_string:
        return None
    table = open_table(plan, resolver)
    assert isinstance(table, FileTable)
    reader = table.reader
    assert isinstance(reader, DelimitedReader)
    frames: list[pd.DataFrame] = []
    for number in range(len(table.files)):
        frame = _read_csv(reader, number, source)
        if frame is None or (frames and not frame.dtypes.equals(frames[0].dtypes)):
            return None
        frames.append(frame)
    return frames[0] if len(frames) == 1 else _pandas().concat(frames, ignore_index=True)


def _read_csv(reader: DelimitedReader, number: int, source: Delimited) -> "pd.DataFrame | None":
    pandas = _pandas()
    names = reader.names(number)
    path = reader.path(number)
    if not names:
        return None
    with warnings.catch_warnings():
        # Lost values and columns of mixed types: the general way knows better what to do.
        warnings.simplefilter("error", pandas.errors.ParserWarning)
        warnings.simplefilter("error", pandas.errors.DtypeWarning)
        try:
            frame = pandas.read_csv(
                path,
                sep=source.separator,
                header=0 if reader.has_header(number) else None,
                index_col=False,
                encoding=codec(source.encoding),
                compression=_COMPRESSIONS.get(path.suffix),
                keep_default_na=False,
                na_values=list(MISSING_WORDS),
            )
        except (
            pandas.errors.ParserError,
            pandas.errors.ParserWarning,
            pandas.errors.DtypeWarning,
            pandas.errors.EmptyDataError,
            UnicodeError,
        ):
            return None
    objects = (frame.iloc[:, at] for at, kind in enumerate(frame.dtypes) if str(kind) == "object")
    if len(frame.columns) != len(names) or any(pandas.api.types.infer_dtype(c) not in _WHOLE for c in objects):
        return None
    frame.columns = names
    return frame


def framed(table: pa.Table, out_of_range: Literal["null", "fail"] = "null") -> "pd.DataFrame":
    nested: dict[str, list[object]] = {}
    truths: list[str] = []
    for at, field in enumerate(table.schema):
        column = table.column(at)
        if pa.types.is_timestamp(field.type) and field.type.unit != "ns":
            column = _nanoseconds(column, field.name, out_of_range)
            table = table.set_column(at, field.name, column)
        elif pa.types.is_nested(field.type):
            nested[field.name] = column.to_pylist()
        elif pa.types.is_boolean(field.type) and column.null_count:
            truths.append(field.name)
    frame = table.to_pandas(ignore_metadata=True)
    for name in truths:
        frame[name] = frame[name].where(frame[name].notna(), float("nan"))
    pandas = _pandas()
    for name, values in nested.items():
        frame[name] = pandas.Series(values, dtype=object)
    return frame


def _nanoseconds(column: pa.ChunkedArray, name: str, out_of_range: Literal["null", "fail"]) -> pa.ChunkedArray:
    kind = column.type
    scale = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1000}[kind.unit]
    numbers = column.cast(pa.int64())
    inside = pc.less(pc.abs(numbers), pa.scalar(2**63 // scale, pa.int64()))
    if not pc.all(inside).as_py() and out_of_range == "fail":
        first = column.filter(pc.invert(inside)).cast(pa.string())[0].as_py()
        raise InvalidInput(
            f"Column '{name}' has the datetime {first}, which pandas can't hold in nanoseconds.",
            target=name,
            remedy="Leave the row out with a filter, or give out_of_range_datetime='null'.",
        )
    return pc.if_else(inside, column, pa.scalar(None, kind)).cast(pa.timestamp("ns", kind.tz))
