"""Data references, data paths and what steps are given of them (contracts §6)."""

import pytest
from tests.sdk.doubles import WorkspaceDouble

from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.data.sql_data_reference import SqlDataReference
from azureml.exceptions import UserErrorException


@pytest.fixture
def store(tmp_path):
    return WorkspaceDouble(tmp_path).datastore()


def test_a_reference_without_a_path_has_the_name_of_its_datastore(store):
    reference = DataReference(store)
    assert reference.data_reference_name == "workspaceblobstore"
    assert str(reference) == "$AZUREML_DATAREFERENCE_workspaceblobstore"


def test_a_reference_to_a_path_gets_a_name_of_32_digits(store):
    name = DataReference(store, path_on_datastore="a/b").data_reference_name
    assert len(name) == 32
    assert int(name, 16) >= 0


def test_another_mode_than_the_three_is_refused(store):
    with pytest.raises(UserErrorException, match="mount, download or upload"):
        DataReference(store, mode="direct")


def test_ways_of_binding_are_copies(store):
    reference = DataReference(store, "data", "a")
    download = reference.as_download("/tmp/x", overwrite=True)
    assert (reference.mode, reference.path_on_compute) == ("mount", None)
    assert (download.mode, download.path_on_compute, download.data_reference_name) == ("download", "/tmp/x", "data")
    assert reference.as_upload().mode == "upload"
    assert download.as_mount().mode == "mount"


def test_a_path_below_a_reference_is_joined_by_one_slash(store):
    assert DataReference(store, "data", "a/").path("/b/c").path_on_datastore == "a/b/c"


def test_a_data_path_becomes_a_reference_bound_as_it_is_said(store):
    path = DataPath(store, "a/b", "mine")
    reference = DataReference.create("given", path, DataPathComputeBinding("download", "/tmp/x", overwrite=True))
    assert (reference.data_reference_name, reference.path_on_datastore, reference.mode, reference.overwrite) == (
        "given",
        "a/b",
        "download",
        True,
    )
    assert DataPath.create_from_data_reference(reference).path_on_datastore == "a/b"
    assert path.create_data_reference().data_reference_name == "mine"


def test_a_data_path_without_a_name_is_named_for_its_datastore(store):
    prefix, _, digits = DataPath(store, "a")._name.rpartition("_")
    assert prefix == "workspaceblobstore"
    assert len(digits) == 8


def test_a_sql_reference_has_exactly_one_of_table_query_and_procedure(store):
    assert SqlDataReference(store, "q", sql_query="select 1").sql_query == "select 1"
    with pytest.raises(UserErrorException, match="exactly one"):
        SqlDataReference(store, "q", sql_query="select 1", sql_table="t")
