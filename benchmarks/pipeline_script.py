"""Ours: the workload as a script for the Azure ML SDK v1, as a user would have it."""

import json
from pathlib import Path

from workloads import Workload

_SCRIPT = """
import json, os, sys
from azureml.core import Experiment, Workspace
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.steps import PythonScriptStep

workload = json.load(open(sys.argv[1]))
workspace = Workspace.from_config()
data, steps = {}, []
for task in workload["tasks"]:
    inputs, outputs, arguments = [], [], []
    for name, is_output in task["arguments"]:
        if is_output:
            data[name] = PipelineData(name)
        (outputs if is_output else inputs).append(data[name])
        arguments.append(data[name])
    steps.append(PythonScriptStep(
        name=task["name"], script_name=task["script"], source_directory=workload["steps"], arguments=arguments,
        inputs=inputs, outputs=outputs, compute_target="local"))
run = Experiment(workspace, "bench").submit(
    Pipeline(workspace, steps=steps), regenerate_outputs=len(sys.argv) > 2 and sys.argv[2] == "fresh")
status = run.wait_for_completion(show_output=True)
sys.exit(0 if status == "Finished" else 1)
"""


def write_script(workload: Workload, folder: Path, python: str, steps: Path, *, fresh: bool) -> list[str]:
    """Write the script; the command that runs it. `fresh`: every step runs, else what is known is reused."""
    folder.mkdir(parents=True, exist_ok=True)
    tasks = [
        {"name": t.name, "script": t.script, "arguments": [(a.name, a.is_output) for a in t.arguments]}
        for t in workload.tasks
    ]
    (folder / "workload.json").write_text(json.dumps({"tasks": tasks, "steps": str(steps)}))
    (folder / "pipeline.py").write_text(_SCRIPT)
    return [python, "pipeline.py", "workload.json", "fresh" if fresh else "reuse"]
