"""What a run's record says, in the shapes the SDK gives (contracts §12)."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from azureml.exceptions import ActivityFailedException

if TYPE_CHECKING:
    from stepworks.wire.runs import MetricRecord, RunRecord


PATCH = "stepworks.git.patch"
"""A property that is text of many lines; everything but details has it."""


def details_of(record: "RunRecord", logs: Sequence[str]) -> dict[str, Any]:
    """The dictionary of `Run.get_details`."""
    details: dict[str, Any] = {
        "runId": record.id,
        "target": record.target or "local",
        "status": record.status,
        "startTimeUtc": utc(record.started),
        "endTimeUtc": utc(record.ended),
        "services": {},
        "properties": {k: v for k, v in record.properties.items() if k != PATCH},
        "inputDatasets": [],
        "outputDatasets": [],
        "runDefinition": {"experiment": record.experiment, "node": record.node, "graph": record.graph},
        "logFiles": {name: name for name in logs},
        "submittedBy": record.properties.get("stepworks.user", ""),
    }
    if record.warnings:
        details["warnings"] = [{"source": "stepworks", "message": w} for w in record.warnings]
    if record.failure is not None:
        details["error"] = error_of(record)
    return details


def error_of(record: "RunRecord") -> dict[str, Any]:
    """The "error" of a failed run's details."""
    failure = record.failure
    assert failure is not None
    lines = [failure.message]
    if failure.traceback:
        lines.append(failure.traceback.rstrip())
    elif failure.last_lines:
        lines += ["Last lines of its log:", *failure.last_lines]
    return {
        "error": {
            "code": "UserError" if failure.cause not in ("internal", "lost") else "SystemError",
            "message": "\n".join(lines),
            "details": [],
            "target": record.name or record.id,
            "cause": failure.cause,
            "exitCode": failure.exit_code,
        },
        "time": utc(record.ended),
    }


def failed(record: "RunRecord", details: dict[str, Any]) -> ActivityFailedException:
    """The exception that a failed run becomes: what failed, why, and the last lines are in it."""
    return ActivityFailedException(
        error_details=json.dumps(details.get("error", {"error": {"message": f"Run {record.id} failed."}}), indent=4)
    )


def utc(seconds: float | None) -> str | None:
    """A time as the SDK writes it: ISO 8601 with a Z."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")


def metrics_by_run(records: Iterable["MetricRecord"]) -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """Logged values as `get_metrics` gives them, by run, and warnings about mixed kinds."""
    from stepworks.tracking.metrics import MetricPoint, collect

    points: dict[str, list[MetricPoint]] = {}
    for r in records:
        points.setdefault(r.run, []).append(
            MetricPoint(r.run, r.name, r.kind, r.value, json.loads(bytes(r.data)), r.step, r.time)
        )
    found: dict[str, dict[str, Any]] = {}
    warnings: tuple[str, ...] = ()
    for run, of_run in points.items():
        found[run], mixed = collect(of_run)
        warnings += mixed
    return found, warnings
