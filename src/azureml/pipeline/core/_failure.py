"""A failed pipeline run as an exception that says what failed, why, and what the script last said."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azureml.exceptions import ActivityFailedException

if TYPE_CHECKING:
    from stepworks.runs.values import Failure
    from stepworks.wire.runs import RunRecord

_LAST_LINES = 20


class StepFailed(ActivityFailedException):
    """A pipeline run failed because a step did; `step_run.wait_for_completion` raises it too.

    `step_name`, `cause` (exception, exit_code, signal, out_of_memory, timeout, data_missing, environment, lost …),
    `exception` (the class name), `traceback` and `last_lines` are those of the first step that failed.
    """

    def __init__(self, error_details: str, step: "RunRecord", **kwargs: Any) -> None:
        super().__init__(error_details, **kwargs)
        failure = step.failure
        self.step_name = step.name or step.id
        self.step_run_id = step.id
        self.cause = failure.cause if failure else None
        self.exception = failure.exception if failure else None
        self.traceback = failure.traceback if failure else None
        self.last_lines = failure.last_lines if failure else ()

    def __str__(self) -> str:
        # Without the frame of other exceptions, which would say everything a second time.
        return self.message


def failure_of(run: "RunRecord", failed: Sequence["RunRecord"], details: dict[str, Any]) -> ActivityFailedException:
    """The exception for a failed run: of its failed steps, the first one to end comes first."""
    told = sorted(failed, key=lambda r: r.ended or 0.0)
    if run.failure is not None and not told:
        told = [run]
    text = "\n\n".join(described(r) for r in told) or f"Run {run.id} failed."
    message = f"{text}\n\n{json.dumps(_short(details), indent=4)}"
    return StepFailed(message, told[0]) if told else ActivityFailedException(message)


def _short(details: dict[str, Any]) -> dict[str, Any]:
    """The error of a run's details, its message cut to one line: the whole of it is said in words."""
    given = details.get("error", {"error": {"message": "The run failed."}})
    error = dict(given["error"])
    return given | {"error": error | {"message": str(error["message"]).partition("\n")[0]}}


def described(step: "RunRecord") -> str:
    """What went wrong in a step: cause, message, and its traceback or the end of its log."""
    failure = step.failure
    if failure is None:
        return f"Step '{step.name or step.id}' failed."
    lines = [f"Step '{step.name or step.id}' failed ({failure.cause}): {failure.message}"]
    shown = _shown(failure)
    if shown:
        lines.append(shown)
    return "\n".join(lines)


def _shown(failure: "Failure") -> str:
    if failure.traceback and failure.traceback.strip() not in failure.message:
        return _indented(failure.traceback.rstrip().splitlines())
    if failure.last_lines:
        return "Last lines of its log:\n" + _indented(failure.last_lines[-_LAST_LINES:])
    return ""


def _indented(lines: Sequence[str]) -> str:
    return "\n".join(f"    {line}" for line in lines)
