"""A model registered from a folder of a run."""

import os

import pytest
from tests.support.homes import running_home

from azureml.core import Experiment, Model, Workspace


@pytest.mark.parametrize("path", ["model", "outputs/model"])
def test_a_folder_of_a_run_keeps_its_name_as_a_model(path, tmp_path, monkeypatch):
    with running_home(tmp_path / "home") as (home, _):
        monkeypatch.setenv("STEPWORKS_HOME", str(home.root))
        monkeypatch.chdir(tmp_path)
        os.mkdir("fitted")
        (tmp_path / "fitted" / "weights.txt").write_text("1 2 3")
        workspace = Workspace("", "", "models")
        with Experiment(workspace, "by-hand").start_logging() as run:
            run.upload_folder(path, "fitted")
            run.register_model("weather", model_path=path)
        folder = Model(workspace, "weather").download("fetched")
        assert folder == os.path.join("fetched", "model")
        assert os.listdir(folder) == ["weights.txt"]
