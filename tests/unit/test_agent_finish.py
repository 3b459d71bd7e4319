import signal

import pytest

from stepworks.agent.finish import Exit, Stop, failure_of, judge
from stepworks.errors import DataMissing, EnvironmentFailed, InvalidInput
from stepworks.runs.values import Failure

LINES = ("one", "two")


def exited(code):
    return Exit(code << 8, 2048)


def test_exit_status_0_is_success():
    assert judge(exited(0)) is None


def test_an_exit_code_is_told():
    assert judge(exited(3), last_lines=LINES) == Failure(
        cause="exit_code", message="The script ended with exit code 3.", exit_code=3, last_lines=LINES
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [(127, "a program was not found"), (139, "a program that it ran was ended by SIGSEGV"), (126, "may not be run")],
)
def test_exit_codes_of_the_shell_are_explained(code, said):
    assert said in judge(exited(code)).message


def test_an_exception_has_its_class_message_and_traceback():
    cause = "pkg.Bad\0no \N{SNOWMAN}\0Traceback…\n".encode()
    assert judge(exited(1), cause=cause, last_lines=LINES) == Failure(
        cause="exception",
        message="pkg.Bad: no \N{SNOWMAN}",
        exit_code=1,
        exception="pkg.Bad",
        traceback="Traceback…\n",
        last_lines=LINES,
    )


def test_an_exception_counts_only_if_the_script_ended_by_it():
    assert judge(exited(4), cause=b"Bad\0\0").cause == "exit_code"


def test_a_signal_has_its_name_and_meaning():
    failure = judge(Exit(signal.SIGSEGV | 0x80))
    assert (failure.cause, failure.signal, failure.exit_code) == ("signal", "SIGSEGV", None)
    assert "native code" in failure.message


def test_a_real_time_signal_has_a_number():
    assert judge(Exit(40)).signal == "signal 40"


def test_a_kill_with_a_sign_of_the_kernel_is_lack_of_memory():
    failure = judge(Exit(9, 3 << 20), memory_kills=1, memory_limit=4 << 30)
    assert (failure.cause, failure.signal) == ("out_of_memory", "SIGKILL")
    assert "4.0 GiB; at most it had 3.0 GiB" in failure.message


def test_a_kill_of_a_child_that_the_script_passed_on_is_lack_of_memory_too():
    assert judge(exited(137), memory_kills=1).cause == "out_of_memory"
    assert judge(exited(137)).cause == "exit_code"


def test_a_kill_without_a_sign_of_the_kernel_says_that_nobody_knows():
    failure = judge(Exit(9, 512 << 10))
    assert failure.cause == "signal"
    assert "no lack of memory; at most it had 512 MiB" in failure.message


@pytest.mark.parametrize("status", [0, 15, 1 << 8])
def test_a_reason_to_stop_counts_however_the_script_ended(status):
    failure = judge(Exit(status), stop=Stop("timeout", "too long"), cause=b"Bad\0\0")
    assert (failure.cause, failure.message) == ("timeout", "too long")


@pytest.mark.parametrize(
    ("error", "cause", "said"),
    [
        (DataMissing("Input 'raw' is gone."), "data_missing", "Input 'raw' is gone."),
        (EnvironmentFailed("no python"), "environment", "no python"),
        (InvalidInput("taken", remedy="Choose."), "internal", "taken Choose."),
        (OSError(28, "No space left on device", "/work"), "internal", "No space left on device '/work'."),
        (RuntimeError("odd"), "internal", "RuntimeError: odd"),
    ],
)
def test_what_went_wrong_before_the_script_ran(error, cause, said):
    assert failure_of(error) == Failure(cause=cause, message=said)
