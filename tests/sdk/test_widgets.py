"""What is shown of a run while it runs."""

import sys
import threading
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from azureml.exceptions import UserErrorException
from azureml.widgets import ParallelRunStepDetails, RunDetails
from azureml.widgets._progress import Progress, Seen, after, as_html
from stepworks.runs.events import LogAppended, RunChanged
from stepworks.runs.values import Failure


def changed(run: str, status: str, **more: Any) -> RunChanged:
    return RunChanged(**{"run": run, "root": "p", "status": status, "time": 1.0, **more})


class FakeRun:
    """A run whose events are given."""

    def __init__(self, events: list[Any], type: str = "azureml.PipelineRun") -> None:
        self.id = "p"
        self.type = type
        self._client = SimpleNamespace(follow=lambda run, logs: iter(events))

    def get_status(self) -> str:
        return "Running"

    def get_portal_url(self) -> str:
        return "http://here/p"

    def get_children(self) -> list[Any]:
        return [SimpleNamespace(name="score", id="s")]


EVENTS = [
    changed("p", "Running"),
    changed("s", "Queued", name="score", parent="p"),
    LogAppended(run="s", root="p", name="x", offset=0, data=b"noise"),
    changed("s", "Queued", name="score", parent="p"),
    changed("s", "Completed", name="score", parent="p", reused_from="old", time=3.5),
    changed("t", "Failed", name="train", parent="p", failure=Failure(cause="exception", message="No <data>")),
    changed("p", "Failed"),
]


def progress_of(events: list[Any]) -> Progress:
    progress = Progress("p")
    for event in events:
        if isinstance(event, RunChanged):
            progress, _ = after(progress, event)
    return progress


def test_a_terminal_gets_one_line_for_each_change(capsys: pytest.CaptureFixture[str]) -> None:
    run: Any = FakeRun(EVENTS)
    RunDetails(run).show()
    assert capsys.readouterr().out.splitlines() == [
        "Run p: Running",
        "  score: Queued",
        "  score: Completed (reused)",
        "  train: Failed: No <data>",
        "Run p: Failed",
    ]


def test_a_run_that_this_script_conducts_is_shown_and_not_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    def endless() -> Any:
        raise AssertionError("followed")
        yield

    run: Any = FakeRun([], type="")
    run._client = SimpleNamespace(follow=lambda *_, **__: endless())
    RunDetails(run).show()
    assert capsys.readouterr().out == "Run p: Running\n"


def test_progress_keeps_the_first_and_the_last_time() -> None:
    progress = progress_of(EVENTS)
    assert progress.status == "Failed"
    assert progress.seen["s"] == Seen("score", "Completed", since=1.0, until=3.5, reused=True)


def test_the_table_escapes_what_steps_say() -> None:
    html = as_html(progress_of(EVENTS), 'http://here/"p')
    assert "No &lt;data&gt;" in html
    assert 'href="http://here/&quot;p"' in html
    assert "<td>2.5</td>" in html


def test_only_runs_are_shown() -> None:
    with pytest.raises(ValueError, match="not a str"):
        RunDetails("run-id")  # pyright: ignore


def test_a_step_is_found_by_its_name() -> None:
    run: Any = FakeRun([])
    assert ParallelRunStepDetails(run, "score").step_run.id == "s"
    with pytest.raises(UserErrorException, match="It has: score"):
        ParallelRunStepDetails(run, "skore")
    with pytest.raises(UserErrorException, match="Give run_instance"):
        ParallelRunStepDetails(step_name="score")


def record(id: str, status: str, name: str) -> Any:
    return SimpleNamespace(id=id, root="p", name=name, status=status, created=1.0, decision=None, failure=None)


def test_a_notebook_gets_a_table_that_is_kept_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    class ZMQInteractiveShell: ...

    ipython: Any = ModuleType("IPython")
    ipython.get_ipython = ZMQInteractiveShell
    ipython.display = ModuleType("IPython.display")
    ipython.display.HTML = str
    handle = SimpleNamespace(update=shown.append)
    ipython.display.display = lambda html, display_id: (shown.append(html), handle)[1]
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    run: Any = FakeRun(EVENTS)
    run._record = lambda: record("p", "Running", "pipeline")
    run._client.children = lambda run_id, recursive: [record("s", "Queued", "score")]

    RunDetails(run).show()
    for thread in threading.enumerate():
        if thread.name == "details of p":
            thread.join(10)

    assert "Queued" in shown[0]
    assert "No &lt;data&gt;" in shown[-1]
    assert len(shown) == 6


def test_a_renderer_of_ones_own_gets_the_table() -> None:
    run: Any = FakeRun([])
    run._record = lambda: record("p", "Running", "pipeline")
    run._client.children = lambda run_id, recursive: [record("s", "Queued", "score")]
    shown: list[str] = []
    RunDetails(run).show(render_lib=shown.append)
    assert len(shown) == 1
    assert "<td>score</td>" in shown[0]
