"""Dataset outputs: names, destinations, copies that stay one output (contracts §1.4, §6)."""

import pytest
from tests.sdk.doubles import WorkspaceDouble

from azureml.data import OutputFileDatasetConfig
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.output_dataset_config import OutputTabularDatasetConfig
from azureml.exceptions import UserErrorException
from stepworks.datasets.produced import placed
from stepworks.datasets.source import DatastorePath, Delimited, Files


@pytest.fixture
def store(tmp_path):
    return WorkspaceDouble(tmp_path).datastore()


def test_an_output_without_a_name_gets_one_of_eight_digits():
    output = OutputFileDatasetConfig()
    prefix, _, digits = output.name.rpartition("_")
    assert (prefix, len(digits)) == ("output", 8)
    assert output.arg_val == f"DatasetOutputConfig:{output.name}"


@pytest.mark.parametrize("name", ["1st", "a b", "a-b", ""])
def test_names_that_could_be_no_variable_are_refused(name):
    with pytest.raises(UserErrorException, match="letters, digits"):
        OutputFileDatasetConfig(name)


def test_a_datastore_alone_is_a_destination(store):
    assert OutputFileDatasetConfig("o", destination=store).destination is store
    assert OutputFileDatasetConfig("o", destination=(store, "a/{run-id}")).destination == (store, "a/{run-id}")


@pytest.mark.parametrize("destination", ["a/b", ("a", "b"), 3])
def test_another_destination_is_a_type_error(destination):
    with pytest.raises(TypeError, match="destination"):
        OutputFileDatasetConfig("o", destination=destination)


def test_copies_leave_the_original_alone_and_are_the_same_output():
    output = OutputFileDatasetConfig("o")
    changed = output.as_upload(overwrite=True, source_globs=["*.csv"]).register_on_complete("mine", tags={"a": "b"})
    assert (output.mode, output._registration) == ("mount", None)
    assert (changed.mode, changed._registration.name, changed._upload_options.source_globs) == (
        "upload",
        "mine",
        ["*.csv"],
    )
    assert changed._origin is output


def test_as_input_is_mounted_and_a_table_is_handed_over():
    output = OutputFileDatasetConfig("o")
    assert output.as_input("i").mode == "mount"
    assert output.as_input().name.startswith("input_")
    table = output.read_delimited_files(separator=";")
    assert isinstance(table, OutputTabularDatasetConfig)
    assert table._origin is output
    assert table.as_input("i").mode == "direct"


def test_a_table_is_not_mounted():
    table = OutputFileDatasetConfig("o").read_parquet_files()
    with pytest.raises(UserErrorException, match="rows, not files"):
        table.as_input("i").as_mount()


def test_a_table_narrows_its_own_plan_only():
    table = OutputFileDatasetConfig("o").read_delimited_files()
    narrow = table.keep_columns(["a"])
    first, second = table.random_split(0.5, seed=1)
    assert table._plan.operations == ()
    assert len(narrow._plan.operations) == len(first._plan.operations) == len(second._plan.operations) == 1


def test_a_reader_is_placed_where_the_output_lies():
    from azureml.pipeline.core._ports import reader_of

    table = OutputFileDatasetConfig("o").read_delimited_files(path_glob="**/*.csv")
    plan = placed(reader_of(table), "store", "dataset/run/o")
    assert isinstance(plan.source, Delimited)
    assert plan.source.paths == (DatastorePath("store", "dataset/run/o/**/*.csv"),)
    assert placed(None, "store", "/a/").source == Files((DatastorePath("store", "a"),))


def test_a_consumption_is_named_by_a_variable_and_copies_keep_the_name(tmp_path):
    given = DatasetConsumptionConfig("data", ("workspace", "registered"), "mount")
    assert given.as_download("/tmp/d").name == "data"
    assert given.as_upload().mode == "download"
    given.name = "other"
    assert str(given) == "DatasetConsumptionConfig:other"
    with pytest.raises(UserErrorException, match="mount, download"):
        DatasetConsumptionConfig("data", ("w", "n"), "upload")
    with pytest.warns(UserWarning, match="environment variable"):
        DatasetConsumptionConfig("home", ("w", "n"))
