"""What published code relies on, on a real server: paths, modes, identities, and runs that look at each other."""

import os
from pathlib import Path

import pytest
from tests.sdk.test_pipeline_end_to_end import log, run, workspace

from azureml.core import Dataset, Experiment
from azureml.data import OutputFileDatasetConfig
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

__all__ = ["workspace"]

LAYOUT = """
import os, sys
sys.path.index(os.path.dirname(os.path.abspath(__file__)))
import neighbour, util.helper
print(open("parameters.json").read(), neighbour.NAME, util.helper.NAME, os.path.isdir("outputs"), os.path.isdir("logs"))
data, folder = sys.argv[1:]
print(os.path.exists(data), os.path.isdir(os.path.dirname(data)), os.path.isdir(folder))
open(data, "w").write("a file")
"""
SEEN = """
import os, sys
from azureml.core import Dataset, Run
run = Run.get_context()
single, reference, absent, given = sys.argv[1:]
print(os.path.isfile(single), open(single).read())
open(os.path.join(reference, "written.txt"), "w").write("through")
print(os.path.isdir(os.path.dirname(absent)))
print(Dataset.get_by_id(run.experiment.workspace, id=given).to_pandas_dataframe().shape)
"""
FAMILY = """
from azureml.core import Run
run = Run.get_context()
run.parent.log("from_step", 7)
run.parent.tag("seen", "yes")
print([step.name for step in run.parent.get_children() if step.id == run.id])
run.parent.cancel()
import time
time.sleep(120)
"""


@pytest.fixture
def source(tmp_path):
    files = {
        "train/layout.py": LAYOUT,
        "train/neighbour.py": "NAME = 'next'",
        "util/__init__.py": "",
        "util/helper.py": "NAME = 'root'",
        "parameters.json": "{}",
        "seen.py": SEEN,
        "family.py": FAMILY,
        "azureml/__init__.py": "raise ImportError('the folder of the repository')",
        "show.py": "import sys; print(*sys.argv[1:], sep='|')",
    }
    for name, text in files.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(tmp_path / "src")


def test_a_script_in_a_folder_finds_root_and_neighbours_and_its_places(workspace, source, tmp_path):
    data, folder = PipelineData("data"), OutputFileDatasetConfig("folder")
    step = PythonScriptStep("train/layout.py", "l", [data, folder], outputs=[data], source_directory=source)
    made = run(workspace, [step])
    assert log(made, "l") == "{} next root True True\nFalse True True\n"
    (step_run,) = made.get_steps()
    step_run.get_output_data("data").download(str(tmp_path / "got"))
    assert (tmp_path / f"got/azureml/{step_run.id}/data").read_text() == "a file"


def test_data_reach_a_script_as_published_code_expects(workspace, source):
    store = workspace.get_default_datastore()
    Path(source, "one.csv").write_text("a,b\n1,2\n")
    store.upload_files([f"{source}/one.csv"], target_path="published", overwrite=True, show_progress=False)
    single = Dataset.File.from_files((store, "published/one.csv")).as_named_input("single").as_mount()
    reference = store.path("published").as_mount()
    absent = store.path("published/not/there").as_mount()
    table = Dataset.Tabular.from_delimited_files((store, "published/one.csv"))
    named = table.as_named_input("table")
    step = PythonScriptStep(
        "seen.py", "s", [single, reference, absent, named], inputs=[single, reference, absent, named],
        source_directory=source,
    )  # fmt: skip
    made = run(workspace, [step])
    assert log(made, "s") == "True a,b\n1,2\n\nTrue\n(1, 2)\n"
    listed = workspace._client.files(workspace.name, store.name, prefix="published/")
    assert [f.path for f in listed] == ["published/one.csv", "published/written.txt"]


def test_arguments_of_many_kinds_arrive_as_texts(workspace, source):
    given = PipelineParameter("given", 1.5)
    assert {given, given} == {given}
    out = OutputFileDatasetConfig("out")
    step = PythonScriptStep(
        "show.py", "s", [3, 0.5, True, Path("a/b"), given, f"--to={out.arg_val}/x"], outputs=[out],
        source_directory=source,
    )  # fmt: skip
    *plain, inside = log(run(workspace, step), "s").strip().split("|")
    assert plain == ["3", "0.5", "True", "a/b", "1.5"]
    assert inside.startswith("--to=/")
    assert inside.endswith("/x")


def test_a_step_logs_and_tags_on_its_parent_and_cancels_it(workspace, source):
    step = PythonScriptStep("family.py", "f", source_directory=source)
    submitted = Experiment(workspace, "published").submit(Pipeline(workspace, [step]))
    assert submitted.wait_for_completion(show_output=False) == "Canceled"
    assert submitted.get_metrics() == {"from_step": 7}
    assert submitted.get_tags()["seen"] == "yes"
    assert log(submitted, "f") == "['f']\n"


def test_private_names_of_published_code_are_there():
    from azureml.core.run import _OfflineRun

    assert hasattr(_OfflineRun, "log")
    assert hasattr(Pipeline, "_set_experiment_name")
    assert os.path.basename(_OfflineRun.__module__)
