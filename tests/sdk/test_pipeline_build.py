"""Pipelines: which steps they have, in what order, and what keeps them from being built (contracts §4, §5)."""

import pytest
from tests.sdk.doubles import WorkspaceDouble

from azureml.core.environment import Environment
from azureml.core.runconfig import RunConfiguration
from azureml.data import OutputFileDatasetConfig
from azureml.data.datapath import DataPath
from azureml.data.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from azureml.pipeline.core import Pipeline, PipelineData, PipelineParameter, StepSequence
from azureml.pipeline.core._submit import Options, submit_pipeline
from azureml.pipeline.steps import CommandStep, PythonScriptStep
from stepworks.errors import InvalidGraph
from stepworks.graph.document import DataPathValue, DatasetValue, Parameter, ParameterValue, StepOutput, encode
from stepworks.graph.order import waits_for


@pytest.fixture
def workspace(tmp_path):
    return WorkspaceDouble(tmp_path / "server")


@pytest.fixture(autouse=True)
def source(tmp_path, monkeypatch):
    """A source directory, which is also the current one."""
    folder = tmp_path / "src"
    folder.mkdir()
    (folder / "run.py").write_text("")
    monkeypatch.chdir(folder)
    return folder


def step(name, *arguments, **given):
    return PythonScriptStep("run.py", name=name, arguments=list(arguments), **given)


def graph(pipeline):
    return pipeline._compiled.graph


def order(pipeline):
    """Each step's name to the names it waits for."""
    names = {s.id: s.name for s in graph(pipeline).steps}
    return {names[s]: [names[b] for b in before] for s, before in waits_for(graph(pipeline)).items()}


# --- order


def test_lists_have_no_order_at_any_depth(workspace):
    a, b, c = step("a"), step("b"), step("c")
    assert order(Pipeline(workspace, [[a, b], [[c]]])) == {"a": [], "b": [], "c": []}


def test_in_a_sequence_every_item_waits_for_the_one_before(workspace):
    a, b, c, d = (step(n) for n in "abcd")
    assert order(Pipeline(workspace, StepSequence([a, [b, c], d]))) == {
        "a": [],
        "b": ["a"],
        "c": ["a"],
        "d": ["b", "c"],
    }


def test_sequences_nest_in_lists_and_the_reverse(workspace):
    a, b, c, d = (step(n) for n in "abcd")
    nested = [StepSequence([a, StepSequence([b, c])]), d]
    assert order(Pipeline(workspace, nested)) == {"a": [], "b": ["a"], "c": ["b", "a"], "d": []}


def test_an_empty_item_of_a_sequence_is_passed_over(workspace):
    a, b = step("a"), step("b")
    assert order(Pipeline(workspace, StepSequence([a, [], b]))) == {"a": [], "b": ["a"]}


def test_run_after_changes_later_pipelines_only(workspace):
    a, b = step("a"), step("b")
    before = Pipeline(workspace, [a, b])
    assert b.run_after(a) is None
    assert order(before)["b"] == []
    assert order(Pipeline(workspace, [a, b]))["b"] == ["a"]


def test_data_order_steps(workspace):
    data = PipelineData("data")
    first, second = step("first", data, outputs=[data]), step("second", data, inputs=[data])
    assert order(Pipeline(workspace, [second, first])) == {"second": ["first"], "first": []}


def test_steps_that_are_needed_are_pulled_in(workspace):
    data = PipelineData("data")
    _, second, third = step("first", data, outputs=[data]), step("second", data, inputs=[data]), step("third")
    third.run_after(second)
    assert sorted(order(Pipeline(workspace, third))) == ["first", "second", "third"]


def test_pipeline_data_stands_for_the_step_that_makes_it(workspace):
    data = PipelineData("data")
    step("first", data, outputs=[data])
    assert list(order(Pipeline(workspace, [data]))) == ["first"]


def test_a_step_listed_twice_is_one_and_two_may_share_a_name(workspace):
    a, other = step("a"), step("a")
    steps = graph(Pipeline(workspace, [a, [a, other]])).steps
    assert [s.name for s in steps] == ["a", "a"]
    assert len({s.id for s in steps}) == 2


def test_an_empty_pipeline_is_accepted(workspace):
    assert graph(Pipeline(workspace, [])).steps == ()


@pytest.mark.parametrize("steps", [("a",), "a", None, 3])
def test_other_things_than_steps_are_not_implemented(workspace, steps):
    with pytest.raises(NotImplementedError, match="made of steps"):
        Pipeline(workspace, steps)


def test_equal_pipelines_are_equal_documents(workspace, tmp_path):
    def build():
        out, data = OutputFileDatasetConfig(), PipelineData("data")
        store = workspace.datastore()
        first = step("first", out, data, outputs=[data], inputs=[store.path("in")])
        return Pipeline(workspace, [first, step("second", out, data, inputs=[data])])

    assert encode(graph(build())) == encode(graph(build()))


def test_an_output_named_again_is_an_input_and_an_edge(workspace):
    out = OutputFileDatasetConfig()
    first, second = step("first", "--out", out), step("second", "--in", out)
    made = Pipeline(workspace, [first, second])
    assert order(made)["second"] == ["first"]
    assert graph(made).steps[1].inputs[0].source == StepOutput(graph(made).steps[0].id, "output_1")


# --- problems


def test_all_problems_are_told_at_once(workspace, tmp_path):
    twice, lost, titled = PipelineData("twice"), PipelineData("lost"), PipelineData("x", pipeline_output_name="title")
    also = PipelineData("y", pipeline_output_name="title")
    steps = [
        step("one", outputs=[twice, titled]),
        step("two", outputs=[twice, also]),
        step("three", lost, inputs=[lost]),
        PythonScriptStep("rnu.py", name="four"),
        PythonScriptStep("run.py", name="five", source_directory=str(tmp_path / "gone")),
        step("six", PipelineParameter("p", 1)),
        step("seven", PipelineParameter("p", 2)),
        step("eight", compute_target="clutser"),
        step("nine", runconfig_pipeline_params={"Speed": PipelineParameter("s", 1)}),
    ]
    workspace.client.compute_names = ["cluster"]
    with pytest.raises(ValueError) as caught:
        Pipeline(workspace, steps)
    told = str(caught.value)
    for fragment in (
        "The output 'twice' is an output of step 'one' and of step 'two'",
        "The pipeline_output_name 'title' of step 'two' is used twice",
        "Step 'three' can't use 'lost' as input 'lost': no step makes it",
        "Step 'four': there is no script 'rnu.py'",
        "Did you mean 'run.py'?",
        "Step 'five': there is no folder",
        "The pipeline parameter 'p' of step 'seven' has the default 2, elsewhere 1",
        "Step 'eight': there is no compute target 'clutser' in workspace 'ws'. Did you mean 'cluster'?",
        "Step 'nine': runconfig_pipeline_params has 'Speed'",
    ):
        assert fragment in told
    assert len(caught.value.problems) == 8


def test_without_closure_a_step_that_is_not_listed_is_a_problem(workspace):
    data = PipelineData("data")
    step("prepare", data, outputs=[data])
    second = step("second", data, inputs=[data])
    with pytest.raises(ValueError, match="needs step 'prepare', which isn't listed"):
        Pipeline(workspace, [second], resolve_closure=False)


def test_the_dataset_form_is_read_only_where_it_is_written(workspace):
    data = PipelineData("data")
    plain, reader = step("plain", data, outputs=[data]), step("reader", inputs=[data.as_dataset()])
    with pytest.raises(ValueError, match="dataset form"):
        Pipeline(workspace, [plain, reader])
    formed = PipelineData("data")
    first = step("first", formed, outputs=[formed.as_dataset().register("mine")])
    made = graph(Pipeline(workspace, [first, step("reader", inputs=[formed.as_dataset().as_named_input("d")])]))
    assert made.steps[0].outputs[0].register.name == "mine"
    assert (made.steps[1].inputs[0].style, made.steps[1].inputs[0].name) == ("dataset", "d")


def test_no_compute_and_local_are_this_machine_and_nobody_is_asked(workspace):
    made = Pipeline(workspace, [step("a"), step("b", compute_target="local")])
    assert [s.compute for s in graph(made).steps] == [None, None]
    assert workspace.client.computes_asked == 0


def test_compute_targets_that_are_named_are_asked_for_once(workspace):
    workspace.client.compute_names = ["cluster"]
    made = Pipeline(workspace, [step(str(i), compute_target="cluster") for i in range(5)])
    assert {s.compute for s in graph(made).steps} == {"cluster"}
    assert workspace.client.computes_asked == 1


def test_a_step_does_not_run_on_a_type_it_does_not_know(workspace):
    with pytest.raises(ValueError, match="of type Databricks, which it can't run on"):
        Pipeline(workspace, [step("a", compute_target=("bricks", "Databricks"))])
    assert graph(Pipeline(workspace, [step("a", compute_target=("c", "AmlCompute"))])).steps[0].compute == "c"


def test_a_cycle_is_found_by_validate_and_refused_by_submit(workspace):
    a, b = step("a"), step("b")
    a.run_after(b)
    b.run_after(a)
    made = Pipeline(workspace, [a, b])
    assert made.validate() == ["Pipeline has a cycle: a → b → a."]
    with pytest.raises(InvalidGraph, match="a → b → a"):
        submit_pipeline(made, workspace.experiment(), Options())
    assert workspace.client.snapshots == []


def test_validate_says_that_steps_are_ready(workspace, capsys):
    assert Pipeline(workspace, [step("a"), step("b")]).validate() == []
    assert capsys.readouterr().out.count("ready to be created") == 2


def test_unknown_keywords_are_refused_and_one_old_one_is_not(workspace):
    Pipeline(workspace, [], enable_email_notification=True)
    with pytest.raises(ValueError, match="'colour'"):
        Pipeline(workspace, [], colour="red")


# --- what the graph says


def test_parameters_are_declared_once_with_their_types(workspace):
    store = workspace.datastore()
    files = FileDatasetFactory.from_files((store, "f"), validate=False)
    shared = PipelineParameter("text", "a")
    made = Pipeline(
        workspace,
        [
            step("a", shared, PipelineParameter("n", 1), PipelineParameter("x", 1.5), PipelineParameter("yes", True)),
            step("b", shared, PipelineParameter("n", 1), PipelineParameter("place", DataPath(store, "p"))),
            step("c", PipelineParameter("data", files), params={"k": shared, "m": 3}),
        ],
    )
    assert graph(made).parameters == (
        Parameter("text", "string", "a"),
        Parameter("n", "int", 1),
        Parameter("x", "float", 1.5),
        Parameter("yes", "bool", True),
        Parameter("place", "datapath", DataPathValue("workspaceblobstore", "p")),
        Parameter("data", "dataset", DatasetValue(id="dataset 0")),
    )
    assert graph(made).steps[2].parameters == {"k": ParameterValue("text"), "m": 3}


def test_outputs_say_where_they_go_and_how_they_are_read(workspace):
    store = workspace.datastore("workspacefilestore")
    data = PipelineData("data", datastore=store, output_name="port", is_directory=True, pipeline_output_name="title")
    plain = OutputFileDatasetConfig("plain", destination=store)
    table = (
        OutputFileDatasetConfig("table", destination=(store, "t/{run-id}"))
        .as_upload(overwrite=True, source_globs=["*.csv"])
        .read_delimited_files()
        .register_on_complete("registered", "about", {"a": 1})
    )
    parameter = PipelineParameter("where", "x/y")
    moved = OutputFileDatasetConfig("moved", destination=(store, parameter), source="local/out")
    made = graph(Pipeline(workspace, [step("a", outputs=[data, plain, table, moved])], default_datastore=store))
    port, plain_port, table_port, moved_port = made.steps[0].outputs
    assert (port.name, port.datastore, port.style, port.is_directory) == ("port", "workspacefilestore", "port", True)
    assert made.outputs == {"title": StepOutput(made.steps[0].id, "port")}
    assert (plain_port.datastore, plain_port.path, plain_port.style) == ("workspacefilestore", None, "dataset")
    assert (table_port.path, table_port.mode, table_port.overwrite, table_port.source_globs) == (
        "t/{run-id}",
        "upload",
        True,
        ("*.csv",),
    )
    assert (table_port.register.name, table_port.register.tags) == ("registered", {"a": "1"})
    assert "delimited" in table_port.reader
    assert (moved_port.path.name, moved_port.path_on_compute) == ("where", "local/out")
    assert [p.name for p in made.parameters] == ["where"]
    assert made.default_datastore == "workspacefilestore"


def test_a_table_made_of_an_output_is_read_by_its_reader(workspace):
    data = PipelineData("data").as_dataset()
    table = data.parse_parquet_files().keep_columns(["a"]).as_named_input("t")
    made = graph(Pipeline(workspace, [step("w", outputs=[data]), step("r", inputs=[table])]))
    port = made.steps[1].inputs[0]
    assert (port.name, port.mode, port.tabular, port.style) == ("t", "direct", True, "dataset")
    assert "keep_columns" in port.reader
    assert "**/*.parquet" in port.reader


def test_the_environment_of_a_run_configuration_travels(workspace):
    runconfig = RunConfiguration()
    runconfig.environment = Environment("mine")
    runconfig.environment.python.user_managed_dependencies = True
    runconfig.environment.environment_variables = {"A": "1", "B": "1"}
    runconfig.environment_variables = {"B": "2"}
    runconfig.max_run_duration_seconds = 60
    managed = RunConfiguration()
    managed.environment.python.conda_dependencies.add_pip_package("requests")
    made = graph(Pipeline(workspace, [step("a", runconfig=runconfig), step("b", runconfig=managed), step("c")]))
    first, second, third = made.steps
    assert (first.environment, first.variables, first.timeout_seconds) == (None, {"A": "1", "B": "2"}, 60.0)
    assert any("requests" in line for line in second.environment.pip)
    assert third.environment is None


def test_the_compute_of_the_step_comes_before_that_of_its_run_configuration(workspace):
    workspace.client.compute_names = ["one", "two"]
    runconfig = RunConfiguration()
    runconfig.target = "one"
    made = graph(
        Pipeline(workspace, [step("a", runconfig=runconfig), step("b", runconfig=runconfig, compute_target="two")])
    )
    assert [s.compute for s in made.steps] == ["one", "two"]


def test_the_graph_is_shown_as_nodes_and_edges(workspace):
    store, data = workspace.datastore(), PipelineData("data")
    reference = store.path("in", "ref")
    first = step("first", reference, data, inputs=[reference], outputs=[data])
    second = step("second", data, PipelineParameter("p", 1), inputs=[data])
    third = step("third")
    third.run_after(first)
    shown = Pipeline(workspace, [first, second, third]).graph
    assert [n.name for n in shown.module_nodes] == ["first", "second", "third"]
    assert [n.datasource_def.path_on_datastore for n in shown.datasource_nodes] == ["in"]
    edges = {
        (e.source_port.node.name, e.source_port.name, e.dest_port.node.name, e.dest_port.name) for e in shown.edges
    }
    assert edges == {
        ("workspaceblobstore/in", "data", "first", "ref"),
        ("first", "data", "second", "data"),
        ("first", "_run_after_output", "third", "_run_after_input_0"),
    }
    assert shown.params["p"].default_value == 1
    assert shown.node_name_dict["first"][0].get_output("data").name == "data"
    assert shown.validate() == []
    with pytest.raises(NotImplementedError, match="steps in a Pipeline"):
        shown.connect(None, None)


def test_a_command_step_needs_no_script(workspace):
    made = Pipeline(workspace, [CommandStep("echo hi", name="say")])
    assert made._compiled.sources == {graph(made).steps[0].id: "."}


def test_a_thousand_steps_are_compiled_without_one_request(workspace):
    previous, steps = None, []
    for number in range(1000):
        made = PipelineData(f"d{number}")
        read = [] if previous is None else [previous]
        steps.append(step(f"s{number}", *read, made, inputs=read, outputs=[made]))
        previous = made
    compiled = Pipeline(workspace, steps[-1:])
    assert len(graph(compiled).steps) == 1000
    assert len({s.id for s in graph(compiled).steps}) == 1000


def test_a_table_parameter_is_handed_over(workspace):
    table = TabularDatasetFactory.from_delimited_files((workspace.datastore(), "t.csv"), validate=False)
    made = graph(Pipeline(workspace, [step("a", PipelineParameter("t", table))]))
    assert (made.steps[0].inputs[0].mode, made.steps[0].inputs[0].tabular) == ("direct", True)
