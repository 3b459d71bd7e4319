"""What is said of a pipeline run once it has ended: how many steps were reused, and why the others ran."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from stepworks.runs.status import pipeline_word

if TYPE_CHECKING:
    from stepworks.wire.runs import RunRecord

_MOST_LINES = 20
_MOST_NAMES = 5


def summary(run: "RunRecord", steps: Sequence["RunRecord"]) -> str:
    """The summary as text."""
    lines = ["", "PipelineRun Execution Summary", "=" * 29, f"PipelineRun Status: {pipeline_word(run.status)}"]
    if steps:
        lines.append(_counts(steps))
        lines += _reused(steps)
        lines += _reasons(steps)
    lines += [f"Warning: {w}" for w in run.warnings]
    lines += [f"Warning of step {s.name}: {w}" for s in steps for w in s.warnings][:_MOST_LINES]
    return "\n".join(lines) + "\n"


def _counts(steps: Sequence["RunRecord"]) -> str:
    many = Counter(_outcome(s) for s in steps)
    shown = ", ".join(f"{count} {what}" for what, count in many.items())
    return f"{len(steps)} step{'s' * (len(steps) != 1)}: {shown}"


def _reused(steps: Sequence["RunRecord"]) -> list[str]:
    names = [s.name or s.id for s in steps if s.decision is not None and s.decision.is_reused]
    what = "nothing changed in script, arguments, parameters, inputs and environment since they ran"
    return [f"  {_names(names)} reused: {what}"] if names else []


def _outcome(step: "RunRecord") -> str:
    if step.decision is not None and step.decision.is_reused:
        return "reused"
    return {"Completed": "ran", "Failed": "failed", "Canceled": "not run to the end"}.get(step.status, step.status)


def _reasons(steps: Sequence["RunRecord"]) -> list[str]:
    """Why steps ran; those with the same reasons share a line."""
    by_reason: dict[str, list[str]] = {}
    for step in steps:
        if step.decision is not None and not step.decision.is_reused and step.decision.reasons:
            by_reason.setdefault("; ".join(map(str, step.decision.reasons)), []).append(step.name or step.id)
    lines = [f"  {_names(names)} ran: {reason}" for reason, names in by_reason.items()]
    left = len(lines) - _MOST_LINES
    return lines if left <= 0 else [*lines[:_MOST_LINES], f"  … and {left} more; step_run.reuse tells of each"]


def _names(names: Sequence[str]) -> str:
    left = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {left} more" if left > 0 else "")
