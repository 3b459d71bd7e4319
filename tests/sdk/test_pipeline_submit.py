"""Submitting: what goes to the server, what is said, and what is refused before anything goes (contracts §8, §9)."""

import subprocess
from pathlib import Path

import pytest
from tests.sdk.doubles import WorkspaceDouble

from azureml.core import ScriptRunConfig
from azureml.core._submit import submit
from azureml.data import OutputFileDatasetConfig
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.data.dataset_factory import FileDatasetFactory
from azureml.exceptions import AzureMLException
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter, PipelineRun
from azureml.pipeline.core._script_step import script_graph
from azureml.pipeline.steps import DatabricksStep, PythonScriptStep
from stepworks.errors import InvalidInput
from stepworks.graph.document import Command, DataPathValue, DatasetValue, InputPath, OutputPath, Script, Text


@pytest.fixture
def workspace(tmp_path):
    return WorkspaceDouble(tmp_path / "server")


@pytest.fixture(autouse=True)
def source(tmp_path, monkeypatch):
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "run.py").write_text("print()")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("STEPWORKS_HOME", str(tmp_path / "home"))
    return folder


@pytest.fixture
def run(workspace):
    def submitted(pipeline, tags=None, **options):
        return submit(workspace.experiment(), pipeline, tags or {}, options)

    return submitted


def step(name="step", *arguments, **given):
    return PythonScriptStep("run.py", name=name, arguments=list(arguments), **given)


def test_a_submitted_pipeline_is_a_run_and_every_step_is_told_of(workspace, run, capsys):
    reference = workspace.datastore().path("in", "ref")
    made = run(Pipeline(workspace, [step("a", inputs=[reference]), step("b", allow_reuse=False)]), tags={"k": 1})
    assert isinstance(made, PipelineRun)
    (sent,) = workspace.client.submissions
    assert (made.id, sent.experiment, sent.tags) == (sent.id, "tests", {"k": "1"})
    told = capsys.readouterr().out
    lines = told.splitlines()
    ids = [s.id for s in sent.graph.steps]
    assert lines[0].startswith(f"Created step a [{ids[0]}][")
    assert "may reuse" in lines[0]
    assert lines[1] == f"Using data reference ref for step a [{ids[0]}]"
    assert "will run" in lines[2]
    assert lines[3] == f"Submitted PipelineRun {made.id}"
    assert made.id in lines[4]


def test_a_directory_that_many_steps_share_is_taken_once(workspace, run, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "run.py").write_text("print(1)")
    steps = [step(str(i), i) for i in range(20)] + [step("o", source_directory=str(other))]
    run(Pipeline(workspace, steps, default_source_directory=None))
    (sent,) = workspace.client.submissions
    assert len(workspace.client.snapshots) == 2
    assert len({s.snapshot for s in sent.graph.steps[:20]}) == 1
    assert sent.graph.steps[20].snapshot not in (None, sent.graph.steps[0].snapshot)


def test_datasets_are_saved_and_named_by_their_ids(workspace, run):
    files = FileDatasetFactory.from_files((workspace.datastore(), "f"), validate=False)
    again = FileDatasetFactory.from_files((workspace.datastore(), "f"), validate=False)
    default = files.take(1)
    parameter = PipelineParameter("data", default)
    run(Pipeline(workspace, [step("a", files.as_named_input("x").as_mount(), parameter), step("b", again.as_mount())]))
    (sent,) = workspace.client.submissions
    first, second = sent.graph.steps
    assert first.inputs[0].source == second.inputs[0].source == DatasetValue(id=files.id)
    assert sent.graph.parameters[0].default == DatasetValue(id=default.id)
    assert len(workspace.client.saved) == 2


def test_values_of_parameters_have_the_types_of_the_defaults(workspace, run):
    store = workspace.datastore()
    files = FileDatasetFactory.from_files((store, "f"), validate=False)
    folder = PipelineParameter("folder", DataPath(store, "a"))
    pair = (folder, DataPathComputeBinding())
    made = Pipeline(
        workspace,
        [
            step(
                "a",
                PipelineParameter("n", 1),
                PipelineParameter("t", "x"),
                PipelineParameter("d", files),
                pair,
                inputs=[pair],
            )
        ],
    )
    other = files.take(1)
    given = {"n": 5, "folder": DataPath(store, "b"), "d": other, "t": None}
    run(made, pipeline_parameters=given)
    assert workspace.client.submissions[0].parameters == {
        "n": 5,
        "folder": DataPathValue("workspaceblobstore", "b"),
        "d": DatasetValue(id=other.id),
    }
    with pytest.raises(InvalidInput) as caught:
        run(made, pipeline_parameters={"n": "5", "m": 1, "t": 2})
    assert isinstance(caught.value, ValueError)
    for fragment in ("'n' has the type int", "no parameter 'm'", "'t' has the type string"):
        assert fragment in str(caught.value)
    assert len(workspace.client.submissions) == 1


def test_options_travel_and_unknown_ones_are_ignored(workspace, run):
    run(
        Pipeline(workspace, [step()]),
        continue_on_step_failure=True,
        regenerate_outputs=True,
        parent_run_id="parent",
        pipeline_params={},
        show_output=True,
    )
    (sent,) = workspace.client.submissions
    assert (sent.continue_on_step_failure, sent.regenerate_outputs, sent.parent) == (True, True, "parent")


def test_pipeline_submit_is_the_same_and_knows_its_keywords(workspace, run, monkeypatch):
    from azureml.core import experiment

    monkeypatch.setattr(experiment.Experiment, "refresh", lambda self: None)
    made = Pipeline(workspace, [step("a", PipelineParameter("n", 1))])
    assert isinstance(made.submit("other", {"n": 2}, regenerate_outputs=True), PipelineRun)
    (sent,) = workspace.client.submissions
    assert (sent.experiment, sent.parameters, sent.regenerate_outputs) == ("other", {"n": 2}, True)
    with pytest.raises(ValueError, match="'colour'"):
        made.submit("other", colour="red")


def test_a_step_that_cannot_run_here_is_refused_before_anything_goes(workspace, run):
    bricks = DatabricksStep("bricks", notebook_path="/n", num_workers=1, compute_target=("c", "Databricks"))
    made = Pipeline(workspace, [step(), bricks])
    with pytest.raises(
        NotImplementedError, match=r"Step 'bricks' is a DatabricksStep, which isn't available here\. Use"
    ):
        run(made)
    assert made.validate() != []
    assert (workspace.client.submissions, workspace.client.snapshots) == ([], [])


def test_facts_of_git_go_with_the_steps_and_the_patch_only_with_the_run(workspace, run, source):
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "1"]):
        subprocess.run(["git", *command], cwd=source, check=True)
    (source / "run.py").write_text("print(2)")
    run(Pipeline(workspace, [step("a"), step("b")]))
    (sent,) = workspace.client.submissions
    assert "print(2)" in sent.properties["stepworks.git.patch"]
    facts = sent.step_properties[sent.graph.steps[1].id]
    assert facts["azureml.git.dirty"] == "True"
    assert "stepworks.git.patch" not in facts


def test_other_objects_of_pipelines_are_not_submitted(workspace, run):
    with pytest.raises(AzureMLException, match="PipelineParameter cannot be submitted"):
        run(PipelineParameter("p", 1))


# --- one script


def test_a_script_alone_is_a_graph_of_one_step(workspace):
    files = FileDatasetFactory.from_files((workspace.datastore(), "f"), validate=False)
    config = ScriptRunConfig(
        ".", "run.py", ["--in", files.as_named_input("d").as_mount(), "--out", OutputFileDatasetConfig("o"), 3]
    )
    (made,) = script_graph(workspace, config, "snapshot").steps
    assert made.work == Script(
        "run.py", ((Text("--in"),), (InputPath("d"),), (Text("--out"),), (OutputPath("o"),), (Text("3"),))
    )
    assert (made.snapshot, made.inputs[0].source) == ("snapshot", DatasetValue(id="dataset-1"))


def test_a_command_alone_is_a_graph_of_one_step(workspace):
    config = ScriptRunConfig(".", command=["echo", "hi"])
    (made,) = script_graph(workspace, config, "snapshot").steps
    assert made.work == Command(((Text("echo"),), (Text("hi"),)))


def test_a_script_alone_reads_a_data_reference_but_no_step(workspace):
    reference = workspace.datastore().path("in", "ref")
    (made,) = script_graph(workspace, ScriptRunConfig(".", "run.py", [f"{reference}", reference]), "s").steps
    assert made.inputs[0].name == "ref"
    with pytest.raises(ValueError, match="another step's output"):
        script_graph(workspace, ScriptRunConfig(".", "run.py", [PipelineData("x")]), "s")


def test_nothing_is_left_in_the_source_directory(workspace, run, source):
    run(Pipeline(workspace, [step()]))
    assert [p.name for p in Path(source).iterdir()] == ["run.py"]
