"""Delimited files: headers, encodings, uneven rows, types, and how much of a file is read."""

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from stepworks.datasets import execute
from stepworks.datasets.plan import Plan
from stepworks.datasets.records import first_record, unique_names
from stepworks.datasets.resolver import FileEntry, FolderResolver
from stepworks.datasets.source import ColumnType, DatastorePath, Delimited, HeaderMode, column_types
from stepworks.errors import InvalidInput


class Counting(FolderResolver):
    """Remembers which files were asked for."""

    def __init__(self, folder: Path) -> None:
        super().__init__({"store": folder})
        self.asked: set[str] = set()

    def local(self, entry: FileEntry) -> Path:
        self.asked.add(entry.path)
        return super().local(entry)


@pytest.fixture
def store(tmp_path: Path) -> Counting:
    return Counting(tmp_path)


def read(store: Counting, **options: object) -> pa.Table:
    return execute.to_arrow(plan(**options), store)


def plan(path: str = "*", **options: object) -> Plan:
    return Plan(Delimited((DatastorePath("store", path),), **options))


def put(tmp_path: Path, **files: str | bytes) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("no_headers", {"Column1": ["a", "1", "a", "2"]}),
        ("only_first_file_has_headers", {"a": ["1", "a", "2"]}),
        ("combine_all_files_headers", {"a": [1, 2]}),
        ("all_files_have_same_headers", {"a": [1, 2]}),
    ],
)
def test_header_modes(tmp_path: Path, store: Counting, mode: HeaderMode, expected: dict[str, list[object]]) -> None:
    put(tmp_path, one="a\n1\n", two="a\n2\n")
    assert read(store, header=mode).to_pydict() == expected


def test_a_column_that_one_file_lacks_is_missing_there(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, one="a,b\n1,x\n", two="c,a\n0.5,2\n")
    assert read(store).to_pydict() == {"a": [1, 2], "b": ["x", None], "c": [None, 0.5]}


def test_a_column_of_a_later_file_can_be_kept(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, one="a\n1\n", two="a,c\n2,3\n")
    assert execute.to_arrow(plan().keep_columns("c"), store).to_pydict() == {"c": [None, 3]}


def test_files_without_rows_or_without_anything_are_passed_over(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a="", b="x,y\n", c="x,y\n1,2", d="\n\n")
    assert read(store).to_pydict() == {"x": [1], "y": [2]}
    assert read(store, header="only_first_file_has_headers").num_rows == 2


def test_nothing_but_empty_files_is_an_error(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a="", b="\n")
    with pytest.raises(InvalidInput, match="empty"):
        read(store)
    with pytest.raises(InvalidInput, match="empty"):
        list(execute.batches(plan("a"), store))


def test_a_header_alone_is_a_table_without_rows(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a="x,y\n")
    assert read(store).num_rows == 0
    assert read(store).column_names == ["x", "y"]


def test_names_are_made_unique_as_in_pandas() -> None:
    assert unique_names(["a", "a", "a.1", "", "a"]) == ["a", "a.2", "a.1", "Unnamed: 3", "a.3"]


@pytest.mark.parametrize(
    ("data", "values", "rest"),
    [
        (b"a,b\n1,2", [b"a", b"b"], b"1,2"),
        (b'\r\n \n"a,""x""\n",b\r\n1', [b'a,"x"\n', b"b"], b"1"),
        (b'a"b",c\rd', [b'a"b"', b"c"], b"d"),
        (b'"a"b,\n', [b"ab", b""], b""),
        (b"a", [b"a"], b""),
        (b" \n\n", [], b""),
    ],
)
def test_the_first_record(data: bytes, values: list[bytes], rest: bytes) -> None:
    found = first_record(data, ",", complete=True)
    assert found is not None
    assert (found[0], data[found[1] :]) == (values, rest)


@pytest.mark.parametrize("data", [b"", b"a,b", b'"a\n', b'"a"', b"a\r"])
def test_a_record_that_may_go_on_is_not_taken(data: bytes) -> None:
    assert first_record(data, ",", complete=False) is None


def test_a_header_larger_than_what_is_read_at_first(tmp_path: Path, store: Counting) -> None:
    names = [f"{'column' * 50}{n:09}" for n in range(300)]
    put(tmp_path, a=",".join(names) + "\n" + ",".join("1" * 300))
    assert read(store).column_names == names


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("utf8", b"\xef\xbb\xbfn\xc3\xa4me\n\xe2\x82\xac\n"),
        ("utf8bom", b"\xef\xbb\xbfn\xc3\xa4me\n\xe2\x82\xac\n"),
        ("utf16", "näme\n€\n".encode("utf-16")),
        ("utf-16-le", "\ufeffnäme\n€\n".encode("utf-16-le")),
        ("windows1252", "näme\n€\n".encode("cp1252")),
    ],
)
def test_encodings(tmp_path: Path, store: Counting, encoding: str, data: bytes) -> None:
    put(tmp_path, a=data)
    assert read(store, encoding=encoding).to_pydict() == {"näme": ["€"]}


@pytest.mark.parametrize("encoding", ["utf8", "ascii", "utf16"])
def test_a_wrong_encoding_names_the_file_and_the_remedy(tmp_path: Path, store: Counting, encoding: str) -> None:
    put(tmp_path, bad="x\nä\n1".encode("latin1"))
    with pytest.raises(InvalidInput, match=f"/bad.*{encoding}.*latin1"):
        read(store, encoding=encoding)


def test_a_wrong_encoding_in_the_header_names_the_file(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, bad="ä\n1\n".encode("latin1"))
    with pytest.raises(InvalidInput, match="/bad"):
        read(store)


def test_packed_files_are_unpacked(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, **{"a.csv.gz": gzip.compress(b"a,b\n1,2\n")})
    assert read(store).to_pydict() == {"a": [1], "b": [2]}


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends(tmp_path: Path, store: Counting, line_end: str) -> None:
    put(tmp_path, a=line_end.join(["a,b", "1,x", "", "2,y", ""]))
    assert read(store).to_pydict() == {"a": [1, 2], "b": ["x", "y"]}


def test_short_rows_are_filled_up(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a='a,b,c\n1,x,2\n3\n4,"y\n,"\n  \n')
    assert read(store).to_pydict() == {"a": [1, 3, 4], "b": ["x", None, "y\n,"], "c": [2, None, None]}


def test_separators_at_the_end_of_rows_are_not_values(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a="a,b\n1,2,\n3,4,\n")
    assert read(store).to_pydict() == {"a": [1, 3], "b": [2, 4]}


def test_a_row_with_more_values_than_columns_is_an_error_that_names_the_line(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, bad="a,b\n1,2\n3,4,5\n")
    with pytest.raises(InvalidInput, match=r"/bad.*line 2 has 3 values, where 2"):
        read(store)


def test_a_short_row_far_into_a_file_loses_no_row(tmp_path: Path, store: Counting) -> None:
    rows = [f"{n},{n}" for n in range(200_000)]
    rows[190_000] = "190000"
    put(tmp_path, a="a,b\n" + "\n".join(rows))
    table = read(store)
    assert table["a"].to_pylist() == list(range(200_000))
    assert table["b"].null_count == 1


def test_a_value_larger_than_a_block(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a=f'a,b\n1,x\n2,"{"y" * 5_000_000}"\n3,z\n')
    table = read(store)
    assert [len(text) for text in table["b"].to_pylist()] == [1, 5_000_000, 1]
    assert execute.to_arrow(plan().take(2), store).num_rows == 2


def wide_file(last: str) -> str:
    """More than what a sketch looks at, with integers up to the last row."""
    return "a,b\n" + "\n".join(f"{n},{n % 7}" for n in range(60_000)) + f"\n{last}\n"


@pytest.mark.parametrize(
    ("last", "kind"),
    [("1,0.5", pa.float64()), ("1,x", pa.string()), ("1,True", pa.string()), ("1,+3", pa.int64()), ("1,", pa.int64())],
)
def test_types_follow_what_comes_late(tmp_path: Path, store: Counting, last: str, kind: pa.DataType) -> None:
    put(tmp_path, a=wide_file(last))
    table = read(store)
    assert (table.schema.field("b").type, table.num_rows) == (kind, 60_001)
    batches = list(execute.batches(plan(), store))
    assert {batch.schema.field("b").type for batch in batches} == {kind}
    assert pa.Table.from_batches(batches).equals(table)
    assert execute.schema(plan(), store) == table.schema


def test_a_preview_reads_the_beginning_only(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a=wide_file("1,2,3,4"), b=b"\xff\xff")
    assert execute.head(plan(), store, 3).to_pydict() == {"a": [0, 1, 2], "b": [0, 1, 2]}
    assert execute.to_arrow(plan().skip(2).take(1), store).to_pydict() == {"a": [2], "b": [2]}
    assert store.asked == {"a"}


def test_columns_that_are_not_kept_are_not_looked_at(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a=b"a,b\n1,\xff\n")
    assert execute.to_arrow(plan(), store, columns=["a"]).to_pydict() == {"a": [1]}
    with pytest.raises(InvalidInput, match="encoding"):
        read(store)


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("0\n1\n", pa.int64(), [0, 1]),
        ("1\nNA\n", pa.int64(), [1, None]),
        ("True\nFALSE\n", pa.bool_(), [True, False]),
        ("yes\nno\n", pa.string(), ["yes", "no"]),
        ("1\nTrue\n", pa.string(), ["1", "True"]),
        ("18446744073709551615\n1\n", pa.uint64(), [2**64 - 1, 1]),
        ("18446744073709551616\n1\n", pa.string(), ["18446744073709551616", "1"]),
        ("9223372036854775808\n-1\n", pa.string(), ["9223372036854775808", "-1"]),
        ("1e400\n+2\n.5\n3.\n", pa.float64(), [float("inf"), 2.0, 0.5, 3.0]),
        ("1" * 5000 + "\n1\n", pa.string(), ["1" * 5000, "1"]),
        ("0x1F\n1\n", pa.string(), ["0x1F", "1"]),
        ("2020-01-31\n", pa.string(), ["2020-01-31"]),
        ("NA\nnull\n", pa.float64(), [None, None]),
    ],
)
def test_types_are_those_of_pandas(
    tmp_path: Path, store: Counting, text: str, kind: pa.DataType, values: list[object]
) -> None:
    put(tmp_path, a="x,y\n" + text.replace("\n", ",z\n"))
    assert read(store)["x"] == pa.chunked_array([pa.array(values, kind)])


def test_without_inference_all_is_text(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a="x,y\n1,\n2,True\n")
    assert read(store, infer_column_types=False).to_pydict() == {"x": ["1", "2"], "y": [None, "True"]}


def test_empty_texts_can_be_kept_and_numbers_stay_numbers(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a="n,t,e\n1,x,\n,,\n")
    assert read(store, empty_as_string=True).to_pydict() == {"n": [1, None], "t": ["x", ""], "e": ["", ""]}


def test_given_types_read_the_text_itself(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a="code,price,day,seen\n007,1|5,31-01-2020,1\n008,x,2020-01-31,true\n")
    given = {
        "code": "string",
        "price": ColumnType("float", decimal_mark=","),
        "day": ColumnType("datetime", ("%d-%m-%Y",)),
        "seen": "bool",
    }
    put(tmp_path, a=(tmp_path / "a").read_text().replace("1|5", '"1,5"'))
    table = read(store, set_column_types=column_types(given))
    assert table.select(["code", "price", "seen"]).to_pydict() == {
        "code": ["007", "008"],
        "price": [1.5, None],
        "seen": [True, True],
    }
    assert [str(v) for v in table["day"].to_pylist()] == ["2020-01-31 00:00:00", "None"]


def test_a_value_without_meaning_can_be_an_error(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, bad="a,b\n1,1\n ,2\nx,3\n")
    typed = plan(set_column_types=column_types({"a": "long"}))
    assert execute.to_arrow(typed, store)["a"].to_pylist() == [1, None, None]
    with pytest.raises(InvalidInput, match="Column 'a' of /bad has the value 'x', which is no long"):
        execute.to_arrow(typed, store, on_error="fail")


def test_a_type_for_a_column_that_is_not_there_is_an_error(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a="a,b\n1,2\n", b="a,c\n1,2\n")
    assert read(store, set_column_types=column_types({"c": "string"}))["c"].to_pylist() == [None, "2"]
    with pytest.raises(InvalidInput, match=r"'d'.*a, b, c"):
        read(store, set_column_types=column_types({"d": "string"}))


def test_an_unknown_column_is_named_with_a_guess(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a="price,name\n1,2\n")
    with pytest.raises(InvalidInput, match=r"'prise'.*Did you mean 'price'"):
        execute.to_arrow(plan().keep_columns("prise"), store)


def test_rows_are_counted_without_types(tmp_path: Path, store: Counting) -> None:
    put(tmp_path, a=wide_file("1,x"), b="a,b\n1,2\n")
    assert execute.count(plan(), store) == 60_002
    assert execute.count(plan().keep_columns("b").skip(60_000), store) == 2
