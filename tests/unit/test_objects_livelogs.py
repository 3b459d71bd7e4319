"""Logs that grow."""

from pathlib import Path

import pytest

from stepworks.errors import InvalidInput
from stepworks.objects.livelogs import LiveLogs

NAME = "azureml-logs/70_driver_log.txt"


@pytest.fixture
def logs(tmp_path: Path) -> LiveLogs:
    return LiveLogs(tmp_path / "live")


def test_a_log_grows_piece_by_piece(logs: LiveLogs) -> None:
    logs.append("r", NAME, 0, b"one")
    logs.append("r", NAME, 3, b"two")
    assert logs.read("r", NAME) == b"onetwo"
    assert logs.read("r", NAME, 2, 2) == b"et"
    assert logs.read("r", NAME, 99) == b""
    assert logs.size("r", NAME) == 6


def test_a_piece_that_comes_twice_or_late_does_no_harm(logs: LiveLogs) -> None:
    for offset, data in ((3, b"two"), (0, b"one"), (3, b"two")):
        logs.append("r", NAME, offset, data)
    assert logs.read("r", NAME) == b"onetwo"


def test_one_writer_adds_at_the_end(logs: LiveLogs) -> None:
    assert [logs.add("r", NAME, data) for data in (b"one", b"two")] == [0, 3]


def test_what_is_not_there_is_empty(logs: LiveLogs) -> None:
    assert logs.read("r", NAME) == b""
    assert logs.size("r", NAME) == 0
    assert logs.names("r") == ()
    assert logs.finish("r", NAME) is None
    logs.discard("r")
    logs.set_aside("r", NAME, "other")


def test_the_logs_of_a_run_are_listed_finished_and_discarded(logs: LiveLogs) -> None:
    logs.append("r", "b/2.txt", 0, b"2")
    logs.append("r", "a.txt", 0, b"1")
    logs.append("other", "x", 0, b"3")
    assert logs.names("r") == ("a.txt", "b/2.txt")
    path = logs.finish("r", "a.txt")
    assert path is not None
    assert path.read_bytes() == b"1"
    logs.discard("r")
    assert logs.names("r") == ()
    assert logs.read("other", "x") == b"3"


def test_what_an_earlier_server_wrote_is_found(logs: LiveLogs, tmp_path: Path) -> None:
    logs.append("r", NAME, 0, b"1")
    again = LiveLogs(tmp_path / "live")
    assert again.names("r") == (NAME,)
    again.discard("r")
    assert LiveLogs(tmp_path / "live").names("r") == ()


def test_a_log_that_begins_anew_is_set_aside(logs: LiveLogs) -> None:
    logs.append("r", NAME, 0, b"first try")
    logs.set_aside("r", NAME, "logs/attempt-1.txt")
    logs.append("r", NAME, 0, b"2nd")
    assert (logs.read("r", NAME), logs.read("r", "logs/attempt-1.txt")) == (b"2nd", b"first try")


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../x", "", ".", "a\0b"])
def test_a_name_that_leads_out_is_refused(logs: LiveLogs, name: str) -> None:
    with pytest.raises(InvalidInput):
        logs.append("r", name, 0, b"x")
    with pytest.raises(InvalidInput):
        logs.read("r", name)


@pytest.mark.parametrize("run", ["", ".", "..", "a/b", "..\\x", "a\0"])
def test_a_run_that_leads_out_is_refused(logs: LiveLogs, run: str) -> None:
    with pytest.raises(InvalidInput):
        logs.append(run, NAME, 0, b"x")
