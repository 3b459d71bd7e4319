"""Runs of pipelines and steps: what is told while they run, how they end, what they left (contracts §11, §13)."""

from pathlib import Path

import pytest
from tests.sdk.doubles import WorkspaceDouble, ran, record_of

from azureml.exceptions import ActivityFailedException, ExperimentExecutionException, UserErrorException
from azureml.pipeline.core import PipelineRun, StepRun
from azureml.pipeline.core._narrator import Narrator
from azureml.pipeline.core._summary import summary
from stepworks.graph.document import Graph, Output, Script, Step, StepOutput
from stepworks.reuse.decision import Reason, ReuseDecision
from stepworks.runs.events import LogAppended, RunChanged
from stepworks.runs.values import Failure, Produced, ProducedFile
from stepworks.wire.runs import SubmitRun

REUSED = ReuseDecision(key="k", reused_from="earlier", reasons=(Reason("same", before="earlier"),))


def changed(run, status, name=None, **facts):
    return RunChanged(
        run=run, root="p", parent=None if run == "p" else "p", name=name, status=status, time=1.0, **facts
    )


def logged(run, text, offset=0, name="driver"):
    return LogAppended(run=run, root="p", name=name, offset=offset, data=text.encode())


def told(events, logs=None, **options):
    """What a narrator prints of these events."""
    narrator = Narrator("p", lambda run, name, offset: (logs or {})[run, name][offset:], **options)
    return "".join([*(text for e in events for text in narrator.take(e)), *narrator.end()])


# --- telling


def test_steps_that_run_at_once_are_told_one_after_the_other():
    text = told(
        [
            changed("p", "Running"),
            changed("a", "Running", "first"),
            changed("b", "Running", "second"),
            logged("a", "a1\n"),
            logged("b", "b1\n"),
            logged("a", "a2\n", offset=3),
            changed("a", "Completed", "first"),
            logged("b", "b2\n", offset=3),
            changed("b", "Completed", "second"),
            changed("p", "Completed"),
        ]
    )
    assert text == (
        "PipelineRun Status: Running\n"
        "\nStepRun(first) a\na1\na2\nStepRun(first) Status: Finished\n"
        "\nStepRun(second) b\nb1\nb2\nStepRun(second) Status: Finished\n"
    )


def test_what_a_step_wrote_just_before_its_end_is_told_though_it_comes_after():
    text = told([changed("a", "Running", "first"), changed("a", "Completed", "first"), logged("a", "last words")])
    assert text == "\nStepRun(first) a\nlast words\nStepRun(first) Status: Finished\n"


def test_a_log_that_is_told_twice_is_printed_once():
    text = told([changed("a", "Running", "s"), logged("a", "one\n"), logged("a", "one\ntwo\n")])
    assert text.count("one") == text.count("two") == 1


def test_a_log_too_long_to_hold_is_read_when_its_turn_comes():
    events = [
        changed("a", "Running", "first"),
        changed("b", "Running", "second"),
        logged("b", "0123456789"),
        logged("b", "x" * 20, offset=10),
        changed("a", "Completed", "first"),
        changed("b", "Completed", "second"),
    ]
    text = told(events, {("b", "driver"): b"0123456789" + b"x" * 20}, most_held=15)
    assert "\nStepRun(second) b\n0123456789" + "x" * 20 + "\n" in text


def test_a_character_cut_in_two_is_whole():
    e = "é".encode()
    events = [
        changed("a", "Running", "s"),
        LogAppended(run="a", root="p", name="driver", offset=0, data=e[:1]),
        LogAppended(run="a", root="p", name="driver", offset=1, data=e[1:]),
    ]
    assert "é" in told(events)


def test_reused_steps_take_a_line_and_no_more():
    events = [changed(str(i), "Completed", f"s{i}", reused_from="old") for i in range(1000)]
    lines = told(events).splitlines()
    assert len(lines) == 1000
    assert lines[7] == "StepRun(s7) Status: Finished, reused from old"


def test_a_canceled_step_says_why():
    text = told([changed("a", "Canceled", "s", note="Not run, because step 'b' failed.")])
    assert text == "StepRun(s) Status: Canceled (Not run, because step 'b' failed.)\n"


def test_the_summary_counts_what_was_reused_and_groups_why_others_ran():
    steps = [
        record_of("1", name="a", decision=REUSED),
        record_of("2", name="b", decision=ran(Reason("first_run"))),
        record_of("3", name="c", decision=ran(Reason("first_run"))),
        record_of("4", name="d", decision=ran(Reason("parameter", "rate", "1", "2"))),
        record_of("5", name="e", status="Failed"),
    ]
    text = summary(record_of("p", status="Failed", warnings=("careful",)), steps)
    assert "5 steps: 1 reused, 3 ran, 1 failed" in text
    assert "  b, c ran: no earlier run of this work\n" in text
    assert "  d ran: parameter rate changed: 1 → 2\n" in text
    assert "Warning: careful" in text


# --- runs


@pytest.fixture
def workspace(tmp_path):
    return WorkspaceDouble(tmp_path / "server")


def produced(workspace, name, path, **files):
    """An output that lies in the default datastore."""
    root = Path(workspace.client.stores["workspaceblobstore"].root, path)
    for file, text in files.items():
        root.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text)
    listed = tuple(ProducedFile(f, len(t), "h") for f, t in files.items())
    return Produced(name=name, datastore="workspaceblobstore", path=path, manifest="m", files=listed)


@pytest.fixture
def pipeline_run(workspace):
    outputs = (produced(workspace, "features", "azureml/s1/features", x="1", y="2"),)
    produced(workspace, "other", "azureml/s1/features2", z="3")
    steps = [
        record_of("s1", name="prepare", parent="p", node="n1", outputs=outputs, decision=ran(Reason("first_run"))),
        record_of("s2", name="train", parent="p", node="n2", decision=REUSED),
        record_of("s3", name="train", parent="p", node="n3", status="Running"),
    ]
    graph = Graph(
        steps=(
            Step(id="n1", name="prepare", work=Script("a.py"), outputs=(Output("features"),)),
            Step(id="n2", name="train", work=Script("a.py")),
            Step(id="n3", name="train", work=Script("a.py"), outputs=(Output("model"),)),
        ),
        outputs={"title": StepOutput("n1", "features")},
    )
    client = workspace.client
    client.below["p"] = steps
    client.records |= {r.id: r for r in [record_of("p", type="azureml.PipelineRun"), *steps]}
    client.submissions.append(SubmitRun(id="p", experiment="tests", graph=graph))
    client.events = [changed("s1", "Completed", "prepare"), changed("p", "Completed")]
    return PipelineRun(workspace.experiment(), "p")


def end(workspace, status, **facts):
    workspace.client.records["p"] = record_of("p", type="azureml.PipelineRun", status=status, **facts)


@pytest.mark.parametrize(
    ("status", "word"),
    [("Completed", "Finished"), ("Failed", "Failed"), ("Queued", "Running"), ("Canceled", "Canceled")],
)
def test_status_words_of_pipeline_runs(workspace, pipeline_run, status, word):
    end(workspace, status)
    assert (pipeline_run.get_status(), pipeline_run.status) == (word, status)


def test_waiting_returns_the_status_and_follows_one_stream(workspace, pipeline_run, capsys):
    assert pipeline_run.wait_for_completion() == "Finished"
    assert workspace.client.followed == ["p"]
    printed = capsys.readouterr().out
    for fragment in ("PipelineRunId: p", "StepRun(prepare) Status: Finished", "3 steps: ", "1 reused", "'runId': 'p'"):
        assert fragment in printed


def test_waiting_in_silence_prints_nothing(pipeline_run, capsys):
    assert pipeline_run.wait_for_completion(show_output=False) == "Finished"
    assert capsys.readouterr().out == ""


def test_a_failed_run_raises_what_failed_why_and_the_last_lines(workspace, pipeline_run):
    failure = Failure(
        cause="exception",
        message="ValueError: no rows",
        exception="ValueError",
        traceback='Traceback\n  File "train.py", line 3\nValueError: no rows',
        last_lines=("reading", "failing"),
    )
    end(workspace, "Failed", failure=failure)
    workspace.client.below["p"][2] = record_of("s3", name="train", parent="p", status="Failed", failure=failure)
    with pytest.raises(ActivityFailedException) as caught:
        pipeline_run.wait_for_completion(show_output=False)
    error = caught.value
    assert (error.step_name, error.step_run_id, error.cause, error.exception) == (
        "train",
        "s3",
        "exception",
        "ValueError",
    )
    assert error.last_lines == ("reading", "failing")
    assert "Step 'train' failed (exception): ValueError: no rows" in error.message
    assert 'File "train.py", line 3' in error.message
    assert '"error"' in error.message


def test_a_failed_run_may_be_told_instead(workspace, pipeline_run, capsys):
    failure = Failure(cause="exit_code", message="exit code 3", exit_code=3, last_lines=("bye",))
    end(workspace, "Failed", failure=failure)
    workspace.client.below["p"] = []
    assert pipeline_run.wait_for_completion(show_output=False, raise_on_error=False) == "Failed"
    printed = capsys.readouterr().out
    assert "exit code 3" in printed
    assert "    bye" in printed


def test_after_a_timeout_the_run_goes_on(workspace, pipeline_run, capsys):
    end(workspace, "Running")

    def forever(run_id, *, logs=True, timeout=60.0):
        import threading

        threading.Event().wait()
        yield

    workspace.client.follow = forever
    assert pipeline_run.wait_for_completion(show_output=False, timeout_seconds=0.01) == "Running"
    assert "Timed out after 0.01 seconds" in capsys.readouterr().out


def test_ctrl_c_stops_the_telling_and_not_the_run(workspace, pipeline_run):
    def interrupted(run_id, *, logs=True, timeout=60.0):
        raise KeyboardInterrupt
        yield

    workspace.client.follow = interrupted
    with pytest.raises(ExperimentExecutionException, match="goes on"):
        pipeline_run.wait_for_completion()


def test_steps_are_there_and_found_by_name(pipeline_run):
    steps = list(pipeline_run.get_steps())
    assert [type(s) for s in steps] == [StepRun] * 3
    assert [s.id for s in pipeline_run.find_step_run("train")] == ["s2", "s3"]
    assert pipeline_run.find_step_run("none") == []
    assert {s.pipeline_run_id for s in steps} == {"p"}


@pytest.mark.parametrize("method", ["complete", "fail", "child_run"])
def test_runs_that_the_server_conducts_are_not_conducted_by_hand(pipeline_run, method):
    for run in (pipeline_run, next(pipeline_run.get_steps())):
        with pytest.raises(NotImplementedError):
            getattr(run, method)()


def test_an_output_is_downloaded_below_its_path_and_nothing_that_only_begins_alike(pipeline_run, tmp_path):
    data = pipeline_run.find_step_run("prepare")[0].get_output_data("features")
    assert (data.datastore_name, data.path_on_datastore, data._path_on_datastore) == (
        "workspaceblobstore",
        "azureml/s1/features",
        "azureml/s1/features",
    )
    assert data.download(str(tmp_path / "got"), show_progress=False) == 2
    assert sorted(p.relative_to(tmp_path / "got").as_posix() for p in (tmp_path / "got").rglob("*") if p.is_file()) == [
        "azureml/s1/features/x",
        "azureml/s1/features/y",
    ]


def test_an_output_is_an_input_of_another_pipeline(pipeline_run):
    from azureml.pipeline.steps import PythonScriptStep

    data = pipeline_run.get_pipeline_output("title")
    built = PythonScriptStep(
        "run.py", arguments=[data, data.as_download("copy")], inputs=[data.as_download("copy"), data]
    )
    assert [p.name for p in built._declared.inputs] == ["copy", "features"]
    assert built._declared.inputs[1].source.path == "azureml/s1/features"


def test_outputs_that_are_not_there_say_so(pipeline_run):
    prepare, _, running = pipeline_run.get_steps()
    with pytest.raises(KeyError, match="There are: features"):
        prepare.get_output("feature")
    assert list(running.get_outputs()) == ["model"]
    with pytest.raises(UserErrorException, match="isn't written yet: the step is Running"):
        running.get_output_data("model")
    with pytest.raises(UserErrorException, match="There are: title"):
        pipeline_run.get_pipeline_output("other")


def test_a_step_tells_why_it_ran_or_was_reused(pipeline_run):
    prepare, train, _ = pipeline_run.get_steps()
    assert str(prepare.reuse) == "ran: no earlier run of this work"
    assert train.reuse.is_reused
    assert str(train.reuse) == "reused: nothing changed since run earlier"


def test_the_log_of_a_reused_step_is_that_of_the_run_that_wrote_it(workspace, pipeline_run):
    prepare, train, _ = pipeline_run.get_steps()
    log = "azureml-logs/70_driver_log.txt"
    workspace.client.logs |= {("s1", log): b"mine", ("earlier", log): b"earlier"}
    assert (prepare.get_stdout_log(), train.get_stdout_log(), prepare.get_job_log()) == ("mine", "earlier", "")
    assert prepare.get_details_with_logs()["STDOUT"] == "mine"


def test_a_step_run_is_waited_for_alone(workspace, pipeline_run, capsys):
    workspace.client.events = [
        changed("s1", "Running", "prepare"),
        logged("s1", "hello\n"),
        changed("s1", "Completed", "prepare"),
    ]
    prepare = pipeline_run.find_step_run("prepare")[0]
    assert prepare.wait_for_completion() == "Finished"
    printed = capsys.readouterr().out
    assert "hello" in printed
    assert "StepRun(prepare) Status: Finished" in printed


def test_a_pipeline_run_is_found_by_id_and_nothing_else_is(workspace, pipeline_run):
    assert isinstance(PipelineRun.get(workspace, "p"), PipelineRun)
    with pytest.raises(UserErrorException, match="not a PipelineRun"):
        PipelineRun.get(workspace, "s1")
    with pytest.raises(UserErrorException):
        PipelineRun.get(workspace, "none")


def test_runs_print_what_they_are(pipeline_run):
    assert str(pipeline_run) == "Run(Experiment: tests,\nId: p,\nType: azureml.PipelineRun,\nStatus: Completed)"
    assert "<table" in pipeline_run._repr_html_()


def test_the_graph_of_a_run_is_shown(pipeline_run):
    shown = pipeline_run.get_graph()
    assert [n.name for n in shown.module_nodes] == ["prepare", "train", "train"]
    assert shown.get_node("n1").get_output("features").pipeline_output_name == "title"


def test_publishing_names_what_to_do_instead(pipeline_run):
    with pytest.raises(NotImplementedError, match=r"Experiment\.submit"):
        pipeline_run.publish_pipeline("name", "description", "1.0")
