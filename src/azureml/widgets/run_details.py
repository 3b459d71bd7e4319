"""`RunDetails`: shows a run and its steps while they run."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from azureml.widgets._progress import Progress, after, as_html

if TYPE_CHECKING:
    from azureml.core.run import Run

_ENDED = frozenset({"Completed", "Failed", "Canceled", "Bypassed"})


class RunDetails:
    """A run to show. Raises ValueError when it is given something else."""

    def __init__(self, run_instance: "Run") -> None:
        if not hasattr(run_instance, "id") or not hasattr(run_instance, "get_status"):
            raise ValueError(
                f"RunDetails shows a run, as Experiment.submit gives; not a {type(run_instance).__name__}."
            )
        self._run = run_instance

    def show(
        self, render_lib: Callable[[str], object] | None = None, widget_settings: Mapping[str, Any] | None = None
    ) -> None:
        """Show the run and its steps.

        In a notebook: returns at once, and the table is kept up to date until the run ends. Elsewhere: prints a line
        for each change of a status and returns when the run has ended. A run that this script conducts itself is shown
        as it is. `render_lib`, if given, is called with the table as HTML instead, once.
        """
        run = self._run
        if render_lib is not None:
            render_lib(as_html(_standing(run), run.get_portal_url()))
        elif _in_notebook():
            _show_in_notebook(run)
        elif _is_conducted_here(run):
            sys.stdout.write(f"Run {run.id}: {run.get_status()}\n")
        else:
            for _, line in _changes(run):
                sys.stdout.write(line + "\n")
                sys.stdout.flush()

    def get_widget_data(self, widget_settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What is shown, as a dictionary: status, run_id, run_properties, run_metrics, child_runs and their metrics."""
        run = self._run
        metrics = run.get_metrics(recursive=True)
        children = [_facts(child) for child in run.get_children(recursive=True)]
        return {
            "status": run.get_status(),
            "workbench_run_details_uri": run.get_portal_url(),
            "run_id": run.id,
            "run_properties": {**_facts(run), "properties": run.get_properties()},
            "run_metrics": _series(metrics.get(run.id, {})),
            "child_runs": children,
            "children_metrics": {c["run_id"]: _series(metrics.get(c["run_id"], {})) for c in children},
            "widget_settings": dict(widget_settings or {}),
            "loading": False,
        }


def _changes(run: "Run") -> Iterator[tuple[Progress, str]]:
    """Each change of a status with what is known by then, until the run ends."""
    from stepworks.runs.events import RunChanged

    progress = Progress(run.id)
    for event in run._client.follow(run.id, logs=False):
        if isinstance(event, RunChanged):
            progress, line = after(progress, event)
            if line is not None:
                yield progress, line


def _standing(run: "Run") -> Progress:
    """How the run and its steps stand now."""
    from stepworks.runs.events import RunChanged

    progress = Progress(run.id)
    for r in (run._record(), *run._client.children(run.id, recursive=True)):
        reused = r.decision.reused_from if r.decision else None
        event = RunChanged(
            run=r.id, root=r.root, name=r.name, status=r.status, time=r.created, reused_from=reused, failure=r.failure
        )
        progress, _ = after(progress, event)
    return progress


def _show_in_notebook(run: "Run") -> None:
    from IPython.display import HTML, display  # pyright: ignore[reportMissingImports]

    link = run.get_portal_url()
    handle: Any = display(HTML(as_html(_standing(run), link)), display_id=True)
    if handle is None or _is_conducted_here(run) or run.get_status() in _ENDED:
        return

    def keep_up() -> None:
        try:
            for progress, _ in _changes(run):
                handle.update(HTML(as_html(progress, link)))
        except Exception as e:
            handle.update(HTML(f"{as_html(_standing(run), link)}<p>No longer followed: {type(e).__name__}</p>"))

    threading.Thread(target=keep_up, name=f"details of {run.id}", daemon=True).start()


def _is_conducted_here(run: "Run") -> bool:
    # Following a run that this very script has to end would wait for ever.
    return not run.type or not hasattr(run, "_client")


def _in_notebook() -> bool:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


def _facts(run: "Run") -> dict[str, Any]:
    record = run._record()
    return {
        "run_id": record.id,
        "name": record.name,
        "run_type": record.type,
        "status": record.status,
        "run_number": record.number,
        "created_time": record.created,
        "start_time": record.started,
        "end_time": record.ended,
        "is_reused": bool(record.decision and record.decision.reused_from),
        "tags": record.tags,
    }


def _series(metrics: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"name": name, "series": value if isinstance(value, list) else [value]} for name, value in metrics.items()]
