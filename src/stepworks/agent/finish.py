"""Why an attempt ended as it did: from exit status, requests to stop and the kernel's counters to a `Failure`. Pure."""

import signal
from dataclasses import dataclass

from stepworks.errors import DataMissing, EnvironmentFailed, StepworksError
from stepworks.runs.status import Cause
from stepworks.runs.values import Failure

_LONGEST_MESSAGE = 2000
_MEANINGS = {
    "SIGSEGV": "it used memory that is not its own, mostly a fault in a library's native code",
    "SIGABRT": "it gave itself up, mostly a failed check in a library's native code",
    "SIGBUS": "it used memory that is not there, perhaps a mapped file that was cut or a full disk",
    "SIGFPE": "an arithmetic fault in native code",
    "SIGILL": "an instruction that this processor does not have: a library was built for another one",
    "SIGKILL": "somebody killed it",
    "SIGTERM": "somebody asked it to end",
    "SIGINT": "it was interrupted",
}


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an attempt was made to end by us."""

    cause: Cause
    message: str
    grace: float = 5.0


@dataclass(frozen=True, slots=True)
class Exit:
    """How the script's own process ended: its wait status, and the most memory it had, in KiB."""

    status: int
    peak_kib: int = 0


def judge(
    ended: Exit,
    *,
    stop: Stop | None = None,
    cause: bytes | None = None,
    memory_kills: int = 0,
    memory_limit: int = 0,
    last_lines: tuple[str, ...] = (),
) -> Failure | None:
    """The failure of an attempt, None for success.

    `cause` is what the interpreter wrote of an exception that nobody caught. `memory_kills` is how many processes the
    kernel killed for want of memory while the attempt ran; `memory_limit` is in bytes.
    """
    code = exit_code(ended.status)
    number = signal_of(ended.status)
    if stop is not None:
        return Failure(cause=stop.cause, message=stop.message, exit_code=code, signal=number, last_lines=last_lines)
    if ended.status == 0:
        return None
    if number is not None:
        return _by_signal(number, ended, memory_kills, memory_limit, last_lines)
    if cause is not None and code == 1:
        return _by_exception(cause, last_lines)
    if code == 137 and memory_kills:
        return _out_of_memory("A process of the script", ended, memory_limit, last_lines, exit_code=code)
    return Failure(
        cause="exit_code",
        message=f"The script ended with exit code {code}{_meaning_of_code(code)}.",
        exit_code=code,
        last_lines=last_lines,
    )


def failure_of(error: Exception) -> Failure:
    """The failure of an attempt that could not be prepared, or whose outputs could not be taken."""
    if isinstance(error, DataMissing):
        return Failure(cause="data_missing", message=str(error))
    if isinstance(error, EnvironmentFailed):
        return Failure(cause="environment", message=str(error))
    if isinstance(error, StepworksError):
        return Failure(cause="internal", message=str(error))
    if isinstance(error, OSError):
        place = f" '{error.filename}'" if error.filename is not None else ""
        return Failure(cause="internal", message=f"{error.strerror or error}{place}.")
    return Failure(cause="internal", message=f"{type(error).__name__}: {error}")


def exit_code(status: int) -> int | None:
    """The exit code in a wait status, None when a signal ended the process."""
    return None if status & 0x7F else status >> 8 & 0xFF


def signal_of(status: int) -> str | None:
    """The name of the signal in a wait status, None when the process ended by itself."""
    number = status & 0x7F
    if not number:
        return None
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _by_signal(name: str, ended: Exit, memory_kills: int, memory_limit: int, last_lines: tuple[str, ...]) -> Failure:
    if name == "SIGKILL" and memory_kills:
        return _out_of_memory("The script", ended, memory_limit, last_lines, signal=name)
    text = f"The script's process was ended by {name}"
    if name in _MEANINGS:
        text += f": {_MEANINGS[name]}"
    if name == "SIGKILL":
        text += f". It was not stepworks, and the kernel reports no lack of memory{_peak(ended)}"
    return Failure(cause="signal", message=f"{text}.", signal=name, last_lines=last_lines)


def _out_of_memory(
    who: str,
    ended: Exit,
    memory_limit: int,
    last_lines: tuple[str, ...],
    *,
    signal: str | None = None,
    exit_code: int | None = None,
) -> Failure:
    limit = f" of {_size(memory_limit)}" if memory_limit else ""
    return Failure(
        cause="out_of_memory",
        message=f"{who} was killed by the kernel, as there was no memory left{limit}{_peak(ended)}. "
        "Read less at once, use a larger machine, or run fewer steps at the same time.",
        signal=signal,
        exit_code=exit_code,
        last_lines=last_lines,
    )


def _by_exception(cause: bytes, last_lines: tuple[str, ...]) -> Failure:
    name, _, rest = cause.decode("utf-8", "replace").partition("\0")
    message, _, traceback = rest.partition("\0")
    text = f"{name}: {message}" if message else name
    if len(text) > _LONGEST_MESSAGE:
        text = f"{text[:_LONGEST_MESSAGE]}…"
    return Failure(
        cause="exception",
        message=text,
        exit_code=1,
        exception=name,
        traceback=traceback or None,
        last_lines=last_lines,
    )


def _meaning_of_code(code: int | None) -> str:
    if code == 127:
        return " (a program was not found)"
    if code == 126:
        return " (a program may not be run)"
    if code is not None and code > 128 and (name := signal_of(code - 128)) in _MEANINGS:
        return f" (a program that it ran was ended by {name})"
    return ""


def _peak(ended: Exit) -> str:
    return f"; at most it had {_size(ended.peak_kib << 10)}" if ended.peak_kib else ""


def _size(count: int) -> str:
    return f"{count / (1 << 30):.1f} GiB" if count >= 1 << 30 else f"{count / (1 << 20):.0f} MiB"
