"""Waiting for a run and showing what it prints."""

import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from azureml.core.run import Run

_ENDED = frozenset({"Completed", "Failed", "Canceled", "Bypassed"})


def follow_run(run: "Run", *, show_output: bool, out: TextIO | None = None) -> None:
    """Return when the run has ended; show its log and what becomes of it meanwhile, if asked to."""
    from stepworks.runs.events import LogAppended

    screen: TextIO = out or sys.stdout
    if show_output:
        screen.write(f"RunId: {run.id}\nWeb View: {run.get_portal_url()}\n")
    status = ""
    for event in run._client.follow(run.id, logs=show_output):
        if event.run != run.id or not show_output:
            continue
        if isinstance(event, LogAppended):
            screen.write(event.data.decode(errors="replace"))
            screen.flush()
        elif event.status != status:
            status = event.status
            if status not in _ENDED:
                screen.write(f"\nRunId: {run.id}: {status}\n")
    if show_output:
        record = run._record()
        screen.write(f"\nExecution Summary\n=================\nRunId: {run.id}\nStatus: {record.status}\n")
        if record.failure is not None:
            screen.write(f"{record.failure.message}\n")
        screen.flush()
