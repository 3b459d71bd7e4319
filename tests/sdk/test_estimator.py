"""Estimators: what they make of their parameters."""

from pathlib import Path
from typing import Any

import pytest

from azureml.core.script_run_config import ScriptRunConfig
from azureml.exceptions import TrainingException
from azureml.train.dnn import Gloo, Mpi, ParameterServer, PyTorch, TensorFlow
from azureml.train.estimator import Estimator, MMLBaseEstimatorRunConfig
from azureml.train.sklearn import SKLearn


def test_an_estimator_is_a_script_run_config_by_another_name() -> None:
    estimator = Estimator(
        "src",
        compute_target="cpu",
        entry_script="train.py",
        script_params={"--rate": 0.1, "--quick": "", "--off": None},
        pip_packages=["pandas"],
        environment_variables={"A": "1"},
        max_run_duration_seconds=60,
    )
    config = estimator._as_script_run_config()
    assert isinstance(config, ScriptRunConfig)
    assert (config.source_directory, config.script) == ("src", "train.py")
    assert config.arguments == ["--rate", 0.1, "--quick", "--off"]
    assert config.run_config.target == "cpu"
    assert config.run_config.environment_variables == {"A": "1"}
    assert config.max_run_duration_seconds == 60
    assert estimator.conda_dependencies is not None
    assert "pandas" in list(estimator.conda_dependencies.pip_packages)


def test_files_of_packages_are_read_from_the_source_directory(tmp_path: Path) -> None:
    (tmp_path / "r.txt").write_text("# mine\nnumpy==1.26  # pinned\n\nscipy\n")
    found = Estimator(str(tmp_path), entry_script="t.py", pip_requirements_file="r.txt").conda_dependencies
    assert found is not None
    assert {"numpy==1.26", "scipy"} <= set(found.pip_packages)
    with pytest.raises(TrainingException, match=r"no file 'c\.yml'"):
        Estimator(str(tmp_path), entry_script="t.py", conda_dependencies_file="c.yml")


@pytest.mark.parametrize(
    ("estimator", "package"),
    [
        (SKLearn("."), "scikit-learn"),
        (SKLearn(".", framework_version="1.5.0"), "scikit-learn==1.5.0"),
        (PyTorch(".", framework_version="2.0"), "torch==2.0"),
        (TensorFlow("."), "tensorflow"),
    ],
)
def test_the_library_is_among_the_packages(estimator: Any, package: str) -> None:
    assert package in list(estimator.conda_dependencies.pip_packages)


def test_a_distribution_is_in_the_run_configuration() -> None:
    spread = Estimator(".", node_count=2, distributed_training=Mpi(3)).run_config
    assert (spread.node_count, spread.mpi.process_count_per_node, spread.mpi.node_count) == (2, 3, 2)
    served = TensorFlow(".", worker_count=4, distributed_backend="ps").run_config
    assert (served.framework, served.tensorflow.worker_count) == ("TensorFlow", 4)
    assert PyTorch(".", distributed_training=Gloo()).run_config.communicator == "Gloo"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: PyTorch(".", distributed_training=ParameterServer()), "PyTorch does not run with ParameterServer"),
        (lambda: Estimator(".", distributed_backend="smoke"), "distributed_backend is 'smoke'"),
        (lambda: Estimator(".", script_params=["--a"]), "script_params is a dictionary"),  # pyright: ignore
        (lambda: Mpi(0), "1 or more"),
        (lambda: Estimator(".")._as_script_run_config(), "no entry_script"),
    ],
)
def test_what_cannot_be_is_refused(make: Any, says: str) -> None:
    with pytest.raises(TrainingException, match=says):
        make()


def test_inputs_without_a_place_are_refused_with_the_alternative() -> None:
    with pytest.raises(NotImplementedError, match="script_params"):
        Estimator(".", inputs=["data"])


def test_the_run_configuration_of_an_estimator_stands_alone() -> None:
    made = MMLBaseEstimatorRunConfig("cpu", entry_script="t.py", script_params={"-x": 1}, distributed_backend="mpi")
    assert (made.target, made.script, made.arguments) == ("cpu", "t.py", ["-x", 1])
