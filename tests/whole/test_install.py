"""The package as it is installed: beside what the user has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stepworks.environments.interpreters import find_interpreters

ROOT = Path(__file__).parents[2]
USE = """
import numpy, pandas
from azureml.core import Dataset, Workspace
ws = Workspace.from_config()
store = ws.get_default_datastore()
open("t.csv", "w").write("a,b\\n1,x\\n2,y\\n")
store.upload_files(["t.csv"], target_path="t", show_progress=False)
frame = Dataset.Tabular.from_delimited_files((store, "t/t.csv")).to_pandas_dataframe()
print(numpy.__version__, pandas.__version__, int(frame["a"].sum()))
"""


def test_beside_the_numpy_and_pandas_of_published_code_a_dataset_is_read(tmp_path):
    python = next((i.path for i in find_interpreters(os.environ) if i.series == "3.11"), None)
    if python is None:
        pytest.skip("needs Python 3.11, the newest that numpy 1.23 has builds for")
    uv = str(Path(sys.executable).parent / "uv")
    venv = tmp_path / "venv"
    subprocess.run([uv, "venv", "--quiet", "--python", python, venv], check=True)
    installed = venv / "bin/python"
    wanted = ["numpy==1.23.5", "pandas==1.5.3", "."]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", installed, *wanted], check=True, cwd=ROOT)
    environ = {k: v for k, v in os.environ.items() if not k.startswith("AZUREML_")} | {
        "STEPWORKS_HOME": str(tmp_path / "home")
    }
    try:
        done = subprocess.run([installed, "-c", USE], cwd=tmp_path, env=environ, capture_output=True, text=True)
        assert (done.returncode, done.stdout.strip()) == (0, "1.23.5 1.5.3 3"), done.stderr
    finally:
        subprocess.run([venv / "bin/stepworks", "down"], env=environ, check=True, stdout=subprocess.DEVNULL)
