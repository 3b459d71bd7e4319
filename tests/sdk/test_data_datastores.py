"""Uploading to and downloading from datastores (contracts §18)."""

from pathlib import Path

import pytest
from tests.sdk.doubles import WorkspaceDouble

from azureml.data._local_datastore import LocalDatastore
from azureml.data.abstract_datastore import AbstractDatastore
from azureml.data.azure_storage_datastore import AzureBlobDatastore, AzureFileDatastore
from azureml.exceptions import UserErrorException
from stepworks.wire.data import DatastoreRecord


@pytest.fixture
def workspace(tmp_path):
    return WorkspaceDouble(tmp_path / "server")


@pytest.fixture
def store(workspace):
    return workspace.datastore()


@pytest.fixture
def here(tmp_path, monkeypatch):
    folder = tmp_path / "here"
    for name, text in {"a.txt": "a", "sub/b.txt": "b", "sub/deep/c.txt": "c"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.chdir(folder)
    return folder


def stored(workspace, store="workspaceblobstore"):
    return {f: Path(workspace.client.stores[store].root, f).read_text() for f in workspace.client._files(store)}


def test_a_file_goes_below_the_target_by_its_base_name(workspace, store, here):
    reference = store.upload_files(["sub/deep/c.txt"], target_path="to", show_progress=False)
    assert stored(workspace) == {"to/c.txt": "c"}
    assert (reference.datastore.name, reference.path_on_datastore) == ("workspaceblobstore", "to")


def test_several_files_keep_their_paths_below_the_folder_they_share(workspace, store, here):
    store.upload_files(["./sub/b.txt", "sub/deep/c.txt"], target_path="to", show_progress=False)
    assert stored(workspace) == {"to/b.txt": "b", "to/deep/c.txt": "c"}


def test_a_relative_root_says_which_part_of_the_path_stays(workspace, store, here):
    store.upload_files(["sub/deep/c.txt"], relative_root=".", show_progress=False)
    assert stored(workspace) == {"sub/deep/c.txt": "c"}


def test_a_file_that_is_there_stays_without_an_error_unless_overwrite(workspace, store, here):
    store.upload_files(["a.txt"], show_progress=False)
    Path("a.txt").write_text("new")
    store.upload_files(["a.txt"], show_progress=False)
    assert stored(workspace) == {"a.txt": "a"}
    store.upload_files(["a.txt"], overwrite=True, show_progress=False)
    assert stored(workspace) == {"a.txt": "new"}


def test_a_missing_file_and_one_outside_the_root_are_refused_by_name(store, here):
    with pytest.raises(UserErrorException, match=r"no file 'gone\.txt'"):
        store.upload_files(["a.txt", "gone.txt"])
    with pytest.raises(UserErrorException, match="not below relative_root"):
        store.upload_files(["a.txt"], relative_root="sub")
    with pytest.raises(UserErrorException, match="list of paths"):
        store.upload_files("a.txt")


def test_a_folder_is_uploaded_whole(workspace, store, here, capsys):
    reference = store.upload("sub", "to", show_progress=True)
    assert stored(workspace) == {"to/b.txt": "b", "to/deep/c.txt": "c"}
    assert reference.path_on_datastore == "to"
    assert "2 files" in capsys.readouterr().out
    with pytest.raises(UserErrorException, match="no folder"):
        store.upload("nowhere")


@pytest.mark.parametrize("target", ["/to", "./to", "../to", "to/"])
def test_what_leads_a_target_path_is_stripped(workspace, store, here, target):
    store.upload_files(["a.txt"], target_path=target, show_progress=False)
    assert stored(workspace) == {"to/a.txt": "a"}


def test_a_target_path_that_leaves_its_datastore_is_refused(store, here):
    with pytest.raises(UserErrorException, match="leads out"):
        store.upload_files(["a.txt"], target_path="to/../../x")


def test_a_prefix_is_text_and_stays_in_the_local_path(workspace, store, here, tmp_path):
    for name in ("data/a", "data/b", "database", "other"):
        target = Path(workspace.client.stores["workspaceblobstore"].root, name)
        target.parent.mkdir(exist_ok=True)
        target.write_text(name)
    assert store.download(str(tmp_path / "got"), prefix="data", show_progress=False) == 3
    assert {p.relative_to(tmp_path / "got").as_posix() for p in (tmp_path / "got").rglob("*") if p.is_file()} == {
        "data/a",
        "data/b",
        "database",
    }


def test_downloads_leave_what_is_there_unless_overwrite(workspace, store, here, tmp_path):
    store.upload_files(["a.txt"], show_progress=False)
    Path(tmp_path, "a.txt").write_text("mine")
    assert store.download(str(tmp_path), show_progress=False) == 0
    assert Path(tmp_path, "a.txt").read_text() == "mine"
    assert store.download(str(tmp_path), overwrite=True, show_progress=False) == 1
    assert Path(tmp_path, "a.txt").read_text() == "a"


def test_a_datastore_is_an_input_in_all_three_ways(store):
    assert store.path("a/b", "named").data_reference_name == "named"
    assert store.as_mount().mode == "mount"
    assert store.as_download("/x").path_on_compute == "/x"
    assert store.as_upload().mode == "upload"


def test_records_become_the_class_of_their_type(workspace):
    from azureml.data._datastores import datastore_of

    blob, files = workspace.datastore(), workspace.datastore("workspacefilestore")
    assert (type(blob), blob.datastore_type) == (AzureBlobDatastore, "AzureBlob")
    assert (type(files), files.datastore_type) == (AzureFileDatastore, "AzureFile")
    assert blob.account_name
    assert blob.container_name
    local = DatastoreRecord(workspace="ws", name="mine", type="Local", settings={"root": "/data"}, root="/data")
    other = DatastoreRecord(workspace="ws", name="cold", type="Glacier", settings={})
    assert type(datastore_of(workspace, local)) is LocalDatastore
    assert type(datastore_of(workspace, other)) is AbstractDatastore
