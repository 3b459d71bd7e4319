"""Kinds of steps that are built and checked here, and run elsewhere (contracts §17)."""

import logging

import pytest
from tests.sdk.doubles import WorkspaceDouble

from azureml.core._submit import submit
from azureml.core.environment import Environment
from azureml.core.runconfig import RunConfiguration
from azureml.data import HDFSOutputDatasetConfig, OutputFileDatasetConfig
from azureml.data.data_reference import DataReference
from azureml.data.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from azureml.data.sql_data_reference import SqlDataReference
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter, TrainingOutput
from azureml.pipeline.core.graph import ParamDef
from azureml.pipeline.core.module import Module
from azureml.pipeline.steps import (
    AdlaStep,
    AzureBatchStep,
    DatabricksStep,
    DataTransferStep,
    EstimatorStep,
    KustoStep,
    ModuleStep,
    MpiStep,
    ParallelRunConfig,
    ParallelRunStep,
    PythonScriptStep,
    RScriptStep,
    SynapseSparkStep,
)
from azureml.train.estimator import Estimator
from stepworks.graph.document import Script, Text

BRICKS = ("bricks", "Databricks")


@pytest.fixture
def workspace(tmp_path):
    return WorkspaceDouble(tmp_path / "server")


@pytest.fixture
def store(workspace):
    return workspace.datastore()


@pytest.fixture(autouse=True)
def source(tmp_path, monkeypatch):
    folder = tmp_path / "src"
    folder.mkdir()
    for name in ("run.py", "run.R", "run.usql", "entry.py"):
        (folder / name).write_text("")
    monkeypatch.chdir(folder)
    return folder


def config(**given):
    usual = {
        "environment": Environment("mine"),
        "entry_script": "entry.py",
        "error_threshold": 1,
        "output_action": "append_row",
        "compute_target": "local",
        "node_count": 1,
    }
    return ParallelRunConfig(**usual | given)


def test_every_kind_is_built_into_a_pipeline_and_refused_when_it_is_submitted(workspace, store):
    reference, made = DataReference(store, "ref", "a"), PipelineData("made")
    table = TabularDatasetFactory.from_delimited_files((store, "t.csv"), validate=False)
    steps = [
        DatabricksStep(
            "bricks", inputs=[reference], outputs=[made], notebook_path="/n", num_workers=1, compute_target=BRICKS
        ),
        DataTransferStep("transfer", reference, DataReference(store, "to", "b"), ("factory", "DataFactory")),
        AdlaStep("run.usql", inputs=[reference], compute_target=("lake", "DataLakeAnalytics")),
        AzureBatchStep("batch", pool_id="p", executable="x.exe", compute_target=("batch", "Batch")),
        KustoStep("kusto", ("kusto", "Kusto"), "database", "queries", PipelineData("rows")),
        RScriptStep("run.R", compute_target=("c", "AmlCompute")),
        SynapseSparkStep("run.py", ".", ("pool", "SynapseSpark"), "1g", 1, "1g", 1, 1),
        ModuleStep(module=Module(workspace, "id", "module", None, "Active", None, [])),
        ParallelRunStep("parallel", config(), [table.as_named_input("t")], OutputFileDatasetConfig("out")),
    ]
    pipeline = Pipeline(workspace, steps)
    assert len(pipeline._compiled.graph.steps) == len(steps)
    with pytest.raises(NotImplementedError) as caught:
        submit(workspace.experiment(), pipeline, {}, {})
    for step in steps:
        assert f"Step '{step.name}' is a {type(step).__name__}, which isn't available here. Use a" in str(caught.value)
    assert workspace.client.submissions == []


# --- Databricks


def test_a_databricks_step_has_exactly_one_thing_to_run():
    with pytest.raises(ValueError, match="exactly one of notebook_path"):
        DatabricksStep("b", num_workers=1, compute_target=BRICKS)
    with pytest.raises(ValueError, match="notebook_path, main_class_name"):
        DatabricksStep("b", notebook_path="/n", main_class_name="M", num_workers=1, compute_target=BRICKS)
    with pytest.raises(ValueError, match="needs source_directory"):
        DatabricksStep("b", python_script_name="run.py", num_workers=1, compute_target=BRICKS)


def test_a_databricks_step_has_a_cluster_or_a_number_of_workers():
    with pytest.raises(ValueError, match="either num_workers"):
        DatabricksStep("b", notebook_path="/n", num_workers=1, min_workers=1, max_workers=2, compute_target=BRICKS)
    with pytest.raises(ValueError, match="needs existing_cluster_id"):
        DatabricksStep("b", notebook_path="/n", compute_target=BRICKS)
    made = DatabricksStep("b", notebook_path="/n", existing_cluster_id="c", compute_target=BRICKS)
    assert (made._settings["spark_version"], made._settings["node_type"]) == ("10.4.x-scala2.12", "Standard_D3_v2")


def test_parameters_of_a_notebook_are_parameters_of_the_pipeline(workspace):
    parameter = PipelineParameter("p", 1)
    made = DatabricksStep(
        "b", notebook_path="/n", notebook_params={"a": parameter}, existing_cluster_id=parameter, compute_target=BRICKS
    )
    graph = Pipeline(workspace, [made])._compiled.graph
    assert [p.name for p in graph.parameters] == ["p"]
    assert graph.steps[0].settings["existing_cluster_id"] == "parameter:p"


# --- data transfer


def test_a_transfer_reads_both_ends_and_its_output_orders_later_steps(workspace, store):
    to, reference = DataReference(store, "to", "b"), DataReference(store, "ref", "a")
    transfer = DataTransferStep("t", reference, to, ("factory", "DataFactory"), "file", "directory")
    assert [p.name for p in transfer._declared.inputs] == ["ref", "to"]
    assert transfer.get_output().name == "_data_transfer_output"
    later = PythonScriptStep("run.py", inputs=[transfer.get_output()])
    assert len(Pipeline(workspace, [later])._compiled.graph.steps) == 2


def test_a_transfer_needs_both_ends_and_known_types(store):
    reference = DataReference(store, "ref", "a")
    with pytest.raises(ValueError, match="source_data_reference and destination"):
        DataTransferStep("t", reference, None, ("factory", "DataFactory"))
    with pytest.raises(ValueError, match="'file' or 'directory'"):
        DataTransferStep("t", reference, DataReference(store, "to"), ("f", "DataFactory"), "tree")


def test_rows_of_a_database_are_not_an_input_of_a_script(workspace, store):
    query = SqlDataReference(store, "rows", sql_query="select 1")
    pipeline = Pipeline(workspace, [PythonScriptStep("run.py", inputs=[query])])
    with pytest.raises(NotImplementedError, match="SqlDataReference 'rows'"):
        submit(workspace.experiment(), pipeline, {}, {})


# --- parallel runs


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"mini_batch_size": "1 KB"}, "mini_batch_size"),
        ({"mini_batch_size": "1.5MB"}, "mini_batch_size"),
        ({"mini_batch_size": 0}, "mini_batch_size"),
        ({"mini_batch_size": 5, "partition_keys": ["a"]}, "exclude each other"),
        ({"output_action": "write"}, "output_action"),
        ({"error_threshold": -2}, "error_threshold"),
        ({"node_count": 0}, "node_count"),
        ({"allowed_failed_percent": 101}, "allowed_failed_percent"),
        ({"logging_level": "LOUD"}, "logging_level"),
        ({"run_max_try": 0}, "run_max_try"),
        ({"append_row_file_name": "a/b"}, "append_row_file_name"),
        ({"entry_script": ""}, "entry_script"),
    ],
)
def test_a_parallel_configuration_is_checked(given, problem):
    with pytest.raises(ValueError, match=problem):
        config(**given)


@pytest.mark.parametrize("size", [5, "5", "1KB", "10MB", "1GB", PipelineParameter("size", "10")])
def test_sizes_of_mini_batches(size):
    assert config(mini_batch_size=size).mini_batch_size is size


def test_all_mistakes_of_a_parallel_configuration_are_told_at_once():
    with pytest.raises(ValueError, match=r"error_threshold.*node_count.*output_action"):
        config(error_threshold="x", node_count=0, output_action="x")


def test_a_parallel_configuration_is_saved_and_read(workspace, tmp_path, monkeypatch):
    monkeypatch.setattr(Environment, "get", staticmethod(lambda ws, name, version=None: Environment(name)))
    monkeypatch.setattr(WorkspaceDouble, "compute_targets", {"local": "local"}, raising=False)
    path = str(tmp_path / "config.yml")
    given = {"mini_batch_size": "5", "run_invocation_timeout": 600, "environment_variables": {"A": "1"}}
    config(**given, source_directory="src").save_to_yaml(path)
    read = ParallelRunConfig.load_yaml(workspace, path)
    assert (read.mini_batch_size, read.run_invocation_timeout, read.entry_script) == ("5", 600, "entry.py")
    assert (read.source_directory, read.environment.name, read.compute_target) == ("src", "mine", "local")
    assert read.environment_variables == {"A": "1"}
    (tmp_path / "bad.yml").write_text("parallel_run_config: {entry_script: a, colour: red}")
    with pytest.raises(ValueError, match="colour"):
        ParallelRunConfig.load_yaml(workspace, str(tmp_path / "bad.yml"))


def test_files_are_mounted_and_tables_handed_over(store):
    files = FileDatasetFactory.from_files((store, "f"), validate=False)
    table = TabularDatasetFactory.from_delimited_files((store, "t"), validate=False)
    side = files.as_named_input("side").as_mount()
    made = ParallelRunStep(
        "p", config(), [files.as_named_input("f")], OutputFileDatasetConfig("o"), [side], ["--side", side]
    )
    assert {p.name: p.mode for p in made._declared.inputs} == {"f": "mount", "side": "mount"}
    made = ParallelRunStep("p", config(), [table.as_named_input("t")], PipelineData("o"))
    assert made._declared.inputs[0].mode == "direct"
    assert made.running_on_windows is False


def test_all_problems_of_a_parallel_step_are_told_at_once(store):
    files = FileDatasetFactory.from_files((store, "f"), validate=False)
    table = TabularDatasetFactory.from_delimited_files((store, "t"), validate=False)
    inputs = [files.as_named_input("f"), table.as_named_input("t"), DataReference(store, "ref")]
    with pytest.raises(ValueError) as caught:
        ParallelRunStep("p", config(), inputs, None, arguments=["5", "--output_action", "x"])
    for fragment in (
        "a DataReference cannot be split",
        "inputs are files and tables",
        "it needs output",
        "begin with '5'",
        "'--output_action' is one of the runner's own",
    ):
        assert fragment in str(caught.value)
    with pytest.raises(ValueError, match="at least one input"):
        ParallelRunStep("p", config(output_action="summary_only"), [])
    ParallelRunStep("p", config(output_action="summary_only"), [], arguments=["--rank_mini_batch_count", "5"])


# --- the older kinds of script steps


def test_an_estimator_step_runs_the_estimators_script(workspace, source, caplog):
    estimator = Estimator(str(source), entry_script="run.py", environment_variables={"A": "1"})
    with caplog.at_level(logging.WARNING, logger="azureml.pipeline"):
        made = EstimatorStep("e", estimator, ["--a", 1], compute_target="local")
    assert "PythonScriptStep" in caplog.text
    step = Pipeline(workspace, [made])._compiled.graph.steps[0]
    assert (step.work, step.variables["A"]) == (Script("run.py", ((Text("--a"),), (Text("1"),))), "1")


def test_arguments_of_an_estimator_step_are_its_own(source):
    with pytest.raises(ValueError, match="estimator_entry_script_arguments"):
        EstimatorStep("e", Estimator(str(source), entry_script="run.py", script_params={"--a": 1}), [])
    with pytest.raises(ValueError, match="needs an estimator"):
        EstimatorStep("e")
    with pytest.raises(ValueError, match="takes none"):
        EstimatorStep("e", Estimator(str(source), entry_script="run.py"))


def test_an_mpi_step_needs_all_its_parts(workspace):
    with pytest.raises(ValueError, match="arguments, node_count"):
        MpiStep("m", ".", "run.py", compute_target="local", process_count_per_node=1)
    made = MpiStep("m", ".", "run.py", [], "local", PipelineParameter("n", 2), 1)
    step = Pipeline(workspace, [made])._compiled.graph.steps[0]
    assert step.settings == {"node_count": "parameter:n", "process_count_per_node": 1}


def test_how_work_is_spread_is_recorded(workspace):
    from azureml.core.runconfig import MpiConfiguration

    runconfig = RunConfiguration(framework="Python", communicator="IntelMpi")
    runconfig.node_count = 2
    runconfig.mpi = MpiConfiguration()
    runconfig.mpi.process_count_per_node = 3
    step = Pipeline(workspace, [PythonScriptStep("run.py", runconfig=runconfig)])._compiled.graph.steps[0]
    assert step.settings == {"node_count": 2, "communicator": "IntelMpi", "process_count_per_node": 3}


# --- values


def test_training_outputs_are_metrics_or_a_model():
    assert TrainingOutput("Model", iteration=3).iteration == 3
    for given in (
        {"type": "Loss"},
        {"type": "Model", "iteration": 1, "metric": "a"},
        {"type": "Metrics", "metric": "a"},
    ):
        with pytest.raises(ValueError, match="training output"):
            TrainingOutput(**given)


def test_a_spark_step_reads_datasets_and_writes_hdfs(store):
    files = FileDatasetFactory.from_files((store, "f"), validate=False)
    given = ("run.py", ".", ("pool", "SynapseSpark"), "1g", 1, "1g", 1, 1)
    SynapseSparkStep(*given, inputs=[files.as_named_input("f").as_hdfs()], outputs=[HDFSOutputDatasetConfig("o")])
    with pytest.raises(ValueError, match="as_hdfs"):
        SynapseSparkStep(*given, inputs=[files.as_named_input("f").as_mount()])
    with pytest.raises(ValueError, match="HDFSOutputDatasetConfig"):
        SynapseSparkStep(*given, outputs=[OutputFileDatasetConfig("o")])


def test_a_module_step_has_a_module_or_a_version_of_one(workspace):
    with pytest.raises(ValueError, match="exactly one"):
        ModuleStep()
    built = Module.module_def_builder("m", "d", "escloud", [], [], [ParamDef("p", 1)])
    assert (built.name, built.param_defs[0].name) == ("m", "p")
