"""`DataReference`: data that lie in a datastore, and how a step gets to them (contracts §6)."""

from typing import TYPE_CHECKING, Self

from azureml.data._names import generated
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.runconfig import DataReferenceConfiguration
    from azureml.data.abstract_datastore import AbstractDatastore
    from azureml.data.datapath import DataPath, DataPathComputeBinding

MODES = ("mount", "download", "upload")


class DataReference:
    """A place in a datastore as a step's input; the script gets a local path.

    Without a name it has its datastore's, or a generated one when a path is given. Raises UserErrorException for a
    mode other than mount, download and upload.
    """

    # Why no step can have it as input, and what to do instead.
    _unavailable: str | None = None

    def __init__(
        self,
        datastore: "AbstractDatastore",
        data_reference_name: str | None = None,
        path_on_datastore: str | None = None,
        mode: str = "mount",
        path_on_compute: str | None = None,
        overwrite: bool = False,
    ) -> None:
        if mode not in MODES:
            raise UserErrorException(f"A data reference has the mode mount, download or upload, not {mode!r}.")
        self.datastore = datastore
        self.data_reference_name = data_reference_name or (generated("", 32) if path_on_datastore else datastore.name)
        self.path_on_datastore = path_on_datastore
        self.mode = mode
        self.path_on_compute = path_on_compute
        self.overwrite = overwrite

    @staticmethod
    def create(
        data_reference_name: str | None = None,
        datapath: "DataPath | None" = None,
        datapath_compute_binding: "DataPathComputeBinding | None" = None,
    ) -> "DataReference":
        """The reference to a data path, in the way its binding says."""
        from azureml.data.datapath import DataPathComputeBinding

        if datapath is None:
            raise UserErrorException("A data reference needs a datapath.")
        return (datapath_compute_binding or DataPathComputeBinding()).create_data_reference(
            data_reference_name, datapath
        )

    def path(self, path: str | None = None, data_reference_name: str | None = None) -> "DataReference":
        """The reference to what lies below this one."""
        below = "/".join(p.strip("/") for p in (self.path_on_datastore, path) if p)
        return DataReference(
            self.datastore, data_reference_name, below or None, self.mode, self.path_on_compute, self.overwrite
        )

    def as_mount(self) -> Self:
        """A copy that is mounted: the script sees the data themselves."""
        return self._in_mode("mount", None, False)

    def as_download(self, path_on_compute: str | None = None, overwrite: bool = False) -> Self:
        """A copy that is copied to the compute before the script starts."""
        return self._in_mode("download", path_on_compute, overwrite)

    def as_upload(self, path_on_compute: str | None = None, overwrite: bool = False) -> Self:
        """A copy in upload mode. As an input it is copied in before the script starts (contracts §20)."""
        return self._in_mode("upload", path_on_compute, overwrite)

    def _in_mode(self, mode: str, path_on_compute: str | None, overwrite: bool) -> Self:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.mode, made.path_on_compute, made.overwrite = mode, path_on_compute, overwrite
        return made

    def to_config(self) -> "DataReferenceConfiguration":
        """The entry for `RunConfiguration.data_references`."""
        from azureml.core.runconfig import DataReferenceConfiguration

        return DataReferenceConfiguration(
            datastore_name=self.datastore.name,
            mode=self.mode,
            path_on_datastore=self.path_on_datastore,
            path_on_compute=self.path_on_compute,
            overwrite=self.overwrite,
        )

    @property
    def arg_val(self) -> str:
        """The text that stands for the local path in an argument."""
        return str(self)

    def __str__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self.data_reference_name}"

    def __repr__(self) -> str:
        return str(self)
