"""What an error means for a step."""

from stepworks.errors import DataMissing, EnvironmentFailed, NotFound, StepworksError
from stepworks.runs.status import Cause
from stepworks.runs.values import Failure


def failure_of(error: BaseException) -> Failure:
    """The failure that an error before or around an attempt comes to."""
    if isinstance(error, StepworksError):
        return Failure(cause=_cause(error), message=str(error), exception=type(error).__name__)
    return Failure(
        cause="internal",
        message=f"stepworks itself failed: {type(error).__name__}: {error}. Please report this with the server's log.",
        exception=type(error).__name__,
    )


def _cause(error: StepworksError) -> Cause:
    if isinstance(error, EnvironmentFailed):
        return "environment"
    if isinstance(error, DataMissing | NotFound):
        return "data_missing"
    return "internal"


def lost(number: int, why: str) -> Failure:
    """The failure of a step whose attempts were all lost."""
    return Failure(
        cause="lost",
        message=f"Attempt {number} was lost: {why}. It is not tried again any more; submit the pipeline again.",
    )


def of_run(step: str, failure: Failure) -> Failure:
    """The failure of a pipeline run: that of its first failed step, which it names."""
    return Failure(
        cause=failure.cause,
        message=f"Step '{step}' failed: {failure.message}",
        exit_code=failure.exit_code,
        signal=failure.signal,
        exception=failure.exception,
        traceback=failure.traceback,
        last_lines=failure.last_lines,
    )
