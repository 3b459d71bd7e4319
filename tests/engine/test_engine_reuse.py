"""Reuse: which steps run, which do not, and why."""

from stepworks.compute.fake import FakeAgent
from stepworks.graph.document import DataPathValue, Graph, Input, Output, Parameter, ParameterValue, Registration, Step
from stepworks.graph.environment import EnvironmentSpec
from stepworks.hashing import content_hash, hash_bytes
from stepworks.records.rows import ReuseEntry
from stepworks.reuse.decision import Reason, ReuseDecision
from stepworks.runs.values import Failure, Produced, ProducedFile
from stepworks.snapshots.tree import File, Tree
from stepworks.testing.engine import World, chain, fan, graph, step
from stepworks.wire.agent import AttemptEnded, RunAttempt


def ran(world: World, agent: FakeAgent, g: Graph, **more: object) -> tuple[str, list[str]]:
    """Run a graph to its end: the run, and the steps that were executed."""
    run = world.submit(g, **more)
    done: list[str] = []
    while more_done := agent.run_all():
        done += more_done
        world.settle()
    return run, done


def reasons(world: World, run: str, node: str) -> list[str]:
    decision = world.steps(run)[node].decision
    assert decision is not None
    return [str(r) for r in decision.reasons]


def test_an_unchanged_pipeline_runs_nothing(world: World) -> None:
    agent = world.agent()
    first, done = ran(world, agent, chain("a", "b", "c"))
    assert done == ["a", "b", "c"]
    second, done = ran(world, agent, chain("a", "b", "c"))
    assert done == []
    assert set(world.statuses(second).values()) == {"Completed"}
    for node, row in world.steps(second).items():
        original = world.steps(first)[node]
        assert row.outputs == original.outputs
        assert row.decision == ReuseDecision(
            row.decision.key if row.decision else "", original.id, (Reason("same", before=original.id),), original.id
        )
        assert row.properties["azureml.reusedrunid"] == original.id
        assert row.properties["azureml.reusednodeid"] == node
        assert row.properties["azureml.reusedpipeline"] == first
        assert row.properties["ContentSnapshotId"] == "s" * 64
        assert row.attempts == 0


def test_the_first_run_has_no_earlier_one(world: World) -> None:
    run, _ = ran(world, world.agent(), chain("a"))
    assert reasons(world, run, "a") == ["no earlier run of this work"]


def test_reuse_goes_over_pipelines_and_experiments_of_a_workspace(world: World) -> None:
    agent = world.agent()
    ran(world, agent, chain("a", "b"))
    request = world.request(graph(step("a"), step("z", "a")))
    other = type(request)(
        workspace="w",
        submission=type(request.submission)(id="other", experiment="another", graph=request.submission.graph),
    )
    world.engine.submit(other)
    assert world.statuses("other")["a"] == "Completed"
    assert agent.names == ["z"]


def with_parameter(value: int) -> dict[str, object]:
    return {"parameters": {"n": value}}


def test_a_changed_parameter_runs_its_step_and_says_so(world: World) -> None:
    agent = world.agent()
    g = graph(step("a", arguments=((ParameterValue("n"),),)), step("b"), parameters=(Parameter("n", "int", 10),))
    first, _ = ran(world, agent, g)
    second, done = ran(world, agent, g, **with_parameter(20))
    assert done == ["a"]
    assert reasons(world, second, "a") == ["parameter n changed: 10 → 20"]
    decision = world.steps(second)["a"].decision
    assert decision is not None
    assert decision.nearest == world.steps(first)["a"].id


def test_equal_results_stop_the_wave_of_reruns(world: World) -> None:
    agent = world.agent()
    g = graph(step("a", arguments=((ParameterValue("n"),),)), step("b", "a"), parameters=(Parameter("n", "int", 1),))
    ran(world, agent, g)
    _, done = ran(world, agent, g, **with_parameter(2))
    assert done == ["a"]


def test_other_results_run_what_reads_them(world: World) -> None:
    agent = world.agent()
    g = graph(step("a", arguments=((ParameterValue("n"),),)), step("b", "a"), parameters=(Parameter("n", "int", 1),))
    first, _ = ran(world, agent, g)
    run = world.submit(g, **with_parameter(2))
    agent.arrived.clear()
    agent.succeed("a", {"out": b"something else"})
    assert agent.names == ["b"]
    world.settle()
    assert reasons(world, run, "b") == ["input from_a changed"]
    assert world.steps(first)["b"].decision != world.steps(run)["b"].decision


def snapshot(world: World, **files: str) -> str:
    tree = Tree.of(File(f"{name}.py", world.objects.put(text.encode()), len(text)) for name, text in files.items())
    return world.objects.put(tree.encode())


def test_a_changed_snapshot_names_the_file(world: World) -> None:
    agent = world.agent()
    before, now = snapshot(world, train="1", same="x"), snapshot(world, train="2", same="x")
    ran(world, agent, graph(step("a", snapshot=before)))
    run, done = ran(world, agent, graph(step("a", snapshot=now)))
    assert done == ["a"]
    assert reasons(world, run, "a") == ["snapshot train.py changed"]


def test_a_changed_input_names_the_file_of_the_step_that_wrote_it(world: World) -> None:
    agent = world.agent()
    g = graph(step("a", arguments=((ParameterValue("n"),),)), step("b", "a"), parameters=(Parameter("n", "int", 1),))
    world.submit(g)
    agent.end(agent.order("a"), with_files(agent.order("a"), same=b"0", new=b"1"))
    agent.run_all()
    run = world.submit(g, **with_parameter(2))
    agent.end(agent.order("a"), with_files(agent.order("a"), same=b"0", new=b"2"))
    world.settle()
    assert reasons(world, run, "b") == ["input from_a: file new changed"]


def with_files(order: RunAttempt, **files: bytes) -> AttemptEnded:
    """The report of a success whose outputs are folders with these files."""
    listed = tuple(ProducedFile(name, len(data), hash_bytes(data)) for name, data in files.items())
    manifest = content_hash("fake-manifest", [(f.path, f.size, f.hash) for f in listed])
    outputs = tuple(
        Produced(name=o.port.name, datastore=o.datastore, path=o.path, manifest=manifest, files=listed)
        for o in order.outputs
    )
    return AttemptEnded(attempt=order.attempt, lease=order.lease, outputs=outputs)


def test_changed_data_behind_an_unchanged_path_run_the_step(world: World) -> None:
    agent = world.agent()
    raw = Input("raw", DataPathValue("other", "in"))
    world.inputs.put("other/in", iris="1")
    ran(world, agent, graph(step("a", inputs=(raw,))))
    assert ran(world, agent, graph(step("a", inputs=(raw,))))[1] == []
    world.inputs.put("other/in", iris="2")
    run, done = ran(world, agent, graph(step("a", inputs=(raw,))))
    assert done == ["a"]
    assert reasons(world, run, "a") == ["input raw changed: 1 files → 1 files"]


def test_equal_data_at_another_path_are_equal(world: World) -> None:
    agent = world.agent()
    world.inputs.put("other/in", iris="1")
    world.inputs.put("other/copy", iris="1")
    ran(world, agent, graph(step("a", inputs=(Input("raw", DataPathValue("other", "in")),))))
    assert ran(world, agent, graph(step("a", inputs=(Input("raw", DataPathValue("other", "copy")),))))[1] == []


def test_a_changed_environment_names_the_package(world: World) -> None:
    agent = world.agent()
    ran(world, agent, graph(step("a", environment=EnvironmentSpec(pip=("numpy==1.0",)))))
    run, done = ran(world, agent, graph(step("a", environment=EnvironmentSpec(pip=("numpy==1.1",)))))
    assert done == ["a"]
    assert reasons(world, run, "a") == ["environment numpy changed: 1.0 → 1.1"]


def test_names_of_steps_do_not_matter(world: World) -> None:
    agent = world.agent()
    ran(world, agent, graph(step("a")))
    assert ran(world, agent, graph(step("a", name="renamed")))[1] == []


def test_a_step_that_does_not_allow_reuse_always_runs_but_may_feed_others(world: World) -> None:
    agent = world.agent()
    never = graph(step("a", allow_reuse=False))
    assert ran(world, agent, never)[1] == ["a"]
    run, done = ran(world, agent, never)
    assert done == ["a"]
    assert reasons(world, run, "a") == ["allow_reuse=False"]
    assert ran(world, agent, graph(step("a")))[1] == []


def test_regenerating_runs_everything_and_may_feed_later_runs(world: World) -> None:
    agent = world.agent()
    ran(world, agent, chain("a", "b"))
    run, done = ran(world, agent, chain("a", "b"), regenerate_outputs=True)
    assert done == ["a", "b"]
    assert reasons(world, run, "b") == ["regenerate_outputs=True"]
    third, done = ran(world, agent, chain("a", "b"))
    assert done == []
    assert world.steps(third)["a"].properties["azureml.reusedpipeline"] == run


def test_failed_and_canceled_steps_are_never_reused(world: World) -> None:
    agent = world.agent()
    world.submit(graph(step("a"), step("b")), continue_on_step_failure=True)
    agent.fail("a")
    agent.fail("b", Failure(cause="signal", message="Killed."))
    assert ran(world, agent, graph(step("a"), step("b")))[1] == ["a", "b"]


def test_results_whose_bytes_are_gone_are_made_again(world: World) -> None:
    agent = world.agent()
    first, _ = ran(world, agent, chain("a"))
    world.produced.gone.add(world.steps(first)["a"].outputs[0].manifest)
    run, done = ran(world, agent, chain("a"))
    assert done == ["a"]
    assert reasons(world, run, "a") == ["an equal run exists, but its output out is not there any more"]


def test_an_older_equal_run_serves_when_the_newest_is_gone(world: World) -> None:
    agent = world.agent()
    never = graph(step("a", allow_reuse=False))
    first = world.submit(never)
    agent.arrived.clear()
    agent.succeed("a", {"out": b"first"})
    second = world.submit(never)
    agent.arrived.clear()
    agent.succeed("a", {"out": b"second"})
    world.produced.gone.add(world.steps(second)["a"].outputs[0].manifest)
    third = world.submit(graph(step("a")))
    assert world.steps(third)["a"].properties["azureml.reusedpipeline"] == first


def test_slow_storages_are_looked_at_in_the_background(world: World) -> None:
    agent = world.agent()
    first, _ = ran(world, agent, chain("a"))
    world.produced.is_slow = True
    run = world.engine.submit(world.request(chain("a"))).id
    assert world.statuses(run)["a"] == "NotStarted"
    world.settle()
    assert world.statuses(run) == {"": "Completed", "a": "Completed"}
    world.produced.gone.add(world.steps(first)["a"].outputs[0].manifest)
    assert ran(world, agent, chain("a"))[1] == ["a"]


def test_equal_steps_whose_slow_storage_has_lost_the_bytes_run_once(world: World) -> None:
    agent = world.agent(slots=4)
    first, _ = ran(world, agent, chain("a"))
    world.produced.is_slow = True
    world.produced.gone.add(world.steps(first)["a"].outputs[0].manifest)
    one, two = (world.engine.submit(world.request(chain("a"))).id for _ in range(2))
    world.settle()
    assert agent.names == ["a"]
    agent.succeed("a")
    assert [world.statuses(run)["a"] for run in (one, two)] == ["Completed", "Completed"]


def test_a_step_canceled_while_a_slow_storage_is_looked_at_stays_canceled(world: World) -> None:
    agent = world.agent()
    ran(world, agent, chain("a"))
    world.produced.is_slow = True
    run = world.engine.submit(world.request(chain("a"))).id
    world.engine.cancel(run)
    world.settle()
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled"}
    assert agent.names == []


def to(path: str) -> Graph:
    return graph(step("a", outputs=(Output("out", path=path),)), step("b", "a"))


def test_a_reused_output_is_brought_to_the_destination_that_the_step_has_now(world: World) -> None:
    agent = world.agent()
    first, _ = ran(world, agent, to("here"))
    again, done = ran(world, agent, to("here"))
    assert (done, world.produced.delivered) == ([], [])
    moved, done = ran(world, agent, to("there"))
    assert (done, world.produced.delivered) == ([], ["workspaceblobstore/there"])
    row = world.steps(moved)["a"]
    assert [o.path for o in row.outputs] == ["there"]
    assert reasons(world, moved, "a") == [f"nothing changed since run {world.steps(first)['a'].id}"]
    assert [o.path for o in world.steps(again)["a"].outputs] == ["here"]


def test_a_destination_of_each_run_is_left_where_it_was(world: World) -> None:
    agent = world.agent()
    first, _ = ran(world, agent, to("results/{run-id}"))
    second, done = ran(world, agent, to("results/{run-id}"))
    assert (done, world.produced.delivered) == ([], [])
    assert world.steps(second)["a"].outputs == world.steps(first)["a"].outputs


def test_a_step_runs_when_its_earlier_output_cannot_be_brought_to_its_place(world: World) -> None:
    agent = world.agent()
    ran(world, agent, to("here"))
    world.produced.taken.add("workspaceblobstore/there")
    run, done = ran(world, agent, to("there"))
    assert done == ["a"]
    assert reasons(world, run, "a") == ["outputs out changed: here → there"]


def test_an_equal_step_that_waited_gets_the_output_at_its_own_destination(world: World) -> None:
    agent = world.agent(slots=4)
    one, two = (world.engine.submit(world.request(to(path))).id for path in ("here", "there"))
    world.settle()
    assert agent.names == ["a"]
    agent.succeed("a")
    world.settle()
    agent.run_all()
    world.settle()
    assert [world.steps(run)["a"].outputs[0].path for run in (one, two)] == ["here", "there"]
    assert world.produced.delivered == ["workspaceblobstore/there"]


def test_a_run_canceled_while_an_output_is_brought_stays_canceled(world: World) -> None:
    agent = world.agent()
    ran(world, agent, to("here"))
    run = world.engine.submit(world.request(to("there"))).id
    world.engine.cancel(run)
    world.settle()
    assert world.statuses(run) == {"": "Canceled", "a": "Canceled", "b": "Canceled"}


def test_reuse_holds_over_a_restart(world: World) -> None:
    ran(world, world.agent(), chain("a", "b"))
    world.restart()
    assert ran(world, world.agent("agent-2"), chain("a", "b"))[1] == []


def test_what_a_reused_step_registers_is_registered_again(world: World) -> None:
    agent = world.agent()
    named = [graph(step("a", outputs=(Output("out", register=Registration(name)),))) for name in ("one", "two")]
    ran(world, agent, named[0])
    assert ran(world, agent, named[1])[1] == []
    assert [name for name, _ in world.registered] == ["one", "two"]


def test_a_thousand_reused_steps_are_all_told(world: World) -> None:
    agent = world.agent(slots=50)
    ran(world, agent, fan(300))
    run, done = ran(world, agent, fan(300))
    assert done == []
    assert set(world.statuses(run).values()) == {"Completed"}
    with world.records.read() as view:
        assert view.count(ReuseEntry) == 302


# --- single flight


def twins(**more: object) -> tuple[Step, Step]:
    """Two steps that are the same work."""
    one = step("a", **more)
    fields = {f: getattr(one, f) for f in one.__struct_fields__}
    return one, type(one)(**(fields | {"id": "b", "name": "b"}))


def test_equal_steps_at_the_same_time_run_once(world: World) -> None:
    agent = world.agent(slots=4)
    run = world.submit(graph(*twins()))
    assert agent.names == ["a"]
    agent.succeed("a")
    a, b = world.steps(run).values()
    assert (a.status, b.status) == ("Completed", "Completed")
    assert b.properties["azureml.reusedrunid"] == a.id
    assert b.outputs == a.outputs


def test_equal_steps_of_two_runs_run_once(world: World) -> None:
    agent = world.agent(slots=4)
    one, two = world.submit(chain("a", "b")), world.submit(chain("a", "b"))
    assert agent.run_all() == ["a", "b"]
    assert set(world.statuses(one).values()) == set(world.statuses(two).values()) == {"Completed"}


def test_when_the_one_that_runs_fails_the_next_one_runs(world: World) -> None:
    agent = world.agent(slots=4)
    one, two, three = (world.submit(chain("a")) for _ in range(3))
    agent.fail("a")
    assert world.statuses(one)["a"] == "Failed"
    assert agent.names == ["a"]
    agent.succeed("a")
    assert [world.statuses(run)["a"] for run in (two, three)] == ["Completed", "Completed"]


def test_when_the_one_that_runs_is_canceled_the_next_one_runs(world: World) -> None:
    agent = world.agent(slots=4)
    one, two = world.submit(chain("a")), world.submit(chain("a"))
    world.engine.cancel(one)
    agent.fail("a", Failure(cause="cancelled", message="ended"))
    assert agent.names == ["a"]
    agent.succeed("a")
    assert (world.statuses(one)["a"], world.statuses(two)["a"]) == ("Canceled", "Completed")


def test_one_who_waits_may_be_canceled(world: World) -> None:
    agent = world.agent(slots=4)
    one, two = world.submit(chain("a")), world.submit(chain("a"))
    world.engine.cancel(two)
    assert world.statuses(two) == {"": "Canceled", "a": "Canceled"}
    agent.succeed("a")
    assert world.statuses(one)["a"] == "Completed"
    assert world.engine.is_idle()


def test_a_failure_takes_the_twin_in_the_same_run_with_it(world: World) -> None:
    agent = world.agent(slots=4)
    run = world.submit(graph(*twins()))
    agent.fail("a")
    assert world.statuses(run) == {"": "Failed", "a": "Failed", "b": "Canceled"}
    assert agent.names == []


def test_a_lost_attempt_keeps_the_others_waiting(world: World) -> None:
    agent = world.agent(slots=4)
    world.submit(chain("a"))
    two = world.submit(chain("a"))
    world.dead.add(agent.id)
    agent.leave()
    second = world.agent("agent-2")
    assert second.names == ["a"]
    second.succeed("a")
    assert world.statuses(two)["a"] == "Completed"


def test_steps_that_do_not_allow_reuse_run_side_by_side(world: World) -> None:
    agent = world.agent(slots=4)
    world.submit(graph(*twins(allow_reuse=False)))
    assert sorted(agent.names) == ["a", "b"]


def test_one_who_allows_reuse_waits_for_one_who_does_not(world: World) -> None:
    agent = world.agent(slots=4)
    world.submit(graph(step("a", allow_reuse=False)))
    two = world.submit(graph(step("a")))
    assert agent.names == ["a"]
    agent.succeed("a")
    assert world.statuses(two)["a"] == "Completed"
