"""Runs that a script or notebook conducts itself: `Experiment.start_logging`."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run


def start_logging(
    experiment: "Experiment",
    *,
    outputs: str | None = None,
    snapshot_directory: str | None = None,
    display_name: str | None = None,
    tags: Mapping[str, str] | None = None,
    run_id: str | None = None,
) -> "Run":
    """Begin an interactive run; see `Experiment.start_logging`."""
    from azureml.core._snapshots import Source, take_source
    from azureml.core.run import Run
    from stepworks.wire.runs import StartRun

    workspace = experiment.workspace
    client = workspace._client
    source = take_source(client, Path(snapshot_directory)) if snapshot_directory is not None else Source("", {})
    start = StartRun(
        experiment=experiment.name,
        id=run_id,
        name=display_name,
        tags={str(k): str(v) for k, v in (tags or {}).items()},
        properties=dict(source.properties),
        snapshot=source.snapshot or None,
    )
    record = client.run_start(workspace.name, start)
    return Run(experiment, record.id, outputs=outputs, _record=record)
