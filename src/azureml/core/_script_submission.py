"""Submitting one script: a graph of one step, whose step run is the run itself (contracts §12)."""

import time
from typing import TYPE_CHECKING, Any

from azureml.core._snapshots import take_source

if TYPE_CHECKING:
    from azureml.core.experiment import Experiment
    from azureml.core.run import Run
    from azureml.core.script_run import ScriptRun
    from azureml.core.script_run_config import ScriptRunConfig


def submit_script(
    experiment: "Experiment",
    config: "ScriptRunConfig",
    tags: dict[str, str],
    options: dict[str, Any],
    parent: "Run | None" = None,
) -> "ScriptRun":
    """Run a ScriptRunConfig. Options: run_id, display_name, regenerate_outputs."""
    from azureml.core.script_run import ScriptRun
    from azureml.pipeline.core._script_step import script_graph
    from stepworks.ids import new_hex
    from stepworks.wire.runs import SubmitRun

    workspace = experiment.workspace
    source = take_source(workspace._client, config.source_directory or ".")
    graph = script_graph(workspace, config, source.snapshot)
    run_id = options.get("run_id") or f"{experiment.name}_{int(time.time())}_{new_hex(8)}"
    submission = SubmitRun(
        id=run_id,
        experiment=experiment.name,
        graph=graph,
        kind="script",
        # A submitted script always runs: only steps of pipelines are reused.
        regenerate_outputs=True,
        tags={str(k): str(v) for k, v in tags.items()},
        properties=dict(source.properties),
        name=options.get("display_name"),
        parent=parent.id if parent is not None else None,
        timeout_seconds=config.max_run_duration_seconds,
    )
    record = workspace._client.submit(workspace.name, submission)
    return ScriptRun(
        experiment, record.id, directory=config.source_directory, _run_config=config.run_config, _record=record
    )
