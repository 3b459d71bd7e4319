"""What goes wrong with sweeps."""

from typing import Any

from azureml.exceptions import AzureMLException


class HyperDriveException(AzureMLException):
    """Base of all of them. `error_code` is the name of the class."""

    def __init__(self, exception_message: str, **kwargs: Any) -> None:
        super().__init__(exception_message, **kwargs)

    @property
    def error_code(self) -> str:
        """What kind of failure it is."""
        return type(self).__name__.removesuffix("Exception")


class HyperDriveConfigException(HyperDriveException):
    """A sweep that contradicts itself or has a part of the wrong kind."""


class HyperDriveScenarioNotSupportedException(HyperDriveConfigException):
    """Parts that do not go together."""


class HyperDriveNotImplementedException(HyperDriveScenarioNotSupportedException):
    """Something that is not there."""


class HyperDriveRehydrateException(HyperDriveException):
    """A sweep cannot be read back from what a run has of it."""


class HyperDriveServiceException(HyperDriveException):
    """A sweep cannot be run or followed."""
