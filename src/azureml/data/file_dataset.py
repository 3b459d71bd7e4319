"""`FileDataset`: files, as they are."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.data._condition import Condition, column
from azureml.data._names import generated
from azureml.data.abstract_dataset import AbstractDataset
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.dataset_error_handling import executing
from azureml.exceptions import AzureMLException as AzureMLException
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.data._mounts import MountContext


class FileDataset(AbstractDataset):
    """Files of datastores or web addresses; made by `Dataset.File.from_files`."""

    def __init__(self) -> None:
        super().__init__()

    def to_path(self) -> list[str]:
        """The files' paths within the dataset, each beginning with '/'."""
        from stepworks.datasets.files import files

        with executing():
            return [f.relative for f in files(self._plan, self._resolver)]

    def download(
        self, target_path: str | None = None, overwrite: bool = False, ignore_not_found: bool = False
    ) -> list[str]:
        """Copy the files into a folder (default: a new temporary one); the paths of the copies.

        Raises UserErrorException when one is in the way and `overwrite` is not said, or there are no files, unless
        `ignore_not_found`.
        """
        import tempfile

        from stepworks.datasets.files import download, files
        from stepworks.errors import Conflict, DataMissing

        folder = Path(target_path) if target_path is not None else Path(tempfile.mkdtemp(prefix="stepworks-"))
        resolver = self._resolver
        with executing():
            try:
                found = files(self._plan, resolver)
            except DataMissing:
                if ignore_not_found:
                    return []
                raise
            try:
                return [str(p.absolute()) for p in download(found, resolver, folder, overwrite=overwrite)]
            except Conflict as e:
                raise UserErrorException(str(e)) from e

    def mount(self, mount_point: str | None = None, **kwargs: Any) -> "MountContext":
        """A context in which the files are in a folder: links to where they are, or to copies fetched from elsewhere.

        `with ds.mount() as m: os.listdir(m.mount_point)`; or `start()` and `stop()`. Nothing can be written there.
        """
        from azureml.data._mounts import MountContext

        return MountContext(self, mount_point)

    def as_mount(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """It as a mounted input of a step, under a generated name."""
        return DatasetConsumptionConfig(generated("input__"), self, "mount", path_on_compute)

    def as_download(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """It as an input of a step that is copied to the compute, under a generated name."""
        return DatasetConsumptionConfig(generated("input__"), self, "download", path_on_compute)

    def as_upload(self, path_on_compute: str | None = None) -> DatasetConsumptionConfig:
        """It as an input of a step that is copied to the compute (contracts §1.11)."""
        return self.as_download(path_on_compute)

    def as_hdfs(self) -> DatasetConsumptionConfig:
        """It as an input of a Spark step, under a generated name."""
        return DatasetConsumptionConfig(generated("input__"), self, "hdfs")

    def as_cache(self, datacache_store: Any) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A data cache", "as_mount(): local data are read in place")

    def hydrate(self, datacache_store: Any, replica_count: int | None = None) -> Any:
        """Not there. Raises NotImplementedError."""
        raise unsupported("A data cache", "as_mount(): local data are read in place")

    def file_metadata(self, col: str) -> Condition:
        """A fact of each file, to filter by: Path, Size (bytes), ModifiedTime, or a partition key.

        Raises UserErrorException for another.
        """
        known = ("Path", "Size", "ModifiedTime", *self.partition_keys)
        if col not in known:
            raise UserErrorException(f"Files have no fact {col!r}; there are {', '.join(known)}.")
        return column(col)
