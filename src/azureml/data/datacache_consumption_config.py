"""A dataset through a cache, as an input of a step: not there."""

from typing import Any

from azureml._unsupported import unsupported
from azureml.exceptions import UserErrorException as UserErrorException


class DatacacheConsumptionConfig:
    """A cached input. It can be made, but no step takes it; `as_mount` raises NotImplementedError."""

    def __init__(
        self,
        datacache_store: Any,
        dataset: Any,
        mode: str = "mount",
        replica_count: int | None = None,
        path_on_compute: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.datacache_store = datacache_store
        self.dataset = dataset
        self.mode = mode
        self.replica_count = replica_count
        self.path_on_compute = path_on_compute
        self.datacache_id = kwargs.get("datacache_id")

    def as_mount(self, path_on_compute: str | None = None, replica_count: int | None = None) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A data cache", "dataset.as_mount(): local data are read in place")
