"""Datasets: made of paths, read, narrowed, registered (contracts §18)."""

from datetime import datetime
from pathlib import Path

import pytest
from tests.sdk.doubles import WorkspaceDouble

from azureml.data import DataType, FileDataset, TabularDataset
from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPath
from azureml.data.dataset_error_handling import DatasetExecutionError, DatasetValidationError
from azureml.data.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from azureml.data.dataset_type_definitions import PromoteHeadersBehavior
from azureml.exceptions import DatasetTimestampMissingError, UserErrorException

ROWS = "name,age,seen\nann,31,2020-01-01\nbob,17,2020-02-01\ncid,45,2020-03-01\n"


@pytest.fixture
def workspace(tmp_path):
    return WorkspaceDouble(tmp_path / "server")


@pytest.fixture
def store(workspace):
    root = Path(workspace.client.stores["workspaceblobstore"].root)
    for name, text in {"people.csv": ROWS, "logs/a/x.txt": "1", "logs/b/y.txt": "22"}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return workspace.datastore()


@pytest.fixture
def people(store):
    return TabularDatasetFactory.from_delimited_files([(store, "people.csv")])


def names(dataset):
    return list(dataset.to_pandas_dataframe()["name"])


# --- paths


def test_paths_come_as_tuples_data_paths_references_and_lists_of_them(store):
    for path in (
        (store, "people.csv"),
        [(store, "people.csv")],
        DataPath(store, "people.csv"),
        [DataReference(store, path_on_datastore="people.csv")],
        (store, ["people.csv"]),
    ):
        assert names(TabularDatasetFactory.from_delimited_files(path)) == ["ann", "bob", "cid"]


@pytest.mark.parametrize("path", ["people.csv", "./people.csv", "/data/people.csv", None, [], [None], 3])
def test_local_paths_and_nothing_are_refused_with_what_to_do(path):
    with pytest.raises(UserErrorException, match=r"datastore"):
        TabularDatasetFactory.from_delimited_files(path)


def test_a_path_that_leaves_its_datastore_is_refused(store):
    with pytest.raises(UserErrorException, match="leads out"):
        FileDatasetFactory.from_files((store, "../x"))


def test_validate_reads_at_once_and_without_it_nothing_is_read(store):
    with pytest.raises(DatasetValidationError, match=r"gone\.csv"):
        TabularDatasetFactory.from_delimited_files((store, "gone.csv"))
    with pytest.raises(DatasetValidationError, match=r"gone"):
        FileDatasetFactory.from_files((store, "gone"))
    lazy = TabularDatasetFactory.from_delimited_files((store, "gone.csv"), validate=False)
    with pytest.raises(DatasetExecutionError, match=r"gone\.csv"):
        lazy.to_pandas_dataframe()


def test_arguments_that_cannot_be_are_refused(store):
    with pytest.raises(UserErrorException, match="encoding"):
        TabularDatasetFactory.from_delimited_files((store, "people.csv"), encoding="klingon")
    with pytest.raises(UserErrorException, match="separator"):
        TabularDatasetFactory.from_delimited_files((store, "people.csv"), separator=",,")
    with pytest.raises(UserErrorException, match="infer_column_types"):
        TabularDatasetFactory.from_delimited_files((store, "people.csv"), infer_column_types="yes")
    with pytest.raises(UserErrorException, match="set_column_types"):
        TabularDatasetFactory.from_delimited_files((store, "people.csv"), set_column_types=["age"])


def test_headers_are_said_by_truth_or_by_word(store):
    for header in (False, PromoteHeadersBehavior.NO_HEADERS):
        made = TabularDatasetFactory.from_delimited_files((store, "people.csv"), header=header)
        assert list(made.to_pandas_dataframe().columns) == ["Column1", "Column2", "Column3"]


def test_column_types_are_given_by_data_type(store):
    made = TabularDatasetFactory.from_delimited_files(
        (store, "people.csv"), set_column_types={"age": DataType.to_string(), "seen": DataType.to_datetime("%Y-%m-%d")}
    )
    frame = made.to_pandas_dataframe()
    assert list(frame["age"]) == ["31", "17", "45"]
    assert frame["seen"].iloc[0] == datetime(2020, 1, 1)


# --- narrowing


def test_conditions_are_joined_by_and_or_not(people):
    assert names(people.filter(people["age"] > 30)) == ["ann", "cid"]
    assert names(people.filter((people["age"] > 30) & ~(people["name"] == "ann"))) == ["cid"]
    assert names(people.filter((people["age"] < 20) | people["name"].starts_with("C", ignore_case=True))) == [
        "bob",
        "cid",
    ]
    assert names(people.filter(people["age"].is_in([17, 45]))) == ["bob", "cid"]


def test_a_condition_has_no_truth_value_and_a_filter_takes_nothing_else(people):
    with pytest.raises(UserErrorException, match=r"&, \|"):
        people.filter(people["age"] > 1 and people["age"] < 9)
    with pytest.raises(UserErrorException, match="condition"):
        people.filter("age > 30")


def test_rows_and_columns_are_narrowed_lazily(people):
    assert names(people.take(2)) == ["ann", "bob"]
    assert names(people.skip(1).take(1)) == ["bob"]
    assert list(people.keep_columns("name").to_pandas_dataframe().columns) == ["name"]
    assert list(people.drop_columns(["age", "seen"]).to_pandas_dataframe().columns) == ["name"]
    first, second = people.random_split(0.5, seed=3)
    assert sorted(names(first) + names(second)) == ["ann", "bob", "cid"]
    with pytest.raises(UserErrorException, match="count"):
        people.take(-1)


def test_a_column_that_is_not_there_is_told_when_it_is_read_or_validated(people):
    narrowed = people.keep_columns(["nmae"])
    with pytest.raises(DatasetExecutionError, match="Did you mean 'name'"):
        narrowed.to_pandas_dataframe()
    with pytest.raises(DatasetValidationError, match="nmae"):
        people.keep_columns(["nmae"], validate=True)


def test_time_needs_a_named_column(people):
    with pytest.raises(DatasetTimestampMissingError):
        people.time_after(datetime(2020, 1, 15))
    timed = people.with_timestamp_columns("seen")
    assert timed.timestamp_columns == ("seen", None)
    assert names(timed.time_between(datetime(2020, 1, 15), datetime(2020, 2, 15))) == ["bob"]
    assert people.with_timestamp_columns(fine_grain_timestamp="seen").timestamp_columns == ("seen", None)


# --- files


def test_files_are_listed_by_their_paths_in_the_dataset(store):
    files = FileDatasetFactory.from_files((store, "logs"))
    assert files.to_path() == ["/a/x.txt", "/b/y.txt"]
    assert FileDatasetFactory.from_files((store, "logs/**/y*")).to_path() == ["/b/y.txt"]


def test_files_are_downloaded_with_their_paths_and_not_over_others(store, tmp_path):
    files = FileDatasetFactory.from_files((store, "logs"))
    paths = files.download(str(tmp_path / "got"))
    assert [Path(p).read_text() for p in paths] == ["1", "22"]
    with pytest.raises(UserErrorException, match="overwrite=True"):
        files.download(str(tmp_path / "got"))
    assert files.download(str(tmp_path / "got"), overwrite=True) == paths
    gone = FileDatasetFactory.from_files((store, "gone"), validate=False)
    assert gone.download(str(tmp_path / "none"), ignore_not_found=True) == []


def test_a_mount_shows_the_files_as_long_as_it_lasts(store, tmp_path):
    files = FileDatasetFactory.from_files((store, "logs"))
    with files.mount() as mounted:
        point = Path(mounted.mount_point)
        assert (point / "b/y.txt").read_text() == "22"
    assert not point.exists()
    given = files.mount(str(tmp_path / "m"))
    given.start()
    given.start()
    assert (tmp_path / "m/a/x.txt").read_text() == "1"
    given.stop()
    assert list((tmp_path / "m").iterdir()) == []


def test_files_are_filtered_by_their_facts(store):
    files = FileDatasetFactory.from_files((store, "logs"))
    assert files.filter(files.file_metadata("Size") > 1).to_path() == ["/b/y.txt"]
    with pytest.raises(UserErrorException, match="Path, Size, ModifiedTime"):
        files.file_metadata("Owner")


def test_partition_columns_come_from_the_paths(store):
    files = FileDatasetFactory.from_files((store, "logs"), partition_format="/{host}/{file}.txt")
    assert files.partition_keys == ["host", "file"]
    assert files.get_partition_key_values(["host"]) == [{"host": "a"}, {"host": "b"}]


def test_a_folder_becomes_a_dataset(store, tmp_path):
    for name in ("one.csv", "sub/two.csv", "three.txt"):
        (tmp_path / "src" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "src" / name).write_text("x")
    made = FileDatasetFactory.upload_directory(str(tmp_path / "src"), (store, "up"), "**/*.csv", show_progress=False)
    assert made.to_path() == ["/one.csv", "/sub/two.csv"]


# --- exports


def test_a_data_frame_is_written_and_registered(workspace, store, people):
    frame = people.to_pandas_dataframe()
    made = TabularDatasetFactory.register_pandas_dataframe(frame, (store, "frames"), "people", show_progress=False)
    assert (made.name, made.version) == ("people", 1)
    assert made.to_pandas_dataframe()["age"].tolist() == [31, 17, 45]


def test_rows_are_exported_to_files(people):
    exported = people.keep_columns(["name"]).to_csv_files(separator=";")
    assert isinstance(exported, FileDataset)
    assert len(exported.to_path()) == 1
    assert people.to_parquet_files().to_path() != []


def test_rows_are_partitioned_into_folders_that_read_the_same(store, people):
    made = people.partition_by(["name"], DataPath(store, "parts"), show_progress=False)
    assert isinstance(made, TabularDataset)
    assert made.partition_keys == ["name"]
    assert sorted(names(made)) == ["ann", "bob", "cid"]


def test_what_is_not_there_names_what_is(people):
    for call in (people.to_dask_dataframe, people.to_spark_dataframe, people.get_profile):
        with pytest.raises(NotImplementedError, match="to_pandas_dataframe"):
            call()


# --- identity and registration


def test_a_dataset_is_saved_when_its_id_is_asked_and_found_by_it(workspace, people):
    assert workspace.client.saved == {}
    assert people.id == "dataset-1"
    assert (people.name, people.version, people.tags) == (None, None, {})
    again = TabularDataset.get_by_id(workspace, people.id)
    assert type(again) is TabularDataset
    assert names(again) == ["ann", "bob", "cid"]
    assert people.take(1).id != people.id


def test_a_name_is_taken_once_and_versions_count(workspace, people):
    first = people.register(workspace, "people", description="d", tags={"a": 1})
    assert (first.name, first.version, first.description, first.tags) == ("people", 1, "d", {"a": "1"})
    with pytest.raises(UserErrorException, match="taken"):
        people.take(1).register(workspace, "people")
    second = people.take(1).register(workspace, "people", create_new_version=True)
    assert second.version == 2
    assert names(TabularDataset.get_by_name(workspace, "people")) == ["ann"]
    assert len(names(TabularDataset.get_by_name(workspace, "people", version="1"))) == 3
    assert list(TabularDataset.get_all(workspace)) == ["people"]


def test_an_unknown_dataset_is_a_user_error_that_names_near_ones(workspace, people):
    people.register(workspace, "people")
    with pytest.raises(UserErrorException, match="Did you mean 'people'"):
        TabularDataset.get_by_name(workspace, "poeple")
    with pytest.raises(UserErrorException, match="Its versions: 1"):
        TabularDataset.get_by_name(workspace, "people", version=7)
    with pytest.raises(UserErrorException, match="give a number"):
        TabularDataset.get_by_name(workspace, "people", version="newest")
    with pytest.raises(UserErrorException, match="no dataset 'x'"):
        TabularDataset.get_by_id(workspace, "x")


def test_a_registration_is_changed_and_forgotten(workspace, people):
    registered = people.register(workspace, "people", tags={"a": "1"})
    registered.add_tags({"b": "2"})
    registered.remove_tags(["a"])
    assert registered.tags == {"b": "2"}
    registered.update(description="new", tags={"c": "3"})
    assert (registered.description, registered.tags) == ("new", {"c": "3"})
    registered.unregister_all_versions()
    assert TabularDataset.get_all(workspace) == {}
    with pytest.raises(UserErrorException, match="not registered"):
        people.take(2).add_tags({"a": "1"})


def test_named_inputs_know_their_mode(store, people):
    files = FileDatasetFactory.from_files((store, "logs"))
    assert people.as_named_input("people").mode == "direct"
    assert files.as_named_input("logs").as_mount().mode == "mount"
    assert files.as_download("/x").path_on_compute == "/x"
    assert files.as_mount().name.startswith("input__")
    with pytest.raises(UserErrorException, match="rows, not files"):
        people.as_named_input("people").as_mount()


def test_datasets_are_made_by_factories_only():
    for kind in (TabularDataset, FileDataset):
        with pytest.raises(UserErrorException, match=r"Dataset\.Tabular"):
            kind()
