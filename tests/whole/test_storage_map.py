"""Code that names storage accounts of Azure, run where they are folders."""

import subprocess
import sys

import pytest
from tests.support.homes import ENVIRON, end

from stepworks.home import Home

SECRET = "c2VjcmV0LWtleS1vZi10aGUtYWNjb3VudA=="
PREPARE = f"""
import os
from azureml.core import Datastore, Experiment, Workspace
from azureml.data.azure_storage_datastore import AzureBlobDatastore
ws = Workspace.from_config()
store = Datastore.register_azure_blob_container(
    ws, "raw", container_name="raw", account_name="shop", account_key="{SECRET}", overwrite=True)
assert type(store) is AzureBlobDatastore and (store.account_name, store.container_name) == ("shop", "raw")
assert store.credential_type == "AccountKey"
"""
PIPELINE = f"""{PREPARE}
from azureml.core import Dataset
from azureml.data import OutputFileDatasetConfig
from azureml.pipeline.core import Pipeline
from azureml.pipeline.steps import PythonScriptStep
os.makedirs("local", exist_ok=True)
open("local/a.csv", "w").write("n\\n1\\n2\\n")
store.upload("local", target_path="in", overwrite=True, show_progress=False)
out = OutputFileDatasetConfig("out", destination=(store, "out"))
table = Dataset.Tabular.from_delimited_files((store, "in/*.csv"))
place = store.path("in").as_mount()
step = PythonScriptStep("sum.py", source_directory="src", compute_target="local",
                        arguments=[out, place], inputs=[place, table.as_named_input("t")])
os.makedirs("src", exist_ok=True)
open("src/sum.py", "w").write('''
import os, sys
from azureml.core import Run
total = Run.get_context().input_datasets["t"].to_pandas_dataframe()["n"].sum()
open(os.path.join(sys.argv[1], "sum.txt"), "w").write(f"{{total}} of {{os.listdir(sys.argv[2])}}")
''')
run = Experiment(ws, "mapped").submit(Pipeline(ws, [step]))
print(run.wait_for_completion(show_output=False))
again = Workspace.from_config().datastores["raw"]
print(again.download("got", prefix="out", show_progress=False), open("got/out/sum.txt").read())
"""


@pytest.fixture
def run(tmp_path):
    home = Home(tmp_path / "home")

    def run(code, **environ):
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env=ENVIRON | {"STEPWORKS_HOME": str(home.root)} | environ,
            capture_output=True,
            text=True,
            check=False,
        )

    yield run
    end(home)


def mapped(tmp_path):
    return {"STEPWORKS_STORAGE_MAP": f"https://*.blob.core.windows.net/=file://{tmp_path}/azure/"}


def test_a_blob_container_that_is_a_folder_serves_uploads_datasets_steps_and_outputs(run, tmp_path):
    done = run(PIPELINE, **mapped(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2:] == ["Finished", "1 3 of ['a.csv']"]
    folder = tmp_path / "azure/shop/raw"
    assert sorted(p.name for p in folder.iterdir()) == ["in", "out"]
    # The map is the workspace's from now on; and the data may move.
    folder.parent.rename(tmp_path / "azure/elsewhere")
    moved = {"STEPWORKS_STORAGE_MAP": f"https://shop.blob.core.windows.net/=file://{tmp_path}/azure/elsewhere/"}
    look = "from azureml.core import Workspace\nprint(Workspace.from_config().datastores['raw'].download({!r}))"
    assert run(look.format("two"), **moved).stdout.splitlines()[-1] == "2"
    assert run(look.format("three")).stdout.splitlines()[-1] == "2"


def test_the_key_of_an_account_is_nowhere_to_be_read(run, tmp_path):
    done = run(PREPARE, **mapped(tmp_path))
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout + done.stderr
    for path in (tmp_path / "home").rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path


def test_without_a_map_an_account_is_refused_with_what_to_do(run):
    done = run(PREPARE)
    assert "NotImplementedError" in done.stderr
    assert "https://shop.blob.core.windows.net/raw/" in done.stderr
    assert "STEPWORKS_STORAGE_MAP" in done.stderr
    assert SECRET not in done.stderr.replace(PREPARE, "")


def test_a_map_that_is_none_is_refused_at_once(run):
    done = run(PREPARE, STEPWORKS_STORAGE_MAP="nonsense")
    assert "'nonsense' is no rule of a storage map" in done.stderr
