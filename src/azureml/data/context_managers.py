"""Contexts that the old SDK used inside jobs to mount what a run configuration names. Here the agent has done that
before the script starts, so that they have nothing to do."""

from typing import Any

from azureml.exceptions import AzureMLException as AzureMLException
from azureml.exceptions import UserErrorException as UserErrorException


class DatasetContextManager:
    """Datasets of a run configuration: already in place."""

    def __init__(
        self, config: Any, ignore_already_mounted_error: bool = False, force_mount_with_allow_other: bool = False
    ) -> None:
        self._config = config

    def __enter__(self) -> "DatasetContextManager":
        return self

    def __exit__(self, *exc_details: Any) -> None:
        """Nothing to undo."""


class DatastoreContextManager:
    """Datastores of a run configuration: already in place."""

    def __init__(self, config: Any) -> None:
        self._config = config

    def __enter__(self) -> "DatastoreContextManager":
        return self

    def __exit__(self, *exc_details: Any) -> None:
        """Nothing to undo."""
