"""`PortDataReference`: the data that an output of a finished step holds (contracts §13)."""

from typing import TYPE_CHECKING, Any

from azureml.pipeline.core._bindings import InputPortBinding

if TYPE_CHECKING:
    from azureml.data.abstract_datastore import AbstractDatastore
    from azureml.data.data_reference import DataReference


class PortDataReference:
    """Where an output lies. It may be downloaded, or be an input of another pipeline's step."""

    def __init__(
        self, context: Any, pipeline_run_id: str, data_reference: "DataReference", step_run: Any = None
    ) -> None:
        self._context = context
        self.pipeline_run_id = pipeline_run_id
        self._data_reference = data_reference
        self._step_run = step_run
        self.data_reference_name = data_reference.data_reference_name

    @property
    def name(self) -> str:
        """The output's name."""
        return self.data_reference_name

    @property
    def datastore(self) -> "AbstractDatastore":
        """The datastore it lies in."""
        return self._data_reference.datastore

    @property
    def datastore_name(self) -> str:
        """The name of the datastore it lies in."""
        return self._data_reference.datastore.name

    @property
    def path_on_datastore(self) -> str:
        """The path of the file or folder in its datastore."""
        return self._data_reference.path_on_datastore or ""

    @property
    def _path_on_datastore(self) -> str:
        return self.path_on_datastore

    def download(self, local_path: str, overwrite: bool | None = None, show_progress: bool | None = None) -> int:
        """Fetch its files: they land below `local_path/<path_on_datastore>`; how many were fetched.

        Files that are there already stay, unless `overwrite`.
        """
        from azureml.data import _transfer

        return _transfer.download(
            self.datastore,
            local_path,
            self.path_on_datastore,
            overwrite=bool(overwrite),
            show_progress=show_progress is not False,
            exactly=True,
        )

    def as_input(self, input_name: str) -> InputPortBinding:
        """It as an input of a step, under this name."""
        return self.create_input_binding(input_name)

    def as_mount(self, input_name: str | None = None) -> InputPortBinding:
        """It as a mounted input of a step."""
        return self.create_input_binding(input_name, "mount")

    def as_download(
        self, input_name: str | None = None, path_on_compute: str | None = None, overwrite: bool | None = None
    ) -> InputPortBinding:
        """It as an input of a step that is copied to the compute."""
        return self.create_input_binding(input_name, "download", path_on_compute, overwrite)

    def create_input_binding(
        self,
        input_name: str | None = None,
        mode: str | None = None,
        path_on_compute: str | None = None,
        overwrite: bool | None = None,
    ) -> InputPortBinding:
        """It as an input of a step."""
        return InputPortBinding(
            input_name or self.data_reference_name, self, mode or "mount", path_on_compute, overwrite
        )

    def __str__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self.data_reference_name}"

    def __repr__(self) -> str:
        return f"PortDataReference({self.name!r}, datastore={self.datastore_name!r}, path={self.path_on_datastore!r})"
