"""What `import azureml.core` brings with it: next to nothing. Its time is measured in benchmarks/imports.py."""

import subprocess
import sys

import pytest

HEAVY = ("numpy", "pandas", "pyarrow", "starlette", "uvicorn", "sqlalchemy", "asyncio", "rich", "requests")


def imported_by(statement: str) -> set[str]:
    """Top-level modules that a fresh interpreter has after a statement."""
    code = f"import sys; {statement}; print(*{{m.partition('.')[0] for m in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import azureml.core",
        "from azureml.core import Workspace, Experiment, Run, Model, Datastore",
        "from azureml.core.runconfig import RunConfiguration; from azureml.core.compute import AmlCompute",
        "from azureml.pipeline.core import Pipeline, PipelineData; from azureml.pipeline.steps import PythonScriptStep",
    ],
)
def test_nothing_heavy_is_imported(statement):
    assert imported_by(statement) & set(HEAVY) == set()


def test_connecting_to_a_server_needs_nothing_heavy():
    assert imported_by("import stepworks.connect") & set(HEAVY) == set()
