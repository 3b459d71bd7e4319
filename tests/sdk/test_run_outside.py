"""`Run.get_context` in a process that belongs to no run (contracts §7)."""

import pytest

from azureml.core import Run
from azureml.exceptions import RunEnvironmentException


def test_a_process_of_no_run_gets_an_offline_run():
    run = Run.get_context()
    run.log("loss", 1.0)
    assert run.id.startswith("OfflineRun")


def test_without_offline_runs_the_message_says_what_to_do():
    with pytest.raises(RunEnvironmentException, match="start_logging"):
        Run.get_context(allow_offline=False)
