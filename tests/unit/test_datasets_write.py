"""Tables written to folders, and read back."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepworks.datasets import execute, write
from stepworks.datasets.files import partition_values
from stepworks.datasets.plan import Plan
from stepworks.datasets.resolver import FolderResolver
from stepworks.datasets.source import DatastorePath, Delimited, Parquet
from stepworks.errors import Conflict, InvalidInput


@pytest.fixture
def store(tmp_path: Path) -> FolderResolver:
    return FolderResolver({"store": tmp_path})


def parquet(path: str) -> Plan:
    return Plan(Parquet((DatastorePath("store", path),)))


def given(folder: Path, table: pa.Table, **options: object) -> Plan:
    pq.write_table(table, folder / "data.parquet", **options)
    return parquet("data.parquet")


def test_parts_hold_as_many_rows_as_asked_for(tmp_path: Path, store: FolderResolver) -> None:
    plan = given(tmp_path, pa.table({"x": list(range(10))}), row_group_size=3)
    written = write.write_parquet(plan, store, tmp_path / "out", rows_per_part=4, rows_per_group=2)
    assert [path.name for path in written] == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    assert [pq.read_table(path)["x"].to_pylist() for path in written] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert {pq.ParquetFile(written[0]).metadata.row_group(n).num_rows for n in range(2)} == {2}
    assert sorted(tmp_path.joinpath("out").iterdir()) == list(written)


def test_a_table_without_rows_keeps_its_columns(tmp_path: Path, store: FolderResolver) -> None:
    plan = given(tmp_path, pa.table({"x": [1], "y": ["a"]})).take(0)
    write.write_csv(plan, store, tmp_path / "csv")
    write.write_parquet(plan, store, tmp_path / "parquet")
    assert (tmp_path / "csv/part-00000.csv").read_text() == "x,y\n"
    assert execute.to_arrow(parquet("parquet"), store).schema == pa.schema([("x", "int64"), ("y", "string")])


def test_csv_reads_back(tmp_path: Path, store: FolderResolver) -> None:
    table = pa.table(
        {
            "i": [1, None],
            "f": [0.1, 1e300],
            "t": ['a;"b"\n', None],
            "b": [True, False],
            "d": pa.array([datetime(2020, 1, 2, 3, 4, 5), None], pa.timestamp("us")),
            "day": [date(2020, 1, 2), None],
            "c": pa.array(["x", None]).dictionary_encode(),
            "n": [{"k": [1]}, None],
            "m": pa.array([Decimal("1.50"), None]),
        }
    )
    write.write_csv(given(tmp_path, table), store, tmp_path / "out", separator=";")
    back = execute.to_arrow(Plan(Delimited((DatastorePath("store", "out"),), separator=";")), store)
    assert back.to_pylist() == [
        {
            "i": 1,
            "f": 0.1,
            "t": 'a;"b"\n',
            "b": True,
            "d": "2020-01-02 03:04:05",
            "day": "2020-01-02",
            "c": "x",
            "n": '{"k": [1]}',
            "m": 1.5,
        },
        {"i": None, "f": 1e300, "t": None, "b": False, "d": None, "day": None, "c": None, "n": None, "m": None},
    ]


def test_csv_is_written_as_pandas_writes_it(tmp_path: Path, store: FolderResolver) -> None:
    table = pa.table(
        {
            "f": [1.0, float("nan"), -0.5],
            "b": [True, None, False],
            "t": ["a, b", "", 'say "x"'],
            "d": pa.array([datetime(2020, 1, 1, 0, 0, 1, 500_000), None, datetime(2020, 1, 2)], pa.timestamp("us")),
            "e": pa.nulls(3),
            "odd,name": [1, 2, None],
        }
    )
    write.write_csv(given(tmp_path, table), store, tmp_path / "out")
    assert (tmp_path / "out/part-00000.csv").read_text() == (
        'f,b,t,d,e,"odd,name"\n'
        '1.0,True,"a, b",2020-01-01 00:00:01.500000,,1\n'
        ',,"",,,2\n'
        '-0.5,False,"say ""x""",2020-01-02 00:00:00,,\n'
    )


def test_missing_values_in_a_single_column_stay_rows(tmp_path: Path, store: FolderResolver) -> None:
    table = pa.table({"t": ["a", None, "  ", "b"]})
    write.write_csv(given(tmp_path, table), store, tmp_path / "out")
    assert execute.to_arrow(Plan(Delimited((DatastorePath("store", "out"),))), store) == table


@pytest.mark.parametrize("writer", [write.write_csv, write.write_parquet])
def test_nothing_is_written_beside_other_files(tmp_path: Path, store: FolderResolver, writer) -> None:
    plan = given(tmp_path, pa.table({"x": [1]}))
    with pytest.raises(Conflict, match="isn't empty"):
        writer(plan, store, tmp_path)
    with pytest.raises(InvalidInput, match="rows_per_part"):
        writer(plan, store, tmp_path / "out", rows_per_part=0)


def test_a_write_that_fails_leaves_no_part(tmp_path: Path, store: FolderResolver) -> None:
    (tmp_path / "a.csv").write_text("x,y\n" + "1,2\n" * 300_000 + "1,2,3\n")
    plan = Plan(Delimited((DatastorePath("store", "a.csv"),)))
    with pytest.raises(InvalidInput, match="3 values"):
        write.write_parquet(plan, store, tmp_path / "out", rows_per_part=10**9)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_partitions_are_folders_and_come_back_with_their_types(tmp_path: Path, store: FolderResolver) -> None:
    table = pa.table(
        {
            "k": ["a/b", "x", "a/b", None, ""],
            "n": [1, 2, 1, 3, None],
            "when": pa.array([datetime(2020, 1, 1, 12, 30)] * 5, pa.timestamp("us")),
            "v": [1.0, 2.0, 3.0, 4.0, 5.0],
        }
    )
    written = write.partition_by(given(tmp_path, table), store, ["k", "n", "when"], tmp_path / "out", rows_waiting=1)
    assert written.partition_format == "/{k}/{n}/{when}/*.parquet"
    assert pq.read_schema(written.files[0]).names == ["v"]
    plan = Plan(written.source(DatastorePath("store", "out")))
    back = execute.to_arrow(plan, store)
    assert back.schema == pa.schema([table.schema.field(name) for name in ("v", "k", "n", "when")])
    assert sorted(back["v"].to_pylist()) == [1, 2, 3, 4, 5]
    assert {row["v"]: row for row in back.to_pylist()} == {row["v"]: row for row in table.to_pylist()}
    assert len(partition_values(plan, store, ["k"])) == 4
    assert plan.partition_keys == ("k", "n", "when")


def test_rows_of_a_partition_keep_their_order(tmp_path: Path, store: FolderResolver) -> None:
    for start in range(0, 3000, 300):
        numbers = list(range(start, start + 300))
        pq.write_table(pa.table({"k": [n % 3 for n in numbers], "v": numbers}), tmp_path / f"{start:04}.parquet")
    written = write.partition_by(parquet("*.parquet"), store, ["k"], tmp_path / "out", rows_waiting=700)
    assert len(written.files) > 3
    values = execute.to_arrow(Plan(written.source(DatastorePath("store", "out"))), store)["v"].to_pylist()
    assert values == [n for k in range(3) for n in range(k, 3000, 3)]


@pytest.mark.parametrize("keys", [["nothing"], [], ["x", "y"], ["odd{"]])
def test_keys_that_cannot_be_used(tmp_path: Path, store: FolderResolver, keys: list[str]) -> None:
    plan = given(tmp_path, pa.table({"x": [1], "y": [2], "odd{": [3]} if keys == ["odd{"] else {"x": [1], "y": [2]}))
    with pytest.raises(InvalidInput):
        write.partition_by(plan, store, keys, tmp_path / "out")
    assert not (tmp_path / "out").exists()
