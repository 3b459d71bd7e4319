import pytest

from stepworks.errors import InvalidInput
from stepworks.records.codec import codec_of
from stepworks.records.columns import Column, by_type, columns_of, table_of
from stepworks.records.rows import TABLES, Metric, Run, Spool
from stepworks.runs.values import Failure
from stepworks.testing.rows import a_run


def test_kinds_follow_the_annotations() -> None:
    columns = columns_of(Run)
    assert tuple(columns) == Run.__struct_fields__
    assert columns["id"] == Column("id", "text", False, str)
    assert columns["started"] == Column("started", "real", True, float)
    assert columns["number"] == Column("number", "integer", False, int)
    assert columns["cancel_requested"] == Column("cancel_requested", "boolean", False, bool)
    assert columns["failure"] == Column("failure", "json", True, Failure)
    assert columns["tags"] == Column("tags", "json", False, dict[str, str])
    assert columns_of(Metric)["data"] == Column("data", "bytes", True, bytes)


def test_keys_and_indexes_name_columns_that_can_be_compared() -> None:
    for table in TABLES:
        columns = columns_of(table.row)
        for names in (table.key, *table.indexes):
            assert {columns[name].kind for name in names}.isdisjoint({"bytes", "json"})
        assert not any(columns[name].nullable for name in table.key)
        assert set(table.key) < set(columns)


def test_table_names_are_given_once() -> None:
    assert len({table.name for table in TABLES}) == len({table.row for table in TABLES}) == len(TABLES)
    assert all(table_of(table.row) is table for table in TABLES)


def test_rows_are_sorted_by_type_and_stay_in_order() -> None:
    a, b, run = Spool(id="a", last=1), Spool(id="b", last=2), a_run()
    assert by_type(a) == {Spool: (a,)}
    assert by_type([b, run, a]) == {Spool: [b, a], Run: [run]}
    assert by_type([]) == {}


def test_sqlite_has_truth_values_as_numbers_and_nan_as_text() -> None:
    run = codec_of(Run, plain=False).encode(a_run(cancel_requested=True))
    assert run[Run.__struct_fields__.index("cancel_requested")] == 1
    metric = Metric(run="r", seq=0, name="n", kind="k", value=float("nan"), time=1.0)
    values = codec_of(Metric, plain=False).encode(metric)
    assert values[Metric.__struct_fields__.index("value")] == "NaN"
    decoded = codec_of(Metric, plain=False).decode(values).value
    assert decoded is not None
    assert decoded != decoded
    assert codec_of(Metric, plain=True).encode(metric)[4] != codec_of(Metric, plain=True).encode(metric)[4]


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "a\0"}, r"runs\.name cannot hold a NUL character: remove it"),
        ({"experiment": "\udfff"}, r"runs\.experiment cannot hold the lone surrogate '\\udfff'"),
        ({"number": 2**63}, r"runs\.number cannot hold a number beyond 64 bits"),
        ({"root": None}, r"runs\.root cannot be None"),
        ({"name": 1}, r"runs\.name cannot hold a value of type int: it is text"),
        ({"number": "1"}, r"runs\.number cannot hold a value of type str: it is a whole number"),
        ({"tags": {"a": object()}}, r"runs\.tags cannot hold this value as JSON"),
        ({"properties": {"a": "\ud800"}}, r"runs\.properties cannot hold this value as JSON"),
    ],
)
def test_a_row_that_cannot_be_stored_names_the_column(plain: bool, changes: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        codec_of(Run, plain=plain).encode(a_run(**changes))


def test_only_the_columns_asked_for_are_decoded() -> None:
    codec = codec_of(Run, plain=False)
    assert codec.decode_some(["id", "tags"], [("a", '{"x":"y"}'), ("b", "{}")]) == [("a", {"x": "y"}), ("b", {})]
    assert codec.decode_some(["failure", "cancel_requested"], [(None, 1)]) == [(None, True)]
    assert codec.decode_some(["id"], [("a",)]) == [("a",)]
