"""Plans, sources, conditions, partition formats and globs as values."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum

import numpy as np
import pytest

from stepworks.datasets import glob, partition
from stepworks.datasets.expression import And, Compare, Field, IsIn, Moment, Value, conjuncts, constant, fields, moment
from stepworks.datasets.operation import RandomSplit, TakeSample, TimeRange
from stepworks.datasets.plan import Plan, definition_id, from_json, to_json
from stepworks.datasets.source import (
    ColumnType,
    DatastorePath,
    Delimited,
    Files,
    JsonLines,
    Parquet,
    SqlQuery,
    TypedColumn,
    WebPath,
    codec,
    column_types,
    header_mode,
)
from stepworks.errors import InvalidInput, UnsafePath

DAY = datetime(2020, 5, 17)


def table() -> Plan:
    return Plan(Delimited((DatastorePath("store", "a.csv"),)))


@pytest.mark.parametrize(
    "plan",
    [
        Plan(Files((DatastorePath("store", "images/**"), WebPath("https://host/a.csv")), "{label}/*.png")),
        Plan(Parquet((DatastorePath("store", "a"),), set_column_types=column_types({"x": "long"}), include_path=True)),
        Plan(JsonLines((DatastorePath("store", "a"),), invalid_lines="drop")),
        Plan(SqlQuery("database", "select 1", 0)),
        table().filter(And((Compare("==", Field("a"), Value(True)), IsIn(Field("b"), (Value("x"), Value(None)))))),
        table().with_timestamp_columns("t", "p").time_between(DAY, DAY + timedelta(1)).take(3).skip(1),
        table().keep_columns("a").drop_columns(["b"]).take_sample(0.5, seed=-1).random_split(0.2, seed=1)[1],
    ],
)
def test_a_plan_survives_json(plan: Plan) -> None:
    assert from_json(to_json(plan)) == plan


def test_what_is_no_plan_is_refused_with_the_reason() -> None:
    with pytest.raises(InvalidInput, match=r"definition of a dataset.*source"):
        from_json('{"operations": []}')


@pytest.mark.parametrize(
    "text",
    [
        to_json(table().take(3)).replace(b"3", b"-3"),
        to_json(table().skip(3)).replace(b"3", b"-3"),
        to_json(table().take_sample(0.5, seed=1)).replace(b"0.5", b"1.5"),
        to_json(table()).replace(b"a.csv", b"../a.csv"),
        to_json(table().with_timestamp_columns("t").time_after(DAY)).replace(b"2020-05", b"2020-13"),
        b'{"source":{"type":"files","paths":[]},"operations":[{"type":"filter","condition":'
        + b'{"type":"not","part":' * 100_000,
    ],
)
def test_plans_from_outside_are_checked(text: bytes) -> None:
    with pytest.raises(InvalidInput):
        from_json(text)


def test_numbers_in_conditions_keep_their_kind() -> None:
    plan = table().filter(And((Compare("<", Field("a"), Value(1.0)), Compare("<", Field("a"), Value(1)))))
    again = from_json(to_json(plan))
    assert definition_id(again) == definition_id(plan)
    assert definition_id(plan) != definition_id(table().filter(Compare("<", Field("a"), Value(1.0))))


def test_a_seed_that_is_not_given_is_drawn_once() -> None:
    seeds = iter([7, 8])
    assert table().take_sample(0.5, seeds=lambda: next(seeds)).operations == (TakeSample(0.5, 7),)
    first, second = table().random_split(0.5, seeds=lambda: next(seeds))
    assert (first.operations, second.operations) == (
        (RandomSplit(0.5, 8, "first"),),
        (RandomSplit(0.5, 8, "second"),),
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: table().take(-1),
        lambda: table().take(True),
        lambda: table().skip(1.5),  # pyright: ignore[reportArgumentType]
        lambda: table().take_sample(1.5),
        lambda: table().random_split(-0.1),
        lambda: table().take_sample(0.5, seed="x"),  # pyright: ignore[reportArgumentType]
        lambda: table().keep_columns([]),
        lambda: Plan(Files((DatastorePath("store", "a"),))).keep_columns("a"),
        lambda: table().with_timestamp_columns("t", "t"),
        lambda: table().time_after(DAY),
        lambda: table().with_timestamp_columns("t").time_between(DAY, DAY - timedelta(1)),
        lambda: Delimited((DatastorePath("store", "a"),), separator=""),
        lambda: Delimited((DatastorePath("store", "a"),), separator=";;"),
        lambda: Delimited((DatastorePath("store", "a"),), encoding="klingon"),
        lambda: Delimited((DatastorePath("store", "a"),), encoding="base64"),
        lambda: JsonLines((), invalid_lines="skip"),  # pyright: ignore[reportArgumentType]
        lambda: WebPath("ftp://host/a"),
        lambda: DatastorePath("", "a"),
        lambda: column_types({"a": "integer"}),
        lambda: column_types({"a": 3}),
        lambda: header_mode("first"),
        lambda: constant(float("nan")),
        lambda: constant(2**70),
        lambda: constant([1]),
    ],
)
def test_what_has_no_meaning_is_refused(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidInput):
        make()


@pytest.mark.parametrize("path", ["../a", "a/../../b", "a\\..\\b"])
def test_a_path_cannot_leave_its_datastore(path: str) -> None:
    with pytest.raises(UnsafePath):
        DatastorePath("store", path)


def test_time_filters_take_the_fine_column_and_else_the_coarse_one() -> None:
    both = table().with_timestamp_columns("t", "p")
    assert both.time_after(DAY).operations[-1] == TimeRange("t", moment(DAY))
    coarse = table().with_timestamp_columns(partition_timestamp="p")
    assert coarse.time_before(DAY, include_boundary=False).operations[-1] == TimeRange("p", None, moment(DAY), False)
    recent = both.time_recent(timedelta(hours=1), now=DAY)
    assert recent.operations[-1] == TimeRange("t", Moment("2020-05-16T23:00:00"))


def test_timestamp_columns_are_forgotten_when_they_are_dropped() -> None:
    both = table().with_timestamp_columns("t", "p")
    assert both.timestamp_columns == ("t", "p")
    assert both.drop_columns("t").timestamp_columns == (None, "p")
    assert both.keep_columns(["t", "x"]).timestamp_columns == ("t", None)
    assert both.with_timestamp_columns().timestamp_columns == (None, None)


def test_moments_are_in_utc() -> None:
    assert moment(datetime(2020, 1, 1, 1, 30, 0, 5, timezone(timedelta(hours=2)))).utc == "2019-12-31T23:30:00.000005"
    assert moment(DAY.replace(tzinfo=UTC)) == moment(DAY)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), Value(3)),
        (np.float32(0.5), Value(0.5)),
        (np.bool_(True), Value(True)),
        (np.str_("x"), Value("x")),
        (date(2020, 5, 17), Moment("2020-05-17T00:00:00")),
        (np.datetime64("2020-05-17T01:00", "us"), Moment("2020-05-17T01:00:00")),
        (None, Value(None)),
    ],
)
def test_constants_come_from_any_scalar(value: object, expected: Value | Moment) -> None:
    made = constant(value)
    assert (made, type(getattr(made, "value", None))) == (expected, type(getattr(expected, "value", None)))


def test_the_parts_of_a_condition() -> None:
    one, two = Compare("<", Field("a"), Field("b")), Compare("==", Field("c"), Value(1))
    assert fields(And((one, two))) == {"a", "b", "c"}
    assert conjuncts(And((one, And((two,))))) == (one, two)


@pytest.mark.parametrize(
    ("given", "mode"),
    [
        (True, "all_files_have_same_headers"),
        (False, "no_headers"),
        ("COMBINE_ALL_FILES_HEADERS", "combine_all_files_headers"),
        (1, "only_first_file_has_headers"),
        (Enum("Behavior", ["NO_HEADERS"]).NO_HEADERS, "no_headers"),
    ],
)
def test_header_modes(given: object, mode: str) -> None:
    assert header_mode(given) == mode


def test_types_are_given_by_name_or_names() -> None:
    when = ColumnType("datetime", ("%d-%m-%Y",))
    assert column_types({"a": "long", ("b", "c"): when}) == (
        TypedColumn("a", ColumnType("long")),
        TypedColumn("b", when),
        TypedColumn("c", when),
    )


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("utf8", "utf-8"),
        ("utf8bom", "utf-8"),
        ("iso88591", "iso8859-1"),
        ("latin1", "iso8859-1"),
        ("windows1252", "cp1252"),
        ("UTF-16", "utf-16"),
        ("ascii", "ascii"),
    ],
)
def test_encodings_by_the_words_of_the_sdk_and_of_python(word: str, name: str) -> None:
    assert codec(word) == name


@pytest.mark.parametrize(
    ("form", "path", "values"),
    [
        ("/{dept}/{day:yyyy/MM/dd}/data.csv", "in/sales/2019/01/31/data.csv", {"dept": "sales", "day": "2019-01-31"}),
        ("{x}/{y}/{d:yyyy/MM/dd/HH/mm/ss}/data.csv", "1/2/2020/01/02/03/04/05/data.csv", {"x": "1", "y": "2"}),
        ("{user}/*.wav", "audio/anna/one.wav", {"user": "anna"}),
        ("{user}/**/x.csv", "anna/a/b/x.csv", {"user": "anna"}),
        ("year={y}/{m:yyyy-MM}.parquet", "year=a b/2020-03.parquet", {"y": "a b", "m": "2020-03-01"}),
        ("{k}/*.csv", "a%2Fb%20c/1.csv", {"k": "a/b c"}),
        ("{k}/*.csv", f"{partition.NULL_TEXT}/1.csv", {"k": None}),
        ("./{name}.csv", "x/data.v1.csv", {"name": "data.v1"}),
    ],
)
def test_partition_formats_describe_the_end_of_a_path(form: str, path: str, values: dict[str, str | None]) -> None:
    found = partition.match(partition.parse(form), path)
    shown = {k: v.strftime("%Y-%m-%d") if isinstance(v, datetime) else v for k, v in found.items()}
    assert {k: shown[k] for k in values} == values


def test_a_partition_date_has_all_its_parts() -> None:
    form = partition.parse("{d:yyyy/MM/dd/HH/mm/ss}/data.csv")
    assert partition.match(form, "2020/01/02/03/04/05/data.csv") == {"d": datetime(2020, 1, 2, 3, 4, 5)}


@pytest.mark.parametrize("form", ["*.csv", "{a}/{a}/x", "{a/x", "{d:MM/dd}/x", "{d:yyyy/yyyy}/x", "{}/x"])
def test_partition_formats_that_say_nothing_or_too_much_are_refused(form: str) -> None:
    with pytest.raises(InvalidInput):
        partition.parse(form)


@pytest.mark.parametrize("path", ["a/2020/13/01/data.csv", "a/2020/1/1/data.csv", "data.csv"])
def test_a_path_that_does_not_fit_is_named(path: str) -> None:
    with pytest.raises(InvalidInput, match=path):
        partition.match(partition.parse("{x}/{d:yyyy/MM/dd}/data.csv"), path)


@pytest.mark.parametrize(
    ("time", "end"),
    [
        ("yyyy", datetime(2021, 1, 1)),
        ("yyyy/MM", datetime(2021, 1, 1)),
        ("yyyy/MM/dd", datetime(2020, 12, 2)),
        ("yyyy/MM/dd/HH", datetime(2020, 12, 1, 1)),
    ],
)
def test_a_partition_covers_time_up_to_the_next(time: str, end: datetime) -> None:
    start = datetime(2020, 1 if time == "yyyy" else 12, 1)
    assert partition.interval(partition.parse(f"{{d:{time}}}/x"), "d", start) == (start, end)


@pytest.mark.parametrize("value", ["a/b", "..", ".", "_x", "", "100%", "ä {x}", partition.NULL_TEXT, "a\nb"])
def test_key_values_come_back_from_paths(value: str) -> None:
    name = partition.encode(value)
    assert "/" not in name
    assert not name.startswith(".")
    assert partition.match(partition.parse("{k}/*"), f"{name}/part") == {"k": value}


@pytest.mark.parametrize(
    ("pattern", "fits", "does_not"),
    [
        ("a/*.csv", "a/x.csv", "a/b/x.csv"),
        ("a/**", "a/b/x.csv", "b/x.csv"),
        ("a/**/x.csv", "a/x.csv", "a/xx.csv"),
        ("**/x.csv", "a/b/x.csv", "a/bx.csv"),
        ("a/?[!b-d].csv", "a/xa.csv", "a/xb.csv"),
        ("year=*/", "year=1/a/b", "years/a"),
        ("a(1)/*", "a(1)/x", "a1/x"),
    ],
)
def test_globs(pattern: str, fits: str, does_not: str) -> None:
    assert glob.compile(pattern).fullmatch(fits)
    assert not glob.compile(pattern).fullmatch(does_not)
