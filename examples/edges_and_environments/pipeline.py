"""Data edges, an order without data, and a step with an environment of its own."""

from pathlib import Path

from azureml.core import Environment, Experiment, Workspace
from azureml.core.conda_dependencies import CondaDependencies
from azureml.core.runconfig import RunConfiguration
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.steps import PythonScriptStep

STEPS = str(Path(__file__).resolve().parent / "steps")


def own_environment():
    """An isolated environment: it is made when it is first needed, locked, and shared by all that declare the same."""
    environment = Environment("tables")
    environment.python.conda_dependencies = CondaDependencies.create(pip_packages=["tabulate==0.9.0"])
    environment.environment_variables = {"TABLE_FORMAT": "github"}
    settings = RunConfiguration()
    settings.environment = environment
    return settings


def build(workspace):
    numbers = PipelineData("numbers")
    squares = PipelineData("squares")

    generate = PythonScriptStep(
        name="generate", script_name="generate.py", source_directory=STEPS, arguments=[numbers], outputs=[numbers]
    )
    square = PythonScriptStep(
        name="square",
        script_name="square.py",
        source_directory=STEPS,
        arguments=[numbers, squares],
        inputs=[numbers],
        outputs=[squares],
    )
    tabulate = PythonScriptStep(
        name="tabulate",
        script_name="as_table.py",
        source_directory=STEPS,
        arguments=[squares],
        inputs=[squares],
        runconfig=own_environment(),
    )
    announce = PythonScriptStep(name="announce", script_name="announce.py", source_directory=STEPS)
    # No data go from one to the other, but the order matters.
    announce.run_after(tabulate)
    return Pipeline(workspace, steps=[generate, square, tabulate, announce])


def main():
    workspace = Workspace.from_config()
    run = Experiment(workspace, "edges").submit(build(workspace))
    run.wait_for_completion(show_output=True)
    return run


if __name__ == "__main__":
    main()
