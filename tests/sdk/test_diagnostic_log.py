import logging
from contextlib import suppress

import pytest

from azureml.core import diagnostic_log


def test_what_the_sdk_logs_while_the_block_runs_is_in_the_file(tmp_path):
    logger = logging.getLogger("azureml.pipeline")
    with diagnostic_log(tmp_path, context_name="trial"):
        logger.debug("seen %d", 1)
        logging.getLogger("other").warning("not ours")
    logger.warning("too late")
    (line,) = (tmp_path / "diagnostic.log").read_text().splitlines()
    assert line.endswith("trial azureml.pipeline DEBUG: seen 1")
    assert logging.getLogger("azureml").level == logging.NOTSET


def test_other_loggers_and_another_file_can_be_meant(tmp_path):
    log = diagnostic_log(str(tmp_path / "log.txt"), namespaces=["mine"])
    with suppress(ZeroDivisionError), log:
        logging.getLogger("mine.part").info("said")
        _ = 1 / 0
    assert "mine.part INFO: said" in (tmp_path / "log.txt").read_text()
    assert not logging.getLogger("mine").handlers


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(FileNotFoundError), diagnostic_log(tmp_path / "nowhere/log.txt"):
        pass
