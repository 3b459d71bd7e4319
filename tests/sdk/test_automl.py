"""Automated learning: configurations can be made and looked at, runs are refused."""

import inspect
import json
from typing import Any

import pytest

from azureml.exceptions import UserErrorException
from azureml.train.automl import AutoMLConfig, AutoMLImageConfig, get_sdk_dependencies
from azureml.train.automl.run import AutoMLRun


def test_a_configuration_keeps_what_was_given_and_is_json() -> None:
    config = AutoMLConfig("forecasting", label_column_name="y", training_data=object(), horizon=3)
    assert config.is_timeseries
    assert (config.user_settings["label_column_name"], config.user_settings["horizon"]) == ("y", 3)
    assert json.loads(json.dumps(config.as_serializable_dict()))["task_type"] == "forecasting"


def test_an_unknown_task_is_refused() -> None:
    with pytest.raises(UserErrorException, match="task is 'guessing'"):
        AutoMLConfig("guessing")
    with pytest.raises(UserErrorException, match="image-classification"):
        AutoMLImageConfig("classification", "gpu", None, None, 3)


def test_what_would_run_it_is_refused_with_its_true_signature() -> None:
    experiment: Any = None
    with pytest.raises(NotImplementedError, match="your own training script"):
        AutoMLRun(experiment, "id").get_output(iteration=1)
    with pytest.raises(NotImplementedError, match="your own environment"):
        get_sdk_dependencies()
    assert list(inspect.signature(AutoMLRun.get_best_child).parameters) == [
        "self",
        "metric",
        "onnx_compatible",
        "kwargs",
    ]
