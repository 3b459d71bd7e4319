"""Caches of data near the compute: not there. Local data are read in place, so that none is needed."""

from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.core.datastore import Datastore as Datastore
from azureml.core.run import Run as Run
from azureml.exceptions import AzureMLException as AzureMLException
from azureml.exceptions import UserErrorException as UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_WHAT = "A data cache"
_INSTEAD = "the dataset itself: local data are read in place"


class DatacacheStore:
    """A cache. Raises NotImplementedError when one is made."""

    def __init__(self, workspace: "Workspace", name: str, **kwargs: Any) -> None:
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def get_by_name(workspace: "Workspace", name: str) -> "DatacacheStore":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def list(workspace: "Workspace") -> "list[DatacacheStore]":
        """There are none."""
        return []

    @staticmethod
    def register(
        workspace: "Workspace",
        name: str,
        data_store_list: Any,
        data_management_compute_target: Any,
        data_management_compute_auth: Any,
        ttl_in_days: int,
        ttl_expiration_policy: str,
        default_replica_count: int,
        data_factory_resource_id: str | None = None,
        **kwargs: Any,
    ) -> "DatacacheStore":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def update(
        workspace: "Workspace",
        name: str,
        data_management_compute_target: Any = None,
        data_management_compute_auth: Any = None,
        ttl_in_days: int | None = None,
        ttl_expiration_policy: str | None = None,
        default_replica_count: int | None = None,
        data_factory_resource_id: str | None = None,
        **kwargs: Any,
    ) -> "DatacacheStore":
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    @property
    def workspace(self) -> "Workspace":
        """Its workspace."""
        raise unsupported(_WHAT, _INSTEAD)

    @property
    def name(self) -> str:
        """Its name."""
        raise unsupported(_WHAT, _INSTEAD)

    @property
    def data_store_list(self) -> Any:
        """The datastores it lies on."""
        raise unsupported(_WHAT, _INSTEAD)

    @property
    def data_management_compute_target(self) -> Any:
        """The compute that fills it."""
        raise unsupported(_WHAT, _INSTEAD)

    @property
    def data_factory_resource_id(self) -> str | None:
        """The data factory that fills it."""
        raise unsupported(_WHAT, _INSTEAD)

    @property
    def default_replica_count(self) -> int:
        """How many copies it keeps."""
        raise unsupported(_WHAT, _INSTEAD)

    @property
    def ttl_in_days(self) -> int:
        """How long it keeps them."""
        raise unsupported(_WHAT, _INSTEAD)

    @property
    def ttl_expiration_policy(self) -> str:
        """From when that is counted."""
        raise unsupported(_WHAT, _INSTEAD)


class DatacacheHydrationTracker:
    """The filling of a cache. Raises NotImplementedError when one is made."""

    def __init__(
        self, workspace: "Workspace", datacache_store: Any, dataset: Any, replica_count: int, run_id: str
    ) -> None:
        raise unsupported(_WHAT, _INSTEAD)

    def wait_for_completion(self, show_output: bool = False) -> None:
        """Not there. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)
