"""`DataPath`, a place in a datastore that may be the value of a pipeline parameter, and how a step gets to it."""

from typing import TYPE_CHECKING

from azureml.data._names import generated
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.data.abstract_datastore import AbstractDatastore
    from azureml.data.data_reference import DataReference


class DataPath:
    """A place in a datastore. Without a name it gets `<datastore>_` and eight digits (contracts §6)."""

    def __init__(
        self,
        datastore: "AbstractDatastore | None" = None,
        path_on_datastore: str | None = None,
        name: str | None = None,
    ) -> None:
        self._datastore = datastore
        self._path_on_datastore = path_on_datastore
        self._name = name or generated(f"{datastore.name if datastore is not None else 'datapath'}_")

    @property
    def datastore_name(self) -> str | None:
        """The name of its datastore."""
        return None if self._datastore is None else self._datastore.name

    @property
    def path_on_datastore(self) -> str | None:
        """The path, relative to the datastore's root."""
        return self._path_on_datastore

    def create_data_reference(
        self, data_reference_name: str | None = None, datapath_compute_binding: "DataPathComputeBinding | None" = None
    ) -> "DataReference":
        """The reference to this place."""
        return (datapath_compute_binding or DataPathComputeBinding()).create_data_reference(data_reference_name, self)

    @staticmethod
    def create_from_data_reference(data_reference: "DataReference") -> "DataPath":
        """The place a reference points at."""
        return DataPath(data_reference.datastore, data_reference.path_on_datastore, data_reference.data_reference_name)

    def __repr__(self) -> str:
        return f"DataPath({self.datastore_name}, {self._path_on_datastore!r})"


class DataPathComputeBinding:
    """How a step gets to a data path: mounted, downloaded or uploaded, and where on the compute."""

    def __init__(self, mode: str = "mount", path_on_compute: str | None = None, overwrite: bool = False) -> None:
        from azureml.data.data_reference import MODES

        if mode not in MODES:
            raise UserErrorException(f"A data path is bound by mount, download or upload, not {mode!r}.")
        self._mode = mode
        self._path_on_compute = path_on_compute
        self._overwrite = overwrite

    def create_data_reference(
        self, data_reference_name: str | None = None, datapath: DataPath | None = None
    ) -> "DataReference":
        """The reference to a data path, bound in this way."""
        from azureml.data.data_reference import DataReference

        if datapath is None or datapath._datastore is None:
            raise UserErrorException("A data reference needs a datapath with a datastore.")
        return DataReference(
            datapath._datastore,
            data_reference_name or datapath._name,
            datapath.path_on_datastore,
            self._mode,
            self._path_on_compute,
            self._overwrite,
        )

    @staticmethod
    def create_from_data_reference(data_reference: "DataReference") -> "DataPathComputeBinding":
        """How a reference is bound."""
        return DataPathComputeBinding(data_reference.mode, data_reference.path_on_compute, data_reference.overwrite)
