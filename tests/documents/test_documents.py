"""The documents' own code runs, and has the effects the documents promise."""

import os
import pickle

import pandas as pd
import pytest
from sklearn.datasets import load_iris

from stepworks.home import Home
from tests.documents.walk import Block, documents, walk
from tests.support.homes import end

DOCUMENTS = documents()
pytestmark = pytest.mark.skipif(
    not DOCUMENTS, reason="the documents are not here: set STEPWORKS_DOCUMENTS to their folder"
)

STEP = """
import argparse, json, os
p = argparse.ArgumentParser()
for name in "input output prepped_data training_results comp_data1 comp_data2 output_data param1".split():
    p.add_argument("--" + name)
a = vars(p.parse_args())
def read(path):
    if path is None: return None
    if os.path.isdir(path): return sorted(f for d, _, fs in os.walk(path) for f in fs)
    return os.path.getsize(path)
written = ("output", "training_results", "output_data", "param1")
seen = {k: read(v) for k, v in a.items() if v is not None and k not in written}
for k in ("output", "training_results", "output_data"):
    if a[k] is not None:
        os.makedirs(a[k], exist_ok=True)
        json.dump({"step": __file__, "seen": seen, "param1": a["param1"]}, open(os.path.join(a[k], "result.json"), "w"))
print("SEEN", json.dumps(seen), "PARAM", a["param1"])
"""


# The documents read these from the environment; their defaults are gaps to fill in.
ATTACHED = {
    "AML_DATABRICKS_COMPUTE_NAME": "bricks",
    "AML_DATABRICKS_WORKSPACE": "bricks-workspace",
    "AML_DATABRICKS_RESOURCE_GROUP": "group",
    "AML_DATABRICKS_ACCESS_TOKEN": "planted-token-0815",
    "AML_ADLA_COMPUTE_NAME": "lake",
    "AML_ADLA_RESOURCE_GROUP": "group",
    "AML_ADLA_ACCOUNT_NAME": "account",
}


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the files that the documents presuppose, and a server of its own."""
    home = Home(tmp_path / "stepworks")
    monkeypatch.setenv("STEPWORKS_HOME", str(home.root))
    for variable, value in ATTACHED.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(tmp_path)
    iris = load_iris(as_frame=True).frame
    iris.to_csv("iris.csv", index=False)
    os.mkdir("data")
    with open("data/20news.pkl", "wb") as f:
        pickle.dump(list(range(100)), f)
    for folder, scripts in {
        "project": ("train.py", "extract.py", "compare.py"),
        "dataprep_src": ("prepare.py",),
        "train_src": ("train.py",),
        "hello": ("hello_world.py",),
    }.items():
        os.mkdir(folder)
        for script in scripts:
            (tmp_path / folder / script).write_text(STEP)
    (tmp_path / "hello" / "hello_world.ipynb").write_text("{}")
    yield tmp_path
    end(home)


NEEDS = {
    "publishing": (
        "publish_pipeline",
        "PublishedPipeline",
        "PipelineEndpoint",
        "requests.post",
        "pipeline_endpoint_by_name",
        "rest_endpoint",
    ),
    "schedules": ("Schedule", "reactive_schedule", "stop_by_schedule_id"),
    "Spark": ("DatabricksStep",),
}


def leave_out(block: Block) -> str | None:
    for what, words in NEEDS.items():
        if any(block.has(w) for w in words):
            return what
    return None


def supply(block: Block, names: dict[str, object]) -> None:
    """The placeholders that the documents leave to their readers, just before they are used."""
    from azureml.core import Dataset
    from azureml.pipeline.core import PipelineData
    from azureml.pipeline.steps import PythonScriptStep

    names.setdefault("Dataset", Dataset)
    store = names.get("def_blob_store")
    if "my_dataset" not in names and store is not None and block.has("my_dataset"):
        names["my_dataset"] = Dataset.File.from_files([(store, "train-dataset/iris.csv")])
    if block.has("iris_tabular_dataset = "):
        # Two documents name a file that only the other two upload.
        store.upload_files(["iris.csv"], target_path="train-dataset/tabular", overwrite=True, show_progress=False)
    if (block.has("compareModels = [") or block.has("compare_models = [")) and "compareStep" not in names:
        first = names["output_data1"]
        extracted = PipelineData("extracted", datastore=store)
        compared = PipelineData("compared", datastore=store)
        common = {"compute_target": names["compute_target"], "source_directory": names["project_folder"]}
        names["extractStep"] = PythonScriptStep(
            script_name="extract.py", arguments=["--output", extracted], outputs=[extracted], **common
        )
        inputs = [extracted] if type(first).__name__ == "OutputFileDatasetConfig" else [extracted, first]
        names["compareStep"] = names["compare_step"] = PythonScriptStep(
            script_name="compare.py",
            arguments=["--comp_data1", extracted, "--comp_data2", first, "--output_data", compared],
            inputs=inputs,
            outputs=[compared],
            **common,
        )
    if block.has("comp_data1"):
        for name in ("comp_data1", "comp_data2"):
            names[name] = (
                names["blob_input_data"] if "blob_input_data" in names and name == "comp_data1" else PipelineData(name)
            )
        names["out_data3"] = PipelineData("out_data3", datastore=store)


def names_of(desk, **more):
    return {
        "__name__": "__main__",
        "project_folder": str(desk / "project"),
        "source_directory": str(desk / "hello"),
        "aml_compute": "local",
        **more,
    }


@pytest.mark.parametrize("number", [n for n in ("000", "001", "002", "004") if n in DOCUMENTS])
def test_creating_and_running_pipelines(number, desk):
    walked = walk(DOCUMENTS[number], names_of(desk), desk / "project", leave_out, supply)
    names = walked.names
    ws = names["ws"]

    # Resources: the stores, the uploaded file, the compute target.
    assert names["def_data_store"].name == names["def_blob_store"].name == "workspaceblobstore"
    assert names["def_file_store"].name == "workspacefilestore"
    assert type(names["compute_target"]).__name__ == "AmlCompute"
    assert "aml-compute" in ws.compute_targets
    table = names["iris_tabular_dataset"].to_pandas_dataframe()
    pd.testing.assert_frame_equal(table, pd.read_csv("iris.csv"))

    # The run: waited for, every step done, each input what the step before wrote.
    run = names["pipeline_run1"]
    assert run.get_status() == "Finished"
    assert run.experiment.name == "Compare_Models_Exp"
    steps = {s.name: s for s in run.get_steps()}
    assert {s.get_status() for s in steps.values()} == {"Finished"}
    compare = steps["compare.py"]
    assert compare.get_output_data("compared").download(str(desk / "results")) >= 1
    found = list((desk / "results").rglob("result.json"))
    assert len(found) == 1
    assert "result.json" in found[0].read_text()

    # Reuse: the same pipeline once more runs nothing.
    again = names["Experiment"](ws, "Compare_Models_Exp").submit(names["pipeline1"])
    assert again.wait_for_completion(show_output=False) == "Finished"
    assert all(s.reuse.is_reused for s in again.get_steps())

    # A dataset handed to a script, read there through Run.input_datasets.
    from azureml.pipeline.core import Pipeline

    consumed = names["Experiment"](ws, "consume").submit(Pipeline(ws, steps=[names["dataset_consuming_step"]]))
    (step,) = _finished(consumed)
    assert step.get_status() == "Finished"

    # Parameters: a pipeline parameter reaches the script, and can be given another value.
    if "compareStep" in names and "pipeline_param" in names:
        assert names["pipeline_param"].default_value == 10


def _finished(run):
    assert run.wait_for_completion(show_output=False, raise_on_error=False) == "Finished", run.get_details()
    return list(run.get_steps())


def test_every_block_ran_or_needs_what_is_not_there_yet(desk):
    for number in ("000", "001", "002", "004"):
        if number not in DOCUMENTS:
            continue
        from tests.documents.walk import blocks

        reasons = {leave_out(b) for b in blocks(DOCUMENTS[number])}
        assert reasons <= {None, "publishing", "schedules", "Spark"}
