"""Laws of dataset plans: every plan gives what the same operations give in pandas, on the same files."""

import csv
import io
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepworks.datasets import execute, expression, frames, plan, write
from stepworks.datasets.expression import And, Compare, Field, IsIn, IsNull, Not, Or, Value
from stepworks.datasets.inference import MISSING_WORDS
from stepworks.datasets.operation import DropColumns, Filter, KeepColumns, RandomSplit, Skip, Take, TakeSample
from stepworks.datasets.plan import Plan
from stepworks.datasets.resolver import FolderResolver
from stepworks.datasets.sampling import drawn, is_drawn
from stepworks.datasets.source import DatastorePath, Delimited, JsonLines, Parquet

quick = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# Texts with all that can confuse a parser: separators, quotes, line breaks, spaces, other scripts, words that look
# like numbers. NUL and lone surrogates are no text in a file.
letters = st.sampled_from([*"abcdef", ",", ";", '"', "'", "\n", "\r\n", " ", "\t", "ä", "語", "😀", "1", "."])
words = st.lists(letters, min_size=1, max_size=8).map("".join).filter(lambda text: text.strip(" \t") != "")
special = st.sampled_from(["NA", "null", "None", "nan", "inf", "True", "false", "12", "1.5", "-3", "1e5", "2020-01-31"])
texts = st.one_of(words, special, st.sampled_from(["yes", "no"]))
floats = st.floats(allow_nan=False, allow_infinity=False, width=32).map(float)
values_of = {
    "int": st.integers(-(2**53), 2**53).map(str),
    "float": floats.map(repr),
    "bool": st.sampled_from(["True", "False", "true", "FALSE"]),
    "date": st.dates().map(str),
    "text": texts,
    "mixed": st.one_of(
        st.integers(-9, 9).map(str), floats.map(repr), st.sampled_from(["True", "+1", " 7", "x"]), texts
    ),
}


@dataclass(frozen=True)
class Sheet:
    """Columns of cells as text; an empty cell is a missing value."""

    names: list[str]
    rows: list[list[str]]

    def text(self, separator: str = ",", *, header: bool = True) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=separator, lineterminator="\n")
        if header:
            writer.writerow(self.names)
        writer.writerows(self.rows)
        return out.getvalue()


@st.composite
def sheets(draw: st.DrawFn, kinds: list[str] | None = None, names: list[str] | None = None) -> Sheet:
    kinds = kinds or draw(st.lists(st.sampled_from(list(values_of)), min_size=2, max_size=5))
    names = names or draw(st.lists(words, min_size=len(kinds), max_size=len(kinds), unique_by=lambda w: w))
    cells = [st.one_of(values_of[kind], st.just("")) if draw(st.booleans()) else values_of[kind] for kind in kinds]
    rows = draw(st.lists(st.tuples(*cells).map(list), min_size=1, max_size=12))
    return Sheet(names, rows)


def read_with_pandas(text: str, **options: object) -> pd.DataFrame:
    # Versions of pandas differ in whether "None" is a missing value.
    return pd.read_csv(
        io.StringIO(text),
        low_memory=False,
        index_col=False,
        keep_default_na=False,
        na_values=list(MISSING_WORDS),
        **options,
    )


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    """Equal columns, kinds of types and values; how a version of pandas calls texts does not matter."""

    def plain(frame: pd.DataFrame) -> pd.DataFrame:
        out = frame.reset_index(drop=True)
        for name in out.columns:
            if out[name].dtype.kind not in "iufbM":
                out[name] = pd.Series([None if pd.isna(v) else v for v in out[name]], dtype=object)
        return out

    pd.testing.assert_frame_equal(plain(left), plain(right), check_exact=False, rtol=1e-15, check_column_type=False)


def folder_with(**files: str | bytes) -> tuple[Path, FolderResolver]:
    folder = Path(tempfile.mkdtemp(prefix="dataset-plan-", dir=SCRATCH.name))
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder, FolderResolver({"store": folder})


SCRATCH = tempfile.TemporaryDirectory(prefix="stepworks-datasets-")


def delimited(path: str = "**", **options: object) -> Plan:
    return Plan(Delimited((DatastorePath("store", path),), **options))


def generally(dataset: Plan, resolver: FolderResolver) -> pd.DataFrame:
    """By Arrow, and not by pandas' own reader, which plain plans are given to."""
    return frames.framed(execute.to_arrow(dataset, resolver))


@quick
@given(sheets(), st.sampled_from([",", ";", "\t", "|"]))
def test_a_delimited_file_reads_as_pandas_reads_it(sheet: Sheet, separator: str) -> None:
    text = sheet.text(separator)
    _, resolver = folder_with(data=text)
    expected = read_with_pandas(text, sep=separator)
    dataset = delimited(separator=separator)
    same(frames.to_pandas(dataset, resolver), expected)
    same(generally(dataset, resolver), expected)


@quick
@given(st.lists(sheets(kinds=["mixed", "float", "text"], names=["a", "b", "c"]), min_size=2, max_size=3))
def test_files_read_as_one_file_with_all_rows(parts: list[Sheet]) -> None:
    _, resolver = folder_with(**{f"part{n}": part.text() for n, part in enumerate(parts)})
    expected = read_with_pandas(Sheet(["a", "b", "c"], [row for part in parts for row in part.rows]).text())
    same(generally(delimited(), resolver), expected)


@quick
@given(st.lists(st.lists(st.sampled_from("abcde"), min_size=1, unique=True), min_size=2, max_size=3), st.data())
def test_files_with_different_headers_are_joined_by_name(headers: list[list[str]], data: st.DataObject) -> None:
    parts = [data.draw(sheets(kinds=["int", *["float"] * len(names)], names=["id", *names])) for names in headers]
    _, resolver = folder_with(**{f"part{n}": part.text() for n, part in enumerate(parts)})
    expected = pd.concat([read_with_pandas(part.text()) for part in parts], ignore_index=True)
    for mode in ("all_files_have_same_headers", "combine_all_files_headers"):
        result = generally(delimited(header=mode), resolver)
        assert list(result.columns) == list(expected.columns)
        same(result.astype(float), expected.astype(float))


@quick
@given(sheets(kinds=["int", "text", "mixed"], names=["a", "b", "c"]))
def test_without_headers_columns_are_numbered(sheet: Sheet) -> None:
    text = sheet.text(header=False)
    _, resolver = folder_with(data=text)
    names = ["Column1", "Column2", "Column3"]
    expected = read_with_pandas(text, header=None, names=names)
    same(generally(delimited(header="no_headers"), resolver), expected)
    same(frames.to_pandas(delimited(header="no_headers"), resolver), expected)


@quick
@given(sheets(), st.sampled_from(["utf8", "utf16", "utf-32", "windows1252", "latin1"]))
def test_encodings_give_the_same_table(sheet: Sheet, encoding: str) -> None:
    from stepworks.datasets.source import codec

    text = sheet.text().encode(codec(encoding), "ignore").decode(codec(encoding))
    _, resolver = folder_with(data=text.encode(codec(encoding)))
    same(generally(delimited(encoding=encoding), resolver), read_with_pandas(text))


conditions = st.recursive(
    st.one_of(
        st.builds(
            Compare,
            st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
            st.just(Field("i")),
            st.integers(-3, 3).map(Value) | st.just(Field("f")),
        ),
        st.builds(Compare, st.sampled_from(["<", ">="]), st.just(Field("f")), st.floats(-3, 3).map(Value)),
        st.builds(Compare, st.sampled_from(["==", "!=", "<", ">"]), st.just(Field("t")), words.map(Value)),
        st.builds(Compare, st.sampled_from(["==", "!="]), st.just(Field("i")), words.map(Value)),
        st.sampled_from([Field("b"), IsNull(Field("t")), IsNull(Field("f"))]),
        st.builds(IsIn, st.just(Field("i")), st.lists(st.integers(-3, 3).map(Value), max_size=3).map(tuple)),
        st.builds(IsIn, st.just(Field("t")), st.lists(words.map(Value), max_size=3).map(tuple)),
    ),
    lambda parts: st.one_of(
        st.builds(Not, parts),
        st.lists(parts, max_size=3).map(tuple).map(And),
        st.lists(parts, max_size=3).map(tuple).map(Or),
    ),
    max_leaves=4,
)
operations = st.one_of(
    st.integers(0, 15).map(Take),
    st.integers(0, 15).map(Skip),
    st.builds(TakeSample, st.floats(0, 1), st.integers(0, 3)),
    st.builds(RandomSplit, st.floats(0, 1), st.integers(0, 3), st.sampled_from(["first", "second"])),
    conditions.map(Filter),
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "i": st.integers(-3, 3),
            "f": st.none() | st.floats(-3, 3),
            "t": st.none() | words,
            "b": st.booleans(),
        }
    ),
    min_size=1,
    max_size=20,
)


def holds(condition: expression.Expression, frame: pd.DataFrame) -> pd.Series:
    """The condition in pandas."""
    match condition:
        case Field(name):
            return frame[name].astype(bool)
        case And(parts) | Or(parts):
            result = pd.Series(isinstance(condition, And), index=frame.index)
            for part in parts:
                result = result & holds(part, frame) if isinstance(condition, And) else result | holds(part, frame)
            return result
        case Not(part):
            return ~holds(part, frame)
        case IsNull(Field(name)):
            return frame[name].isna()
        case IsIn(Field(name), values):
            return frame[name].isin([value.value for value in values])
        case Compare(op, Field(name), right):
            other = frame[right.name] if isinstance(right, Field) else right.value
            column = frame[name]
            return (
                {
                    "==": column.__eq__,
                    "!=": column.__ne__,
                    "<": column.__lt__,
                    "<=": column.__le__,
                    ">": column.__gt__,
                    ">=": column.__ge__,
                }[op](other)
                .fillna(value=False)
                .astype(bool)
            )
    raise AssertionError(condition)


def apply(operation: object, frame: pd.DataFrame) -> pd.DataFrame:
    """The operation in pandas."""
    match operation:
        case Take(count):
            return frame.head(count)
        case Skip(count):
            return frame.iloc[count:]
        case TakeSample(share, seed) | RandomSplit(share, seed, "first"):
            return frame[np.array([is_drawn(share, seed, n) for n in range(len(frame))], bool)]
        case RandomSplit(share, seed, _):
            return frame[np.array([not is_drawn(share, seed, n) for n in range(len(frame))], bool)]
        case KeepColumns(columns):
            return frame[list(columns)]
        case DropColumns(columns):
            return frame.drop(columns=list(columns))
        case Filter(condition):
            return frame[holds(condition, frame).to_numpy(bool)]
    raise AssertionError(operation)


@quick
@given(rows, st.lists(operations, max_size=4), st.permutations(["i", "f", "t", "b"]), st.integers(1, 7))
def test_a_plan_on_parquet_gives_what_pandas_gives(
    data: list[dict[str, object]], steps: list[object], order: list[str], group: int
) -> None:
    folder, resolver = folder_with()
    types = pa.schema([("i", pa.int64()), ("f", pa.float64()), ("t", pa.string()), ("b", pa.bool_())])
    write.pyarrow.parquet.write_table(pa.Table.from_pylist(data, types), folder / "data.parquet", row_group_size=group)
    frame = pd.read_parquet(folder / "data.parquet")
    steps = [*steps, KeepColumns(tuple(order[:2]))]
    for operation in steps:
        frame = apply(operation, frame)
    dataset = Plan(Parquet((DatastorePath("store", "data.parquet"),)), tuple(steps))
    same(frames.to_pandas(dataset, resolver), frame)
    assert execute.count(dataset, resolver) == len(frame)
    pieces = list(execute.batches(dataset, resolver, 3))
    assert [piece.num_rows for piece in pieces[:-1]] == [3] * (len(pieces) - 1)
    same(frames.framed(pa.Table.from_batches(pieces, execute.schema(dataset, resolver))), frame)


@quick
@given(rows, st.lists(operations, max_size=4))
def test_a_plan_on_json_lines_gives_what_pandas_gives(data: list[dict[str, object]], steps: list[object]) -> None:
    import json

    _, resolver = folder_with(data="\n".join(json.dumps(row, ensure_ascii=False) for row in data))
    frame = pd.DataFrame(data).astype({"f": float, "t": object})
    frame["t"] = pd.Series([None if v is None else v for v in frame["t"]], dtype=object)
    steps = [*steps, KeepColumns(("t", "i", "b"))] if frame["t"].notna().any() else [*steps, KeepColumns(("i", "f"))]
    for operation in steps:
        # A column without any value has no texts to compare in pandas either.
        if isinstance(operation, Filter) and not frame["t"].notna().any():
            return
        frame = apply(operation, frame)
    same(frames.to_pandas(Plan(JsonLines((DatastorePath("store", "data"),)), tuple(steps)), resolver), frame)


@quick
@given(st.integers(0, 200), st.floats(0, 1), st.integers(-(2**63), 2**63 - 1), st.integers(0, 10**12))
def test_samples_do_not_depend_on_how_they_are_computed(count: int, share: float, seed: int, first: int) -> None:
    assert drawn(share, seed, first, count).to_pylist() == [is_drawn(share, seed, first + n) for n in range(count)]


@quick
@given(rows, st.floats(0, 1), st.integers(0, 2**32))
def test_the_parts_of_a_split_are_disjoint_and_complete(data: list[dict[str, object]], share: float, seed: int) -> None:
    folder, resolver = folder_with()
    table = pa.table({"id": list(range(len(data)))})
    write.pyarrow.parquet.write_table(table, folder / "data.parquet")
    parts = Plan(Parquet((DatastorePath("store", "data.parquet"),))).random_split(share, seed)
    found = [execute.to_arrow(part, resolver)["id"].to_pylist() for part in parts]
    assert sorted(found[0] + found[1]) == list(range(len(data)))


def test_a_split_has_about_the_share_asked_for() -> None:
    share = np.mean(drawn(0.3, 7, 0, 100_000).to_pylist())
    assert share == pytest.approx(0.3, abs=0.01)


@quick
@given(st.lists(operations, max_size=4))
def test_a_definition_survives_json_with_its_identity(steps: list[object]) -> None:
    dataset = Plan(Delimited((DatastorePath("store", "a.csv"),)), tuple(steps))
    again = plan.from_json(plan.to_json(dataset))
    assert again == dataset
    assert plan.definition_id(again) == plan.definition_id(dataset)


@quick
@given(rows)
def test_written_tables_read_back_the_same(data: list[dict[str, object]]) -> None:
    folder, resolver = folder_with()
    types = pa.schema([("i", pa.int64()), ("f", pa.float64()), ("t", pa.string()), ("b", pa.bool_())])
    table = pa.Table.from_pylist(data, types)
    write.pyarrow.parquet.write_table(table, folder / "data.parquet")
    dataset = Plan(Parquet((DatastorePath("store", "data.parquet"),)))
    write.write_parquet(dataset, resolver, folder / "parquet", rows_per_part=7)
    assert execute.to_arrow(Plan(Parquet((DatastorePath("store", "parquet"),))), resolver) == table
    write.write_csv(dataset, resolver, folder / "csv", rows_per_part=7)
    if table["t"].null_count == 0 and table["f"].null_count == 0:
        same(generally(delimited("csv"), resolver), read_with_pandas(table.to_pandas().to_csv(index=False)))
    written = write.partition_by(dataset, resolver, ["t", "b"], folder / "keys", rows_waiting=5)
    back = execute.to_arrow(Plan(written.source(DatastorePath("store", "keys"))), resolver)
    assert sorted(map(repr, back.select(types.names).to_pylist())) == sorted(map(repr, table.to_pylist()))
