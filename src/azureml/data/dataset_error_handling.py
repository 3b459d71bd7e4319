"""What goes wrong with datasets: their data cannot be read, or what is asked of them cannot be done."""

from collections.abc import Generator
from contextlib import contextmanager

from azureml.exceptions import UserErrorException
from stepworks.errors import StepworksError


class DatasetValidationError(UserErrorException):
    """A dataset that was just made has data that cannot be read."""

    def __init__(self, message: str, exception: BaseException | None = None) -> None:
        super().__init__(message, inner_exception=exception)
        self.error_code = "UserError"
        self.validation_error_code = getattr(exception, "code", None)
        self.compliant_message = message


class DatasetExecutionError(UserErrorException):
    """Reading a dataset failed."""

    def __init__(self, message: str, exception: BaseException | None) -> None:
        super().__init__(message, inner_exception=exception)
        self.error_code = "UserError"
        self.validation_error_code = getattr(exception, "code", None)
        self.compliant_message = message


@contextmanager
def user_errors() -> Generator[None]:
    """What a plan refuses is the caller's mistake: UserErrorException."""
    try:
        yield
    except StepworksError as e:
        raise UserErrorException(str(e)) from e


@contextmanager
def validating() -> Generator[None]:
    """Errors of reading a new dataset."""
    try:
        yield
    except StepworksError as e:
        if isinstance(e, ConnectionError):
            raise
        raise DatasetValidationError(
            f"The dataset cannot be made: {e} With validate=False it is made unseen.", e
        ) from e


@contextmanager
def executing() -> Generator[None]:
    """Errors of reading a dataset."""
    try:
        yield
    except StepworksError as e:
        if isinstance(e, ConnectionError):
            raise
        raise DatasetExecutionError(str(e), e) from e
