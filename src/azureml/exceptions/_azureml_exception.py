"""The exceptions of the SDK; every one is an `AzureMLException` (contracts §3)."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import logging


class AzureMLException(Exception):
    """Base of all. `message` says what happened; `str()` is the message, the inner exception and a JSON error."""

    _error_codes: ClassVar[tuple[str, ...]] = ()  # the outer code first, as in {"code": …, "inner_error": {"code": …}}

    def __init__(
        self,
        exception_message: str,
        inner_exception: BaseException | None = None,
        target: str | None = None,
        details: Any = None,
        message_format: str | None = None,
        message_parameters: dict[str, Any] | None = None,
        reference_code: str | None = None,
        **kwargs: Any,
    ) -> None:
        Exception.__init__(self, exception_message)
        self._exception_message = exception_message
        self._inner_exception = inner_exception
        self._target = target
        self._details = details
        self._message_format = message_format
        self._message_parameters = message_parameters
        self._reference_code = reference_code

    @property
    def message(self) -> str:
        """What happened, without the frame that `str()` puts around it."""
        return self._exception_message

    @message.setter
    def message(self, value: str) -> None:
        self._exception_message = value

    @property
    def inner_exception(self) -> BaseException | None:
        """The exception that led to this one, if the raiser named it."""
        return self._inner_exception

    @inner_exception.setter
    def inner_exception(self, value: BaseException | None) -> None:
        self._inner_exception = value

    def print_stacktrace(self) -> None:
        """Print where the exception was raised, to stderr."""
        import traceback

        traceback.print_exception(self)

    def __str__(self) -> str:
        error = json.dumps({"error": self._error()}, indent=4, sort_keys=True, default=str)
        return (
            f"{type(self).__name__}:\n\tMessage: {self.message}\n"
            f"\tInnerException {self._inner_exception}\n\tErrorResponse \n{error}"
        )

    def __repr__(self) -> str:
        return str(self)

    def _error(self) -> dict[str, Any]:
        fields = {
            "message": self.message,
            "target": self._target,
            "details": self._details,
            "message_format": self._message_format,
            "message_parameters": self._message_parameters,
            "reference_code": self._reference_code,
        }
        return {**_nested_codes(self._error_codes), **{k: v for k, v in fields.items() if v}}


def _nested_codes(codes: Sequence[str]) -> dict[str, Any]:
    if not codes:
        return {}
    inner = _nested_codes(codes[1:])
    return {"code": codes[0], "inner_error": inner} if inner else {"code": codes[0]}


class AzureMLAggregatedException(AzureMLException):
    """Several failures at once; the message has a line for each."""

    def __init__(self, exceptions_list: Sequence[str | BaseException], **kwargs: Any) -> None:
        super().__init__("\n".join(getattr(e, "message", str(e)) for e in exceptions_list), **kwargs)


class UserErrorException(AzureMLException):
    """What the caller gave cannot be used."""

    _error_codes = ("UserError",)


class AuthenticationException(UserErrorException):
    """No token could be had, or it was refused."""

    _error_codes = ("UserError", "Authentication")


class ActivityFailedException(AzureMLException):
    """A run failed; the message has the error of its details as JSON."""

    def __init__(self, error_details: str, **kwargs: Any) -> None:
        super().__init__(f"Activity Failed:\n{error_details}", **kwargs)


class DatasetTimestampMissingError(AzureMLException):
    """A time filter on a dataset that has no timestamp column."""

    def __init__(self, error_details: str, **kwargs: Any) -> None:
        super().__init__(f"Activity Failed:\n{error_details}", **kwargs)


class ComputeTargetException(AzureMLException):
    """A compute target that is unknown, or cannot be made or attached as asked."""


class DiscoveryUrlNotFoundException(AzureMLException):
    """A variable that tells a run where its server is, is not set."""

    def __init__(self, discovery_key: str, **kwargs: Any) -> None:
        super().__init__(f"The environment variable {discovery_key} of the run is not set.", **kwargs)


class ExperimentExecutionException(AzureMLException):
    """Following a run was broken off, for example by Ctrl-C."""


class ModelNotFoundException(AzureMLException):
    """No model of that name, id or version."""

    def __init__(self, exception_message: str, logger: "logging.Logger | None" = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        _report(logger, exception_message)


class ModelPathNotFoundException(AzureMLException):
    """Nothing at the path that should hold a model."""

    def __init__(self, exception_message: str, logger: "logging.Logger | None" = None, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        _report(logger, exception_message)


class ParallelRunException(AzureMLException):
    """Raised by an entry script to say how a mini-batch is to be tried again.

    `code` is None or one of Retry.NoRetry, Retry.StopProcess, Retry.RestartProcess, Retry.Sleep; `delay_seconds` goes
    with Retry.Sleep. ValueError for another code.
    """

    CODES: ClassVar[tuple[str, ...]] = ("Retry.NoRetry", "Retry.StopProcess", "Retry.RestartProcess", "Retry.Sleep")

    def __init__(
        self, exception_message: str, code: str | None = None, delay_seconds: float = 0, **kwargs: Any
    ) -> None:
        if code is not None and code not in self.CODES:
            raise ValueError(f"Unknown code {code!r}. Use one of {', '.join(self.CODES)}.")
        super().__init__(exception_message, **kwargs)
        self.code = code
        self.delay_seconds = delay_seconds


class ProjectSystemException(AzureMLException):
    """Workspace or project information cannot be read."""


class RunConfigurationException(AzureMLException):
    """A run configuration that contradicts itself or has a part of the wrong kind."""


class RunEnvironmentException(AzureMLException):
    """Asked for the submitted run outside of one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            "This process is not a submitted run. Use Experiment.start_logging() for an interactive run, or "
            "Run.get_context() without allow_offline=False.",
            **kwargs,
        )


class SnapshotException(AzureMLException):
    """A source directory cannot be taken into a snapshot."""


class TrainingException(AzureMLException):
    """An estimator or a sweep cannot be set up or followed."""


class WebserviceException(AzureMLException):
    """A model or a deployment is unknown, or cannot be made as asked."""

    def __init__(
        self,
        exception_message: str,
        status_code: int | None = None,
        logger: "logging.Logger | None" = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(exception_message, **kwargs)
        self.status_code = status_code
        _report(logger, exception_message)


class WorkspaceException(AzureMLException):
    """A workspace is unknown, or its name is ambiguous (`found_multiple`)."""

    def __init__(self, exception_message: str, found_multiple: bool = False, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.found_multiple = found_multiple


class WorkspacePrivateEndpointException(AzureMLException):
    """A private endpoint of a workspace cannot be used."""

    def __init__(self, exception_message: str, found_multiple: bool = False, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)
        self.found_multiple = found_multiple


def _report(logger: "logging.Logger | None", message: str) -> None:
    if logger is not None:
        logger.error(message)
