"""Runs from their submission to their end, as rows, orders and events tell them."""

import pytest

from stepworks.errors import InvalidGraph, InvalidInput, NotFound
from stepworks.graph.document import (
    DataPathValue,
    DatasetValue,
    FromParameter,
    Graph,
    Input,
    InputPath,
    Output,
    Parameter,
    ParameterValue,
    Registration,
    Script,
    encode,
)
from stepworks.hashing import hash_bytes
from stepworks.records.rows import Dataset, DatasetVersion, Experiment, GraphDocument
from stepworks.runs.events import RunChanged
from stepworks.runs.values import Failure, Timings
from stepworks.testing.engine import World, chain, fan, graph, step, text
from stepworks.wire.agent import BoundDatastore, BoundInput, BoundOutput


def test_steps_exist_as_soon_as_submit_returns(world: World) -> None:
    run = world.engine.submit(world.request(chain("a", "b")))
    assert list(world.steps(run.id)) == ["a", "b"]
    assert world.statuses(run.id) == {"": "Running", "a": "Queued", "b": "NotStarted"}


def test_a_chain_runs_in_order(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b", "c"))
    assert agent.names == ["a"]
    assert agent.run_all() == ["a", "b", "c"]
    assert set(world.statuses(run).values()) == {"Completed"}
    assert world.engine.is_idle()


def test_as_many_run_at_once_as_there_are_slots(world: World) -> None:
    agent = world.agent(slots=3)
    world.submit(fan(10))
    agent.succeed("first")
    assert len(agent.names) == 3
    agent.succeed(agent.names[0])
    assert len(agent.names) == 3


def test_an_empty_pipeline_finishes_at_once(world: World) -> None:
    run = world.engine.submit(world.request(Graph()))
    assert run.status == "Completed"
    assert world.engine.is_idle()


def test_what_is_submitted_before_an_agent_comes_waits_for_it(world: World) -> None:
    run = world.submit(chain("a"))
    assert world.statuses(run)["a"] == "Queued"
    agent = world.agent()
    assert agent.names == ["a"]


def test_the_run_and_its_steps_say_where_they_belong(world: World) -> None:
    run = world.submit(chain("a", "b"), name="nightly", tags={"t": "1"}, properties={"p": "2"}, description="hello")
    row = world.run(run)
    assert (row.type, row.name, row.tags, row.properties) == ("azureml.PipelineRun", "nightly", {"t": "1"}, {"p": "2"})
    assert (row.number, row.root, row.parent, row.description) == (1, run, None, "hello")
    a, b = world.steps(run).values()
    assert (a.type, a.parent, a.root, a.number, b.number) == ("azureml.StepRun", run, run, 2, 3)
    assert a.tags == {"azureml.nodeid": "a", "azureml.pipeline": run}
    assert a.properties == {"ContentSnapshotId": "s" * 64}
    assert (a.name, a.node, a.target, a.snapshot) == ("a", "a", "local", "s" * 64)


def test_facts_of_the_source_go_to_their_steps(world: World) -> None:
    run = world.submit(chain("a", "b"), step_properties={"b": {"azureml.git.commit": "abc"}})
    assert "azureml.git.commit" not in world.steps(run)["a"].properties
    assert world.steps(run)["b"].properties["azureml.git.commit"] == "abc"


def test_the_graph_is_kept_by_its_content_once(world: World) -> None:
    one, two = world.submit(chain("a")), world.submit(chain("a"))
    assert world.run(one).graph == world.run(two).graph == hash_bytes(encode(chain("a")))
    with world.records.read() as view:
        assert [row.document for row in view.find(GraphDocument)] == [encode(chain("a"))]


def test_an_experiment_is_made_by_its_first_run(world: World) -> None:
    world.submit(chain("a"))
    with world.records.read() as view:
        assert [e.name for e in view.find(Experiment)] == ["e"]


def test_numbers_count_up_within_an_experiment(world: World) -> None:
    world.submit(chain("a", "b"))
    assert world.run(world.submit(chain("a"))).number == 4


def test_a_request_sent_twice_starts_one_run(world: World) -> None:
    world.submit(chain("a"), id="mine")
    again = world.engine.submit(world.request(chain("a"), id="mine"))
    assert again == world.run("mine")
    assert len(world.steps("mine")) == 1


def test_a_child_pipeline_belongs_to_the_root_of_its_parent(world: World) -> None:
    parent = world.submit(chain("a"))
    child = world.submit(chain("a"), parent=parent)
    assert (world.run(child).parent, world.run(child).root) == (parent, parent)
    assert world.steps(child)["a"].root == parent


def test_an_invalid_graph_is_refused_and_leaves_nothing(world: World) -> None:
    with pytest.raises(InvalidGraph, match="cycle: a → b → a"):
        world.engine.submit(world.request(graph(step("a", "b"), step("b", "a")), id="bad"))
    with pytest.raises(NotFound):
        world.engine.cancel("bad")


def test_a_parent_or_workspace_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(NotFound, match="parent"):
        world.submit(chain("a"), parent="nobody")
    request = world.request(chain("a"))
    with pytest.raises(NotFound, match="workspace 'x'"):
        world.engine.submit(type(request)(workspace="x", submission=request.submission))
    assert world.engine.is_idle()


def test_a_failed_step_stops_the_run_which_names_it(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b"))
    agent.fail("a", Failure(cause="exception", message="No such column.", exception="KeyError", last_lines=("x", "y")))
    assert world.statuses(run) == {"": "Failed", "a": "Failed", "b": "Canceled"}
    failure = world.run(run).failure
    assert failure is not None
    assert (failure.message, failure.last_lines) == ("Step 'a' failed: No such column.", ("x", "y"))
    assert world.steps(run)["b"].warnings == ("Not run, because step 'a' failed.",)


def test_a_failure_ends_what_runs_beside_it(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a"), step("b")))
    agent.fail("a")
    b = agent.order("b")
    assert agent.canceled == {b.attempt: "cancelled"}
    assert world.statuses(run) == {"": "Running", "a": "Failed", "b": "CancelRequested"}
    agent.fail("b", Failure(cause="cancelled", message="ended"))
    assert world.statuses(run) == {"": "Failed", "a": "Failed", "b": "Canceled"}


def test_with_continue_the_others_go_on(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a"), step("b", "a"), step("x"), step("y", "x")), continue_on_step_failure=True)
    agent.fail("a")
    agent.run_all()
    assert world.statuses(run) == {"": "Failed", "a": "Failed", "b": "Canceled", "x": "Completed", "y": "Completed"}


def test_every_change_is_told_in_order(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    a = world.steps(run)["a"].id
    agent.start("a")
    agent.succeed("a")
    assert world.told(a) == ["Preparing", "Running", "Completed"]
    assert world.told(run) == ["Running", "Completed"]


def test_times_of_a_step_are_those_of_its_attempt(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    world.clock.advance(5)
    agent.start("a", time=1_700_000_003.0)
    agent.succeed("a")
    a = world.steps(run)["a"]
    assert (a.created, a.started, a.ended, a.attempts) == (1_700_000_000.0, 1_700_000_003.0, 1_700_000_005.0, 1)


def test_an_order_has_everything_the_agent_needs(world: World) -> None:
    agent = world.agent()
    ported = step("b", "a", arguments=((InputPath("from_a"),), (ParameterValue("n"),)), parameters={"depth": 3})
    run = world.submit(graph(step("a"), ported, parameters=(Parameter("n", "int", 1), Parameter("m", "int", 2))))
    agent.succeed("a")
    a, b = (world.steps(run)[s].id for s in "ab")
    order = agent.order("b")
    assert (order.run, order.root, order.name, order.experiment, order.workspace) == (b, run, "b", "e", "w")
    assert (order.work, order.snapshot) == (ported.work, "s" * 64)
    assert order.inputs == (
        BoundInput(port=ported.inputs[0], datastore="workspaceblobstore", path=f"azureml/{a}/out", is_file=True),
    )
    assert order.outputs == (
        BoundOutput(port=Output(name="out"), datastore="workspaceblobstore", path=f"azureml/{b}/out"),
    )
    assert order.datastores == (
        BoundDatastore(name="workspaceblobstore", type="AzureBlob", root="/stores/workspaceblobstore"),
    )
    assert order.parameters == {"n": "1", "depth": "3"}
    assert order.variables == {
        "AML_PARAMETER_n": "1",
        "AML_PARAMETER_depth": "3",
        "AZUREML_RUN_ID": b,
        "AZUREML_ROOT_RUN_ID": run,
        "AZUREML_ARM_SUBSCRIPTION": "sub",
        "AZUREML_ARM_RESOURCEGROUP": "group",
        "AZUREML_ARM_WORKSPACE_NAME": "w",
        "AZUREML_ARM_PROJECT_NAME": "e",
        "AZUREML_EXPERIMENT_ID": order.variables["AZUREML_EXPERIMENT_ID"],
        "AZUREML_WORKSPACE_ID": "workspace-id",
        "AZUREML_RUN_TOKEN": f"token-of-{b}",
        "AZUREML_RUN_TOKEN_EXPIRY": "0",
        "AZUREML_SERVICE_ENDPOINT": "http://server",
        "AZUREML_DISCOVERY_SERVICE_ENDPOINT": "http://server/discovery",
    }


@pytest.mark.parametrize(
    ("port", "datastore", "path"),
    [
        (Output("out"), "workspaceblobstore", "azureml/RUN/out"),
        (Output("out", style="dataset"), "workspaceblobstore", "dataset/RUN/out"),
        (Output("out", datastore="other", path="/x/{run-id}/{output-name}/y"), "other", "x/RUN/out/y"),
        (Output("out", path=FromParameter("place")), "other", "given"),
        (Output("out", path=FromParameter("text")), "workspaceblobstore", "a/RUN"),
    ],
)
def test_outputs_go_where_they_were_declared_to_go(world: World, port: Output, datastore: str, path: str) -> None:
    agent = world.agent()
    declared = (
        Parameter("place", "datapath", DataPathValue("other", "given")),
        Parameter("text", "string", "a/{run-id}"),
    )
    run = world.submit(graph(step("b", outputs=(port,)), parameters=declared))
    bound = agent.order("b").outputs[0]
    assert (bound.datastore, bound.path) == (datastore, path.replace("RUN", world.steps(run)["b"].id))


def test_the_default_datastore_of_the_pipeline_comes_before_that_of_the_workspace(world: World) -> None:
    agent = world.agent()
    world.submit(graph(step("a"), default_datastore="other"))
    assert agent.order("a").outputs[0].datastore == "other"


def test_a_data_path_is_looked_at_and_bound(world: World) -> None:
    world.inputs.put("other/in/iris.csv", iris="1")
    agent = world.agent()
    raw = Input("raw", DataPathValue("other", "in/iris.csv"))
    world.submit(graph(step("a", inputs=(raw,))))
    order = agent.order("a")
    assert order.inputs == (BoundInput(port=raw, datastore="other", path="in/iris.csv"),)
    assert [d.name for d in order.datastores] == ["other", "workspaceblobstore"]


def test_data_given_as_a_parameter_are_looked_at_and_bound(world: World) -> None:
    agent = world.agent()
    raw = Input("raw", FromParameter("place"))
    declared = (Parameter("place", "datapath", DataPathValue("other", "a")),)
    world.submit(
        graph(step("a", inputs=(raw,)), parameters=declared), parameters={"place": DataPathValue("other", "b")}
    )
    assert agent.order("a").inputs[0].path == "b"
    assert world.inputs.asked == ["other/b"]


def save_dataset(world: World, id: str, version: int) -> None:
    dataset = Dataset(id=id, workspace="w", kind="file", plan=id.encode(), definition=id, created=0.0)
    named = DatasetVersion(workspace="w", name="iris", version=version, dataset=id, kind="file", created=0.0)
    world.records.write(lambda tx: tx.insert([dataset, named]))
    world.inputs.put(id, file=id)


def test_the_latest_version_of_a_dataset_is_that_at_the_start_of_the_step(world: World) -> None:
    agent = world.agent()
    save_dataset(world, "d1", 1)
    ds = Input("ds", DatasetValue(name="iris", version="latest"), mode="direct", style="dataset")
    world.submit(graph(step("a"), step("b", "a", inputs=(ds,))))
    save_dataset(world, "d2", 2)
    agent.succeed("a")
    world.settle()
    assert agent.order("b").inputs[1] == BoundInput(port=ds, dataset="d2", plan=b"d2")


def test_a_dataset_version_that_is_not_there_fails_the_step(world: World) -> None:
    world.agent()
    ds = Input("ds", DatasetValue(name="iris", version="7"))
    run = world.submit(graph(step("a", inputs=(ds,))))
    failure = world.steps(run)["a"].failure
    assert failure is not None
    assert (failure.cause, failure.message) == (
        "data_missing",
        "There is no dataset 'iris' version 7 in workspace 'w'. Register it first.",
    )


def test_equal_questions_at_the_same_time_are_asked_once(world: World) -> None:
    world.agent()
    raw = Input("raw", DataPathValue("other", "in"))
    world.submit(graph(*(step(f"s{i}", inputs=(raw,)) for i in range(20))))
    assert world.inputs.asked == ["other/in"]


def test_data_are_looked_at_anew_for_each_later_step(world: World) -> None:
    agent = world.agent()
    raw = Input("raw", DataPathValue("other", "in"))
    world.submit(graph(step("a", inputs=(raw,)), step("b", "a", inputs=(raw,))))
    agent.succeed("a")
    world.settle()
    assert world.inputs.asked == ["other/in", "other/in"]


def test_given_parameters_reach_the_steps_and_are_kept(world: World) -> None:
    agent = world.agent()
    declared = (Parameter("n", "int", 1),)
    run = world.submit(graph(step("a", arguments=((ParameterValue("n"),),)), parameters=declared), parameters={"n": 20})
    assert agent.order("a").parameters == {"n": "20"}
    submission = world.run(run).submission
    assert submission is not None
    assert submission.parameters == {"n": "20"}


def test_unknown_parameters_are_an_error_but_over_rest_a_warning(world: World) -> None:
    with pytest.raises(InvalidInput, match="no parameter 'x'"):
        world.submit(chain("a"), parameters={"x": 1})
    run = world.submit(chain("a"), parameters={"x": 1}, lenient=True)
    assert world.run(run).warnings == ("The pipeline has no parameter 'x'; it has none. It is ignored.",)


def test_a_script_run_is_its_only_step(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a")), kind="script", id="exp_1_abc")
    assert agent.order("a").run == run
    agent.start("a", time=7.0)
    row = world.run(run)
    assert (row.type, row.status, row.started, row.node, row.snapshot) == (
        "azureml.scriptrun",
        "Running",
        7.0,
        "a",
        "s" * 64,
    )
    agent.succeed("a")
    row = world.run(run)
    assert (row.status, row.outputs[0].path) == ("Completed", f"azureml/{run}/out")
    assert world.told(run) == ["NotStarted", "Preparing", "Running", "Completed"]
    assert world.engine.is_idle()


def test_a_script_run_has_one_step(world: World) -> None:
    with pytest.raises(InvalidInput, match="one step, not 2"):
        world.submit(chain("a", "b"), kind="script")


def test_a_failed_script_run_tells_its_failure(world: World) -> None:
    agent = world.agent()
    run = world.submit(graph(step("a")), kind="script")
    agent.fail("a", Failure(cause="exit_code", message="Exit code 42.", exit_code=42))
    row = world.run(run)
    assert (row.status, row.failure) == ("Failed", Failure(cause="exit_code", message="Exit code 42.", exit_code=42))


def test_outputs_are_registered_when_their_step_succeeds(world: World) -> None:
    agent = world.agent()
    world.submit(graph(step("a", outputs=(Output("out", style="dataset", register=Registration("features")),))))
    assert world.registered == []
    agent.succeed("a")
    assert [name for name, _ in world.registered] == ["features"]


def test_notes_of_the_agent_are_warnings_of_the_step(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    agent.succeed("a", notes=("Copied instead of mounted.",))
    assert world.steps(run)["a"].warnings == ("Copied instead of mounted.",)


def test_runs_that_a_script_began_and_left_open_end_with_it(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a"))
    a = world.steps(run)["a"]
    child = type(a)(
        id="child",
        workspace="w",
        experiment="e",
        type="",
        parent=a.id,
        root=run,
        number=9,
        status="Running",
        created=0.0,
    )
    world.records.write(lambda tx: tx.insert(child))
    agent.succeed("a")
    assert world.run("child").status == "Completed"


def test_the_steps_of_a_run_that_takes_too_long_are_ended(world: World) -> None:
    agent = world.agent()
    run = world.submit(chain("a", "b"), timeout_seconds=60.0)
    world.clock.advance(59)
    world.engine.tick()
    assert agent.canceled == {}
    world.clock.advance(1)
    world.engine.tick()
    assert list(agent.canceled.values()) == ["timeout"]
    agent.fail("a", Failure(cause="cancelled", message="ended"))
    assert world.statuses(run) == {"": "Failed", "a": "Canceled", "b": "Canceled"}
    assert world.run(run).failure == Failure(
        cause="timeout", message="The run took longer than the 60 seconds it was given."
    )


def test_a_wide_graph_is_taken_in_pieces(world: World) -> None:
    agent = world.agent(slots=100)
    run = world.submit(fan(400))
    agent.run_all()
    assert set(world.statuses(run).values()) == {"Completed"}


def test_texts_of_arguments_are_part_of_the_order(world: World) -> None:
    agent = world.agent()
    world.submit(graph(step("a", arguments=(text("--x"), text("1")))))
    assert agent.order("a").work == Script("a.py", (text("--x"), text("1")))


def test_a_step_that_has_to_wait_for_a_place_is_told_to_be_queued(world: World) -> None:
    agent = world.agent(slots=1)
    run = world.submit(graph(step("a"), step("b")))
    b = world.steps(run)["b"].id
    assert world.told(b) == ["Queued"]
    agent.run_all()
    assert world.told(b) == ["Queued", "Preparing", "Completed"]


def test_the_time_a_step_waited_is_known(world: World) -> None:
    run = world.submit(chain("a"))
    world.clock.advance(10)
    agent = world.agent()
    agent.succeed("a", timings=Timings(code=1_700_000_012.0))
    timings = world.steps(run)["a"].timings
    assert (timings.queued, timings.leased, timings.code) == (1_700_000_000.0, 1_700_000_010.0, 1_700_000_012.0)
    assert world.steps(run)["a"].started == 1_700_000_012.0


def test_a_reused_step_tells_why(world: World) -> None:
    agent = world.agent()
    first = world.submit(chain("a"))
    agent.run_all()
    second = world.submit(chain("a"))
    original, reused = world.steps(first)["a"].id, world.steps(second)["a"].id
    event = next(e for e in world.events if isinstance(e, RunChanged) and e.run == reused)
    assert (event.status, event.reused_from, event.note) == (
        "Completed",
        original,
        f"nothing changed since run {original}",
    )


def test_every_input_is_looked_at_once_for_a_step(world: World) -> None:
    agent = world.agent()
    inputs = tuple(Input(f"i{n}", DataPathValue("other", str(n))) for n in range(3))
    world.submit(graph(step("a", inputs=inputs)))
    assert world.inputs.asked == ["other/0", "other/1", "other/2"]
    assert agent.names == ["a"]
