"""Tables of files: columns from paths, given types, Parquet, JSON lines, time, SQL, conditions."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepworks.datasets import execute
from stepworks.datasets.expression import (
    Arithmetic,
    Call,
    Compare,
    Expression,
    Field,
    IsIn,
    IsNull,
    Not,
    Text,
    Value,
    constant,
    moment,
)
from stepworks.datasets.files import files
from stepworks.datasets.plan import Plan
from stepworks.datasets.resolver import FileEntry, FolderResolver
from stepworks.datasets.source import (
    ColumnType,
    DatastorePath,
    Delimited,
    Files,
    JsonLines,
    Parquet,
    SqlQuery,
    column_types,
)
from stepworks.errors import InvalidInput


class Store(FolderResolver):
    """Remembers which files were asked for, and answers one query."""

    def __init__(self, folder: Path) -> None:
        super().__init__({"store": folder})
        self.asked: list[str] = []
        self.rows = pa.table({"n": [3, 1, 2], "t": ["c", "a", "b"]})

    def local(self, entry: FileEntry) -> Path:
        self.asked.append(entry.path)
        return super().local(entry)

    def query(self, source: SqlQuery) -> pa.RecordBatchReader:
        assert source.query == "select n, t from x"
        return pa.RecordBatchReader.from_batches(self.rows.schema, self.rows.to_batches(max_chunksize=2))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def put_csv(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def put_parquet(folder: Path, name: str, table: pa.Table, **options: object) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / name, **options)


def paths(path: str = "**") -> tuple[DatastorePath, ...]:
    return (DatastorePath("store", path),)


def test_paths_give_columns_around_those_of_the_files(tmp_path: Path, store: Store) -> None:
    put_csv(tmp_path, "in/nl/2020/01/31/a.csv", "x,land\n1,de\n")
    put_csv(tmp_path, "in/007/2020/02/01/b.csv", "x,land\n2,de\n")
    plan = Plan(Delimited(paths("in"), partition_format="/{land}/{day:yyyy/MM/dd}/*.csv", include_path=True))
    table = execute.to_arrow(plan, store)
    assert table.to_pydict() == {
        "Path": ["/in/007/2020/02/01/b.csv", "/in/nl/2020/01/31/a.csv"],
        "x": [2, 1],
        "land": ["007", "nl"],
        "day": [datetime(2020, 2, 1), datetime(2020, 1, 31)],
    }
    assert table.schema.field("day").type == pa.timestamp("us")


def test_columns_from_paths_can_be_kept_alone_and_given_types(tmp_path: Path, store: Store) -> None:
    put_csv(tmp_path, "1/a.csv", "x\n1\n2\n")
    source = Delimited(paths(), partition_format="{k}/*.csv", set_column_types=column_types({"k": "long"}))
    assert execute.to_arrow(Plan(source).keep_columns("k"), store).to_pydict() == {"k": [1, 1]}


def test_conditions_on_paths_leave_files_unread(tmp_path: Path, store: Store) -> None:
    for land in ("be", "de", "nl"):
        put_csv(tmp_path, f"{land}/a.csv", "x\n1\n2\n")
    plan = Plan(Delimited(paths(), partition_format="{land}/*.csv"))
    chosen = plan.filter(Compare(">=", Field("land"), Value("de"))).filter(Compare("==", Field("x"), Value(2)))
    assert execute.to_arrow(chosen, store).to_pydict() == {"x": [2, 2], "land": ["de", "nl"]}
    assert set(store.asked) == {"de/a.csv", "nl/a.csv"}


def test_rows_before_a_condition_are_counted_in_all_files(tmp_path: Path, store: Store) -> None:
    for land in ("be", "de"):
        put_csv(tmp_path, f"{land}/a.csv", "x\n1\n2\n")
    plan = Plan(Delimited(paths(), partition_format="{land}/*.csv")).take(3)
    chosen = plan.filter(Compare("==", Field("land"), Value("de")))
    assert execute.to_arrow(chosen, store).to_pydict() == {"x": [1], "land": ["de"]}


def test_a_time_leaves_partitions_unread(tmp_path: Path, store: Store) -> None:
    for day in range(1, 5):
        put_csv(tmp_path, f"2020/01/0{day}/a.csv", f"when,x\n2020-01-0{day} 06:00:00,1\n2020-01-0{day} 18:00:00,2\n")
    plan = Plan(Delimited(paths(), partition_format="{day:yyyy/MM/dd}/*.csv")).with_timestamp_columns("when", "day")
    chosen = plan.time_between(datetime(2020, 1, 2, 12), datetime(2020, 1, 3, 6))
    table = execute.to_arrow(chosen, store)
    assert table["when"].to_pylist() == [datetime(2020, 1, 2, 18), datetime(2020, 1, 3, 6)]
    assert set(store.asked) == {"2020/01/02/a.csv", "2020/01/03/a.csv"}
    without = plan.time_between(datetime(2020, 1, 2, 18), datetime(2020, 1, 3, 6), include_boundary=False)
    assert execute.count(without, store) == 0
    assert execute.count(plan.time_recent(timedelta(days=1), now=datetime(2020, 1, 5, tzinfo=UTC)), store) == 2


def test_a_timestamp_column_must_be_a_time(tmp_path: Path, store: Store) -> None:
    put_csv(tmp_path, "a.csv", "x,y\n1,noon\n")
    plan = Plan(Delimited(paths()))
    with pytest.raises(InvalidInput, match="'x' has the type int64"):
        execute.to_arrow(plan.with_timestamp_columns("x"), store)
    named = plan.with_timestamp_columns("y")
    assert execute.to_arrow(named, store)["y"].to_pylist() == [None]
    with pytest.raises(InvalidInput, match="'noon', which is no datetime"):
        execute.to_arrow(named, store, on_error="fail")


def test_parquet_previews_touch_one_file(tmp_path: Path, store: Store) -> None:
    for n in range(3):
        put_parquet(tmp_path, f"{n}.parquet", pa.table({"x": [n, n], "y": ["a", "b"]}))
    assert execute.to_arrow(Plan(Parquet(paths())), store, limit=2, columns=["y"]).to_pydict() == {"y": ["a", "b"]}
    assert set(store.asked) == {"0.parquet"}


def test_parquet_columns_are_the_union_and_types_the_widest(tmp_path: Path, store: Store) -> None:
    put_parquet(tmp_path, "1.parquet", pa.table({"a": pa.array([1], pa.int32()), "b": ["x"]}))
    put_parquet(tmp_path, "2.parquet", pa.table({"c": [True], "a": pa.array([0.5], pa.float32())}))
    put_parquet(tmp_path, "3.parquet", pa.table({"b": pa.array([2], pa.int64())}))
    expected = {"a": [1.0, 0.5, None], "b": ["x", None, "2"], "c": [None, True, None]}
    assert execute.to_arrow(Plan(Parquet(paths())), store).to_pydict() == expected
    assert pa.Table.from_batches(execute.batches(Plan(Parquet(paths())), store, 1)).to_pydict() == expected


def test_parquet_row_groups_that_cannot_match_are_not_read(tmp_path: Path, store: Store) -> None:
    table = pa.table({"x": list(range(4000)), "y": [str(n) for n in range(4000)]})
    put_parquet(tmp_path, "a.parquet", table, row_group_size=1000, compression=None, use_dictionary=False)
    # Spoil the pages of the last row group: reading them would fail.
    data = bytearray((tmp_path / "a.parquet").read_bytes())
    group = pq.ParquetFile(tmp_path / "a.parquet").metadata.row_group(3)
    start = min(group.column(n).data_page_offset for n in range(2))
    data[start : start + 64] = b"\xff" * 64
    (tmp_path / "a.parquet").write_bytes(data)
    plan = Plan(Parquet(paths()))
    with pytest.raises(OSError):
        execute.to_arrow(plan, store)
    assert execute.to_arrow(plan.filter(Compare("<", Field("x"), Value(3))), store)["y"].to_pylist() == ["0", "1", "2"]
    assert execute.count(plan.filter(Compare("==", Field("x"), Value(2500.0))), store) == 1
    assert execute.to_arrow(plan, store, limit=1500).num_rows == 1500


@pytest.mark.parametrize("op", ["==", "!=", "<", "<=", ">", ">="])
def test_statistics_never_hide_a_row(tmp_path: Path, store: Store, op: str) -> None:
    times = [datetime(2020, 1, 1) + timedelta(hours=n) for n in range(40)]
    table = pa.table({"t": times, "d": [float("nan") if n % 5 == 0 else n / 2 for n in range(40)]})
    put_parquet(tmp_path, "a.parquet", table, row_group_size=7)
    for column, value in (("t", times[17]), ("d", 8.5), ("d", 8)):
        condition = Compare(op, Field(column), constant(value))  # pyright: ignore[reportArgumentType]
        plan = Plan(Parquet(paths()))
        whole = plan.take(100).filter(condition)  # after a take, statistics are not asked
        assert execute.count(plan.filter(condition), store) == execute.count(whole, store) > 0


def test_parquet_counts_come_from_footers(tmp_path: Path, store: Store) -> None:
    put_parquet(tmp_path, "a.parquet", pa.table({"x": [1, 2, 3]}))
    put_parquet(tmp_path, "b.parquet", pa.table({"x": [1, 2]}))
    plan = Plan(Parquet(paths()))
    counts = [plan, plan.skip(2), plan.take(4).skip(1), plan.skip(9), plan.take_sample(1.0)]
    assert [execute.count(p, store) for p in counts] == [5, 3, 3, 0, 5]


def test_a_file_that_is_no_parquet_is_named(tmp_path: Path, store: Store) -> None:
    put_csv(tmp_path, "bad.parquet", "x\n1\n")
    with pytest.raises(InvalidInput, match=r"bad\.parquet"):
        execute.to_arrow(Plan(Parquet(paths())), store)


def test_tables_pass_over_what_engines_leave_beside_them(tmp_path: Path, store: Store) -> None:
    put_parquet(tmp_path, "out/part-0.parquet", pa.table({"x": [1]}))
    for name in ("out/_SUCCESS", "out/.part-0.parquet.crc", "out/_temporary/0/part-1.parquet"):
        put_csv(tmp_path, name, "not a table")
    assert execute.to_arrow(Plan(Parquet(paths("out"))), store).to_pydict() == {"x": [1]}
    assert len(files(Plan(Files(paths("out"))), store)) == 4


def test_categories_times_and_nested_values_survive(tmp_path: Path, store: Store) -> None:
    table = pa.table(
        {
            "c": pa.array(["a", "b", "a"]).dictionary_encode(),
            "z": pa.array([datetime(2020, 1, 1, tzinfo=UTC)] * 3, pa.timestamp("us", "Europe/Amsterdam")),
            "l": [[1], [], None],
            "s": [{"x": 1}, None, {"x": 2}],
        }
    )
    put_parquet(tmp_path, "a.parquet", table)
    got = execute.to_arrow(Plan(Parquet(paths())).skip(1), store)
    assert got.schema == table.schema
    assert got.to_pydict() == table.slice(1).to_pydict()


def test_given_types_of_columns_that_have_one(tmp_path: Path, store: Store) -> None:
    table = pa.table(
        {
            "whole": [1.0, 2.5, None],
            "text": [1, 2, 3],
            "day": pa.array([date(2020, 1, 1)] * 3),
            "flag": [0, 1, 2],
            "sum": pa.array([Decimal("1.50")] * 3),
        }
    )
    put_parquet(tmp_path, "a.parquet", table)
    given = {"whole": "long", "text": "string", "day": "datetime", "flag": "bool", "sum": "float"}
    assert execute.to_arrow(Plan(Parquet(paths(), column_types(given))), store).to_pydict() == {
        "whole": [1, None, None],
        "text": ["1", "2", "3"],
        "day": [datetime(2020, 1, 1)] * 3,
        "flag": [False, True, None],
        "sum": [1.5] * 3,
    }


def test_json_lines(tmp_path: Path, store: Store) -> None:
    put_csv(tmp_path, "1", '{"a": 1, "b": "x", "n": {"k": [1]}}\r\n\n{"a": 2.5, "b": null}\n')
    put_csv(tmp_path, "2", '{"b": 3, "n": {"m": true}, "a": NaN, "u": "\u2028"}')
    table = execute.to_arrow(Plan(JsonLines(paths())), store)
    assert table["b"].to_pylist() == ["x", None, "3"]
    assert table["u"].to_pylist() == [None, None, "\u2028"]
    assert table["n"].to_pylist() == [{"k": [1], "m": None}, None, {"k": None, "m": True}]
    assert table["a"].to_pylist()[:2] == [1.0, 2.5]


@pytest.mark.parametrize("line", ["nonsense", "[1]", '{"a": 1', "3"])
def test_lines_that_are_no_objects(tmp_path: Path, store: Store, line: str) -> None:
    put_csv(tmp_path, "a.jsonl", f'{{"a": 1}}\n{line}\n{{"a": 2}}\n')
    assert execute.to_arrow(Plan(JsonLines(paths(), invalid_lines="drop")), store).to_pydict() == {"a": [1, 2]}
    with pytest.raises(InvalidInput, match=r"Line 2 of the file '/a.jsonl'"):
        execute.to_arrow(Plan(JsonLines(paths())), store)


def test_json_lines_in_another_encoding(tmp_path: Path, store: Store) -> None:
    (tmp_path / "a").write_bytes('{"ä": "€"}\n'.encode("utf-16"))
    assert execute.to_arrow(Plan(JsonLines(paths(), encoding="utf16")), store).to_pydict() == {"ä": ["€"]}
    with pytest.raises(InvalidInput, match="encoding 'utf8'"):
        execute.to_arrow(Plan(JsonLines(paths())), store)


def test_types_of_json_lines_follow_what_comes_late(tmp_path: Path, store: Store) -> None:
    put_csv(tmp_path, "a", "\n".join(f'{{"a": {n}}}' for n in range(20_000)) + '\n{"a": "x", "b": 1}')
    assert execute.to_arrow(Plan(JsonLines(paths())), store).schema == pa.schema([("a", "string"), ("b", "int64")])
    assert execute.head(Plan(JsonLines(paths())), store, 1).to_pydict() == {"a": [0]}
    kinds = {b.schema for b in execute.batches(Plan(JsonLines(paths())), store, 4000)}
    assert kinds == {pa.schema([("a", "string"), ("b", "int64")])}


def test_queries_run_with_the_same_operations(store: Store) -> None:
    plan = Plan(SqlQuery("db", "select n, t from x", set_column_types=column_types({"n": "string"})))
    assert execute.to_arrow(plan.filter(Compare("!=", Field("t"), Value("a"))), store).to_pydict() == {
        "n": ["3", "2"],
        "t": ["c", "b"],
    }
    assert execute.count(plan, store) == 3


def test_folders_run_no_queries(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no database"):
        execute.to_arrow(Plan(SqlQuery("store", "select 1")), FolderResolver({"store": tmp_path}))


def test_files_have_no_rows(tmp_path: Path, store: Store) -> None:
    put_csv(tmp_path, "a", "x")
    with pytest.raises(InvalidInput, match="no rows"):
        execute.to_arrow(Plan(Files(paths())), store)


NOON = datetime(2020, 1, 2, 12)
CONDITIONS: list[tuple[Expression, list[int]]] = [
    (Compare("==", Field("t"), Value("abc")), [0]),
    (Compare("!=", Field("t"), Value("abc")), [1, 2, 3]),
    (Compare("==", Field("n"), Value("1")), []),
    (Compare("!=", Field("n"), Value("1")), [0, 1, 2, 3]),
    (Compare("==", Field("n"), Value(None)), []),
    (Not(Compare(">", Field("n"), Value(1))), [0, 3]),
    (Compare("<", Arithmetic("/", Field("n"), Value(2)), Value(0.75)), [0]),
    (Compare(">=", Arithmetic("+", Field("n"), Field("f")), Value(2.5)), [1]),
    (Compare("==", Field("b"), Value(1)), [0, 2]),
    (Field("b"), [0, 2]),
    (IsNull(Field("f")), [2, 3]),
    (IsIn(Field("n"), (Value(1), Value(2.0), Value("3"))), [0, 1]),
    (IsIn(Field("t"), (Value("Abc"), Value(None))), [1, 3]),
    (IsIn(Field("b"), (Value(False),)), [1]),
    (IsIn(Field("d"), (moment(NOON),)), [1]),
    (IsIn(Field("c"), (Value("x"),)), [0, 2]),
    (IsIn(Field("n"), ()), []),
    (Text("contains", Field("t"), "b"), [0, 1]),
    (Text("starts_with", Field("t"), "ab", ignore_case=True), [0, 1]),
    (Text("ends_with", Field("t"), "C"), []),
    (Text("matches", Field("t"), "^[A-Z]"), [1]),
    (Compare("==", Call("lower", Field("t")), Value("abc")), [0, 1]),
    (Compare(">", Call("length", Field("t")), Value(3)), [2]),
    (Compare("==", Call("trim", Field("t")), Value("ä")), [2]),
    (Compare("==", Call("upper", Field("c")), Value("X")), [0, 2]),
    (Compare(">=", Field("d"), moment(NOON)), [1, 2]),
    (Compare(">", Field("d"), Value("2020-01-02 12:00")), [2]),
    (Compare("==", Field("d"), Value("soon")), []),
    (Compare("<", Field("z"), moment(NOON)), [0]),
    (Compare("==", Field("day"), constant(date(2020, 1, 3))), [2]),
    (Compare("<", Field("ns"), constant(datetime(9999, 1, 1))), [0, 1, 2]),
    (Compare(">", Field("ns"), moment(NOON)), [1, 2]),
    (Compare(">", Field("dt"), moment(NOON)), [2]),
    (Compare("<", Field("u"), Value(-1)), []),
    (Compare(">", Field("m"), Value(1)), [1]),
    (Compare("==", Field("l"), Value(1)), []),
]


@pytest.mark.parametrize(("condition", "rows"), CONDITIONS)
def test_conditions(tmp_path: Path, store: Store, condition: Expression, rows: list[int]) -> None:
    times = [datetime(2020, 1, 1), NOON, datetime(2020, 1, 3), None]
    table = pa.table(
        {
            "row": [0, 1, 2, 3],
            "n": [1, 2, 3, None],
            "f": [0.5, 0.5, None, float("nan")],
            "t": ["abc", "Abc", " ä  ", None],
            "b": [True, False, True, None],
            "c": pa.array(["x", "y", "x", None]).dictionary_encode(),
            "d": times,
            "z": pa.array(times, pa.timestamp("us", "Asia/Tokyo")),
            "day": pa.array([t and t.date() for t in times], pa.date32()),
            "ns": pa.array([1577836800 * 10**9, 1577966400 * 10**9 + 1, 1578009600 * 10**9, None], pa.timestamp("ns")),
            "dt": [None if t is None else str(t) for t in times],
            "u": pa.array([1, 2, 2**64 - 1, None], pa.uint64()),
            "m": pa.array([Decimal("1.00"), Decimal("2.00"), None, None]),
            "l": [[1], [2], None, None],
        }
    )
    put_parquet(tmp_path, "a.parquet", table)
    plan = Plan(Parquet(paths())).take(9)  # so that statistics of the file do not answer
    assert execute.to_arrow(plan.filter(condition), store)["row"].to_pylist() == rows
    opposite = execute.to_arrow(plan.filter(Not(condition)), store)["row"].to_pylist()
    assert opposite == [row for row in range(4) if row not in rows]


@pytest.mark.parametrize(
    "condition",
    [
        Compare(">", Field("t"), Value(1)),
        Compare(">", Field("d"), Value("soon")),
        Field("n"),
        Text("contains", Field("n"), "1"),
        Text("matches", Field("t"), "("),
        Compare("==", Arithmetic("+", Field("t"), Value(1)), Value(1)),
        Compare("<", Field("l"), Value(1)),
    ],
)
def test_conditions_without_meaning(tmp_path: Path, store: Store, condition: Expression) -> None:
    put_parquet(tmp_path, "a.parquet", pa.table({"n": [1], "t": ["x"], "d": [NOON], "l": [[1]]}))
    with pytest.raises(InvalidInput):
        execute.to_arrow(Plan(Parquet(paths())).filter(condition), store)


@pytest.mark.parametrize(
    ("texts", "formats", "expected"),
    [
        (["2020-01-31", "2020-01-31T10:20", "x"], (), ["31 0:0", "31 10:20", ""]),
        (["2020-01-31 10:20:30.123456789"], (), ["31 10:20"]),
        (["2020-01-31T01:00:00+02:00", "2020-01-31T10:00:00Z"], (), ["30 23:0", "31 10:0"]),
        (["1/31/2020", "1/31/2020 1:05:00 PM", "31 Jan 2020", "31/1/2020"], (), ["31 0:0", "31 13:5", "31 0:0", ""]),
        (["2020-13-01", "2020-01-31"], (), ["", "31 0:0"]),
        (["31.01.2020", "2020-01-31", "01/31/2020"], ("%d.%m.%Y", "%Y-%m-%d"), ["31 0:0", "31 0:0", ""]),
        (["31-01-2020 10.5", "31-01-2020x"], ("%d-%m-%Y %H.%M",), ["31 10:5", ""]),
        (["2020-01-31 10:20:30.5", "2020-01-31"], ("%Y-%m-%d %H:%M:%S.%f",), ["31 10:20", ""]),
        (["31 January 20"], ("%d %B %y",), ["31 0:0"]),
    ],
)
def test_datetimes(
    tmp_path: Path, store: Store, texts: list[str], formats: tuple[str, ...], expected: list[str]
) -> None:
    put_parquet(tmp_path, "a.parquet", pa.table({"d": texts}))
    plan = Plan(Parquet(paths(), column_types({"d": ColumnType("datetime", formats)})))
    found = execute.to_arrow(plan, store)["d"].to_pylist()
    assert ["" if t is None else f"{t.day} {t.hour}:{t.minute}" for t in found] == expected
