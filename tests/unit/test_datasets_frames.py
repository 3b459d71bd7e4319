"""Tables as pandas DataFrames."""

import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stepworks.datasets import execute, frames
from stepworks.datasets.plan import Plan
from stepworks.datasets.resolver import FolderResolver
from stepworks.datasets.source import DatastorePath, Delimited, Parquet, column_types
from stepworks.errors import InvalidInput


@pytest.fixture
def store(tmp_path: Path) -> FolderResolver:
    return FolderResolver({"store": tmp_path})


def delimited(path: str = "*", **options: object) -> Plan:
    return Plan(Delimited((DatastorePath("store", path),), **options))


def parquet(folder: Path, table: pa.Table) -> Plan:
    pq.write_table(table, folder / "data.parquet")
    return Plan(Parquet((DatastorePath("store", "data.parquet"),)))


def test_types_are_those_of_pandas(tmp_path: Path, store: FolderResolver) -> None:
    (tmp_path / "a.csv").write_text("i,n,b,m,t,e\n1,1,True,True,x,\n0,,False,,,\n")
    for plan in (delimited(), delimited().take(9)):
        frame = frames.to_pandas(plan, store)
        assert [frame[c].dtype.kind for c in "inbme"] == ["i", "f", "b", "O", "f"]
        assert frame["m"].tolist()[0] is True
        assert frame.isna().sum().to_dict() == {"i": 0, "n": 1, "b": 0, "m": 1, "t": 1, "e": 2}


def test_frames_can_be_changed(tmp_path: Path, store: FolderResolver) -> None:
    plan = parquet(tmp_path, pa.table({"x": [1.0, 2.0], "y": [1, 2]}))
    frame = frames.to_pandas(plan, store)
    frame.loc[0, "x"] = 5.0
    frame["y"] += 1
    assert frame.to_dict("list") == {"x": [5.0, 2.0], "y": [2, 3]}


def test_datetimes_are_nanoseconds_and_others_missing_or_an_error(tmp_path: Path, store: FolderResolver) -> None:
    times = [datetime(2020, 1, 1), datetime(9999, 12, 31), datetime(1, 1, 1), None]
    plan = parquet(tmp_path, pa.table({"t": pa.array(times, pa.timestamp("us"))}))
    frame = frames.to_pandas(plan, store)
    assert frame["t"].dtype == np.dtype("datetime64[ns]")
    assert frame["t"].isna().tolist() == [False, True, True, True]
    with pytest.raises(InvalidInput, match=r"'t' has the datetime 9999-12-31"):
        frames.to_pandas(plan, store, out_of_range_datetime="fail")
    frames.to_pandas(plan.take(1), store, out_of_range_datetime="fail")


def test_zones_are_kept(tmp_path: Path, store: FolderResolver) -> None:
    times = pa.array([datetime(2020, 1, 1)], pa.timestamp("ms", "Europe/Amsterdam"))
    frame = frames.to_pandas(parquet(tmp_path, pa.table({"t": times})), store)
    assert str(frame["t"].dtype) == "datetime64[ns, Europe/Amsterdam]"
    assert frame["t"][0] == pd.Timestamp("2020-01-01", tz="UTC")


def test_nested_values_are_python_objects(tmp_path: Path, store: FolderResolver) -> None:
    frame = frames.to_pandas(parquet(tmp_path, pa.table({"l": [[1, 2], None], "s": [{"a": 1}, {"a": 2}]})), store)
    assert frame["l"].tolist() == [[1, 2], None]
    assert frame["s"].tolist() == [{"a": 1}, {"a": 2}]


def test_rows_are_numbered_from_zero(tmp_path: Path, store: FolderResolver) -> None:
    pd.DataFrame({"x": [1, 2, 3]}, index=[7, 8, 9]).to_parquet(tmp_path / "data.parquet")
    frame = frames.to_pandas(Plan(Parquet((DatastorePath("store", "data.parquet"),))).skip(1), store)
    assert frame.index.tolist() == [0, 1]
    assert frame["x"].tolist() == [2, 3]


def test_categories_of_several_files_are_one_column(tmp_path: Path, store: FolderResolver) -> None:
    for name, values in (("1", ["a", "b"]), ("2", ["c", "a"])):
        pd.DataFrame({"c": pd.Categorical(values)}).to_parquet(tmp_path / f"{name}.parquet")
    frame = frames.to_pandas(Plan(Parquet((DatastorePath("store", "*"),))), store)
    assert frame["c"].tolist() == ["a", "b", "c", "a"]


@pytest.mark.parametrize("name", ["on_error", "out_of_range_datetime"])
def test_unknown_words_are_refused(tmp_path: Path, store: FolderResolver, name: str) -> None:
    plan = parquet(tmp_path, pa.table({"x": [1]}))
    with pytest.raises(InvalidInput, match=name):
        frames.to_pandas(plan, store, **{name: "ignore"})  # pyright: ignore[reportArgumentType]


def test_errors_in_values_are_missing_or_raised(tmp_path: Path, store: FolderResolver) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,1\none,2\n")
    plan = delimited(set_column_types=column_types({"x": "long"}))
    assert frames.to_pandas(plan, store)["x"].isna().tolist() == [False, True]
    with pytest.raises(InvalidInput, match="'one'"):
        frames.to_pandas(plan, store, on_error="fail")


def test_without_pandas_the_error_says_what_to_install(
    tmp_path: Path, store: FolderResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(InvalidInput, match="pip install pandas"):
        frames.to_pandas(parquet(tmp_path, pa.table({"x": [1]})), store)


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,2,3\n4,5,6\n",  # every row longer than the header
        "a,b\n1,2,\n3,4,\n",  # a separator at the end of each row
        "a,b\n1,2\n3\n",
        "a,b\n1,18446744073709551616\n",
        'a,b\n1,"x\n2,y\n',  # a quote that is never closed
    ],
)
def test_where_pandas_own_reader_would_lose_something_the_general_way_decides(
    tmp_path: Path, store: FolderResolver, text: str
) -> None:
    (tmp_path / "a.csv").write_text(text)

    def outcome(read) -> object:
        try:
            return read().to_dict("list")
        except InvalidInput as error:
            return str(error)

    direct = outcome(lambda: frames.to_pandas(delimited(), store))
    assert str(direct) == str(outcome(lambda: frames.framed(execute.to_arrow(delimited(), store))))


def test_files_whose_types_differ_are_brought_together(tmp_path: Path, store: FolderResolver) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,1\n")
    (tmp_path / "2.csv").write_text("a,b\n2,x\n")
    assert frames.to_pandas(delimited(), store).to_dict("list") == {"a": [1, 2], "b": ["1", "x"]}
    (tmp_path / "2.csv").write_text("a,b\n2,3\n")
    assert frames.to_pandas(delimited(), store).to_dict("list") == {"a": [1, 2], "b": [1, 3]}


def test_kept_columns_come_in_the_order_asked_for(tmp_path: Path, store: FolderResolver) -> None:
    (tmp_path / "1.csv").write_text("a,b,c\n1,2,3\n")
    assert frames.to_pandas(delimited().keep_columns(["c", "a"]), store).to_dict("list") == {"c": [3], "a": [1]}
    with pytest.raises(InvalidInput, match="'x'"):
        frames.to_pandas(delimited().keep_columns(["x"]), store)


def test_column_types_late_in_a_large_file(tmp_path: Path, store: FolderResolver) -> None:
    rows = "\n".join(f"{n},1" for n in range(100_000))
    (tmp_path / "1.csv").write_text(f"a,b\n{rows}\n1,x\n")
    frame = frames.to_pandas(delimited(), store)
    assert {type(value) for value in frame["b"]} == {str}
