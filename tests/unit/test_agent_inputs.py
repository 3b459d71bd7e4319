import os
from pathlib import Path

import pytest

from stepworks.agent.bind_inputs import Binder
from stepworks.datasets.plan import Plan, to_json
from stepworks.datasets.source import DatastorePath, Files
from stepworks.datastores.local import LocalDatastore
from stepworks.errors import DataMissing, InvalidInput
from stepworks.graph.document import DataPathValue, DatasetValue, Input, StepOutput
from stepworks.wire.agent import BoundDatastore, BoundInput

HERE = DataPathValue("ds", "x")
MADE = StepOutput("00000001", "out")


@pytest.fixture
def store(tmp_path):
    (tmp_path / "store/data/sub").mkdir(parents=True)
    (tmp_path / "store/data/a.csv").write_text("a")
    (tmp_path / "store/data/sub/b.csv").write_text("b")
    return tmp_path / "store"


@pytest.fixture
def binder(tmp_path, store):
    (tmp_path / "run").mkdir()
    stores = {
        "ds": BoundDatastore(name="ds", type="local", root=str(store)),
        "far": BoundDatastore(name="far", type="s3"),
    }
    return Binder(
        "train",
        stores,
        lambda bound: LocalDatastore(store),
        run=str(tmp_path / "run"),
        inputs=str(tmp_path / "in"),
        web=str(tmp_path / "web"),
    )


def path_input(path, *, source=HERE, datastore="ds", **facts):
    return BoundInput(port=Input("raw", source, **facts), datastore=datastore, path=path)


def dataset_input(*paths, **facts):
    plan = Plan(Files(tuple(DatastorePath("ds", p) for p in paths)))
    port = Input("raw", DatasetValue(id="d"), style="dataset", **facts)
    return BoundInput(port=port, dataset="the-id", plan=to_json(plan))


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_text() for p in Path(folder).rglob("*") if p.is_file()}


@pytest.mark.parametrize(("path", "is_file"), [("data", False), ("data/a.csv", True), ("", False)])
def test_a_mount_is_the_real_path(binder, store, path, is_file):
    value = binder.bind(path_input(path))
    assert (value.text, value.is_file) == (f"{store}/{path}".rstrip("/"), is_file)


def test_a_place_that_is_not_there_can_be_written_to(binder, store):
    value = binder.bind(path_input("new/place"))
    assert os.path.isdir(value.text)
    value = binder.bind(path_input("other/file.csv"))
    assert os.path.isdir(os.path.dirname(value.text))
    assert not os.path.exists(value.text)


@pytest.mark.parametrize(
    "bound",
    [path_input("no/such", mode="download"), path_input("no/such", mode="upload"), path_input("no/such", source=MADE)],
)
def test_data_that_must_be_there_is_named(binder, bound):
    with pytest.raises(
        DataMissing, match=r"Input 'raw' of step 'train': there is nothing at 'no/such' in datastore 'ds'"
    ):
        binder.bind(bound)


@pytest.mark.parametrize("mode", ["download", "upload"])
def test_a_copy_is_the_scripts_own(binder, store, mode):
    value = binder.bind(path_input("data", mode=mode))
    assert tree(value.text) == {"a.csv": "a", "sub/b.csv": "b"}
    with open(f"{value.text}/a.csv", "w") as f:
        f.write("changed")
    assert (store / "data/a.csv").read_text() == "a"


def test_a_copied_file_keeps_its_name(binder):
    value = binder.bind(path_input("data/a.csv", mode="download"))
    assert (os.path.basename(value.text), value.is_file) == ("a.csv", True)


def test_direct_inputs_are_handed_over(binder):
    assert binder.bind(dataset_input("data", mode="direct")).text == "the-id"
    assert binder.bind(dataset_input("data", tabular=True)).text == "the-id"


@pytest.mark.parametrize("mode", ["mount", "download"])
def test_a_dataset_is_a_folder_with_its_files(binder, store, mode):
    value = binder.bind(dataset_input("data/**/*.csv", mode=mode))
    assert (tree(value.text), value.is_file) == ({"a.csv": "a", "sub/b.csv": "b"}, False)
    assert os.path.islink(f"{value.text}/a.csv") == (mode == "mount")


@pytest.mark.parametrize("mode", ["mount", "download"])
def test_a_dataset_of_one_file_is_that_file(binder, store, mode):
    value = binder.bind(dataset_input("data/a.csv", mode=mode))
    assert (Path(value.text).read_text(), os.path.basename(value.text), value.is_file) == ("a", "a.csv", True)
    assert (value.text == str(store / "data/a.csv")) == (mode == "mount")


def test_a_folder_that_happens_to_have_one_file_stays_a_folder(binder):
    assert tree(binder.bind(dataset_input("data/sub")).text) == {"b.csv": "b"}


def test_a_dataset_without_files_is_named(binder):
    with pytest.raises(DataMissing, match=r"Input 'raw' of step 'train': there is nothing at dataset 'the-id'"):
        binder.bind(dataset_input("nothing/*"))


@pytest.mark.parametrize(("mode", "is_link"), [("mount", True), ("download", False)])
def test_a_place_in_the_working_directory_can_be_chosen(binder, tmp_path, mode, is_link):
    value = binder.bind(path_input("data", mode=mode, path_on_compute="my/data"))
    assert value.text == str(tmp_path / "run/my/data")
    assert (tree(value.text + "/."), os.path.islink(value.text)) == ({"a.csv": "a", "sub/b.csv": "b"}, is_link)
    assert binder.made == []


def test_an_absolute_place_can_be_chosen_if_it_is_free(binder, tmp_path):
    place = tmp_path / "mnt/data"
    assert binder.bind(path_input("data", path_on_compute=str(place))).text == str(place)
    assert binder.made == [str(place)]


def test_a_place_that_is_taken_is_refused_and_untouched(binder, tmp_path):
    place = tmp_path / "mine"
    place.mkdir()
    for path in (str(place), "."):
        with pytest.raises(InvalidInput, match="is taken"):
            binder.bind(path_input("data", mode="download", path_on_compute=path, overwrite=True))
    assert list(place.iterdir()) == []
    with pytest.raises(InvalidInput, match="leads out"):
        binder.bind(path_input("data", path_on_compute="a/../../../x"))


@pytest.mark.parametrize("mode", ["mount", "download"])
def test_data_elsewhere_are_fetched(binder, mode):
    value = binder.bind(path_input("data", datastore="far", mode=mode))
    assert tree(value.text) == {"a.csv": "a", "sub/b.csv": "b"}
    assert [("instead of mounted" in note) for note in binder.notes] == ([True] if mode == "mount" else [])


def test_a_file_elsewhere_is_fetched_under_its_name(binder):
    value = binder.bind(path_input("data/sub/b.csv", datastore="far", mode="download"))
    assert (Path(value.text).read_text(), os.path.basename(value.text), value.is_file) == ("b", "b.csv", True)


def test_nothing_elsewhere_is_named(binder):
    with pytest.raises(DataMissing, match="'no/such' in datastore 'far'"):
        binder.bind(path_input("no/such", datastore="far"))
