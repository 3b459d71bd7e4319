"""The preview's parallel run step is the later one with older parameters."""

import pytest

from azureml.contrib.pipeline.steps import ParallelRunConfig
from azureml.pipeline.steps import ParallelRunConfig as LaterConfig


def test_the_older_configuration_has_the_later_defaults() -> None:
    config = ParallelRunConfig("env", "score.py", 10, "append_row", "cpu", 2, input_format="tabular")
    assert isinstance(config, LaterConfig)
    assert (config.logging_level, config.run_invocation_timeout, config.input_format) == ("INFO", 60, "tabular")


def test_the_older_configuration_refuses_what_the_later_one_refuses() -> None:
    with pytest.raises(ValueError, match="output_action"):
        ParallelRunConfig("env", "score.py", 10, "shout", "cpu", 2)
