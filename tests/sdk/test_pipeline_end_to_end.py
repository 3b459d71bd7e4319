"""Pipelines through a real server: built, run, reused, looked at (contracts §1, §6, §7, §13)."""

import os
from pathlib import Path

import pytest
from tests.support.homes import running_home

from azureml.core import Dataset, Experiment, Workspace
from azureml.data import OutputFileDatasetConfig
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.exceptions import ActivityFailedException
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter
from azureml.pipeline.steps import CommandStep, PythonScriptStep

WRITE = """
import os, sys
target, *words = sys.argv[1:]
folder = os.path.isdir(target)
with open(os.path.join(target, "rows.csv") if folder else target, "w") as f:
    f.write("word\\n" + "\\n".join(words) + "\\n")
print("wrote", *words)
"""
READ = """
import os, sys
def text(path):
    if os.path.isdir(path):
        return {name: open(os.path.join(path, name)).read() for name in sorted(os.listdir(path))}
    return open(path).read() if os.path.isfile(path) else path
print(*[text(a) for a in sys.argv[1:]], sep="|")
"""
TABLES = """
from azureml.core import Run
for name, given in sorted(Run.get_context().input_datasets.items()):
    print(name, [line.strip() for t in [given] for line in t.to_pandas_dataframe()["word"].astype(str)])
"""
FAIL = """
print("before the end")
raise ValueError("no rows")
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    with running_home(tmp_path_factory.mktemp("home")) as (home, _):
        before = os.environ.get("STEPWORKS_HOME")
        os.environ["STEPWORKS_HOME"] = str(home.root)
        try:
            yield Workspace.get("tests")
        finally:
            if before is None:
                del os.environ["STEPWORKS_HOME"]
            else:
                os.environ["STEPWORKS_HOME"] = before


@pytest.fixture
def source(tmp_path):
    for name, text in {"write.py": WRITE, "read.py": READ, "tables.py": TABLES, "fail.py": FAIL}.items():
        (tmp_path / name).write_text(text)
    return str(tmp_path)


def run(workspace, steps, **options):
    submitted = Experiment(workspace, "e2e").submit(Pipeline(workspace, steps), **options)
    submitted.wait_for_completion(show_output=False)
    return submitted


def log(pipeline_run, name):
    (step,) = pipeline_run.find_step_run(name)
    return step.get_stdout_log()


def test_what_the_documents_write_runs_and_is_reused(workspace, source):
    """An output without a name is named again in a later step; a datastore alone is a destination; a dataset is in
    inputs, and downloaded in arguments."""
    store = workspace.get_default_datastore()
    Path(source, "one.txt").write_text("one")
    store.upload_files([f"{source}/one.txt"], target_path="given", overwrite=True, show_progress=False)

    def build():
        data = Dataset.File.from_files((store, "given/one.txt")).as_named_input("data")
        between, result = OutputFileDatasetConfig(), OutputFileDatasetConfig("result", destination=store)
        first = PythonScriptStep("write.py", "first", [between, "a"], source_directory=source)
        second = PythonScriptStep(
            "read.py", "second", [between, data.as_download()], inputs=[data], source_directory=source
        )
        third = PythonScriptStep("write.py", "third", [result, "b"], source_directory=source)
        return [[first, second, third]]

    made = run(workspace, build())
    assert made.get_status() == "Finished"
    assert log(made, "second") == "{'rows.csv': 'word\\na\\n'}|one\n"
    again = run(workspace, build())
    assert [step.reuse.is_reused for step in again.get_steps()] == [True, True, True]
    assert log(again, "second") == log(made, "second")


def test_a_file_is_an_output_and_is_downloaded_below_its_path(workspace, source, tmp_path):
    made = PipelineData("made", pipeline_output_name="title")
    first = PythonScriptStep("write.py", "first", [made, "x"], outputs=[made], source_directory=source)
    second = CommandStep(f"cat {made} && echo done", "second", inputs=[made], source_directory=source)
    submitted = run(workspace, [second, first])
    assert log(submitted, "second") == "word\nx\ndone\n"
    data = submitted.get_pipeline_output("title")
    (step,) = submitted.find_step_run("first")
    assert data.path_on_datastore == f"azureml/{step.id}/made"
    assert data.download(str(tmp_path / "got"), show_progress=False) == 1
    assert (tmp_path / "got" / data.path_on_datastore).read_text() == "word\nx\n"


def test_parameters_and_data_paths_have_the_values_of_the_run(workspace, source):
    store = workspace.get_default_datastore()
    for folder in ("north", "south"):
        Path(source, folder).mkdir()
        Path(source, folder, "f").write_text(folder)
        store.upload(f"{source}/{folder}", folder, overwrite=True, show_progress=False)
    place = (PipelineParameter("place", DataPath(store, "north")), DataPathComputeBinding())
    number = PipelineParameter("number", 1)
    step = PythonScriptStep(
        "read.py",
        "read",
        [place, number, "parameter:n!"],
        inputs=[place],
        params={"n": number},
        source_directory=source,
    )
    first = run(workspace, [step])
    assert log(first, "read") == "{'f': 'north'}|1|1!\n"
    second = run(workspace, [step], pipeline_parameters={"number": 7, "place": DataPath(store, "south")})
    assert log(second, "read") == "{'f': 'south'}|7|7!\n"


def test_tables_are_handed_over_be_they_saved_or_just_written(workspace, source):
    store = workspace.get_default_datastore()
    Path(source, "t.csv").write_text("word\nsaved\n")
    store.upload_files([f"{source}/t.csv"], target_path="tables", overwrite=True, show_progress=False)
    saved = Dataset.Tabular.from_delimited_files((store, "tables/t.csv"))
    config, data = OutputFileDatasetConfig("config"), PipelineData("data")
    read = config.read_delimited_files().register_on_complete("written")
    formed = data.as_dataset()
    steps = [
        PythonScriptStep("write.py", "one", [read, "config"], source_directory=source),
        PythonScriptStep("write.py", "two", [data, "data"], outputs=[formed], source_directory=source),
        PythonScriptStep(
            "tables.py",
            "tables",
            inputs=[
                saved.as_named_input("a"),
                read.as_input("b"),
                formed.parse_delimited_files().as_named_input("c"),
            ],
            source_directory=source,
        ),
    ]
    submitted = run(workspace, steps)
    assert log(submitted, "tables") == "a ['saved']\nb ['config']\nc ['data']\n"
    assert Dataset.get_by_name(workspace, "written").to_pandas_dataframe()["word"].tolist() == ["config"]


def test_a_failure_is_told_in_the_exception_itself(workspace, source):
    step = PythonScriptStep("fail.py", "train", source_directory=source)
    later = PythonScriptStep("read.py", "later", source_directory=source)
    later.run_after(step)
    submitted = Experiment(workspace, "e2e").submit(Pipeline(workspace, [later, step]))
    with pytest.raises(ActivityFailedException) as caught:
        submitted.wait_for_completion(show_output=False)
    assert caught.value.step_name == "train"
    assert "ValueError: no rows" in str(caught.value)
    assert "fail.py" in str(caught.value)
    assert submitted.find_step_run("later")[0].get_status() == "Canceled"


def test_a_run_is_told_as_it_goes_and_summed_up(workspace, source, capsys):
    made = PipelineData("made")
    first = PythonScriptStep("write.py", "first", [made, "told"], outputs=[made], source_directory=source)
    submitted = Experiment(workspace, "e2e").submit(Pipeline(workspace, [first]))
    assert submitted.wait_for_completion() == "Finished"
    told = capsys.readouterr().out
    for fragment in ("Created step first", "wrote told\n", "StepRun(first) Status: Finished", "1 step: 1 ran"):
        assert fragment in told
