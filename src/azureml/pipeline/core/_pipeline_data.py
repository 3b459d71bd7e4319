"""`PipelineData`: what one step writes and later ones read (contracts §6)."""

from typing import TYPE_CHECKING, Any

from azureml.pipeline.core._bindings import InputPortBinding, port_name

if TYPE_CHECKING:
    from azureml.pipeline.core.pipeline_output_dataset import PipelineOutputFileDataset


class PipelineData:
    """An output of a step and, in later steps, an input. The script makes the file or folder itself.

    It lies in `datastore`, else the pipeline's default one. The producing port is called `output_name`, the
    consuming one `name`. Raises ValueError for a name other than letters, digits and '_', or a mode other than mount
    and upload.
    """

    def __init__(
        self,
        name: str,
        datastore: Any = None,
        output_name: str | None = None,
        output_mode: str = "mount",
        output_path_on_compute: str | None = None,
        output_overwrite: bool | None = None,
        data_type: Any = None,
        is_directory: bool | None = None,
        pipeline_output_name: str | None = None,
        training_output: Any = None,
    ) -> None:
        if output_mode not in ("mount", "upload"):
            raise ValueError(f"PipelineData '{name}' has the mode {output_mode!r}. Outputs have mount or upload.")
        self._name = port_name(name, "PipelineData")
        self._datastore = datastore
        self._output_name = port_name(output_name or name, "an output")
        self._output_mode: Any = output_mode
        self._output_path_on_compute = output_path_on_compute
        self._output_overwrite = output_overwrite
        self._data_type = data_type
        self._is_directory = is_directory
        self._pipeline_output_name = pipeline_output_name
        self._training_output = training_output
        # The last step that was constructed with it among its outputs.
        self._producer: Any = None

    @property
    def name(self) -> str:
        """Its name as an input."""
        return self._name

    @property
    def datastore(self) -> Any:
        """The datastore it lies in, or None for the default one."""
        return self._datastore

    @property
    def data_type(self) -> Any:
        """Its kind of data."""
        return self._data_type

    def as_dataset(self) -> "PipelineOutputFileDataset":
        """Its dataset form: to be registered, read as a table, or given to a script as a dataset."""
        from azureml.pipeline.core.pipeline_output_dataset import PipelineOutputFileDataset

        return PipelineOutputFileDataset(self)

    def as_input(self, input_name: str) -> InputPortBinding:
        """It as an input under another name."""
        return self.create_input_binding(input_name)

    def as_mount(self, input_name: str | None = None) -> InputPortBinding:
        """It as a mounted input."""
        return self.create_input_binding(input_name, "mount")

    def as_download(
        self, input_name: str | None = None, path_on_compute: str | None = None, overwrite: bool | None = None
    ) -> InputPortBinding:
        """It as an input that is copied to the compute."""
        return self.create_input_binding(input_name, "download", path_on_compute, overwrite)

    def create_input_binding(
        self,
        input_name: str | None = None,
        mode: str | None = None,
        path_on_compute: str | None = None,
        overwrite: bool | None = None,
    ) -> InputPortBinding:
        """It as an input. Raises ValueError for a mode other than mount and download."""
        if mode not in (None, "mount", "download"):
            raise ValueError(f"PipelineData '{self._name}' is read by mount or download, not {mode!r}.")
        return InputPortBinding(input_name or self._name, self, mode or "mount", path_on_compute, overwrite)

    def get_env_variable_name(self) -> str:
        """The text that stands for the local path in an argument."""
        return str(self)

    @property
    def arg_val(self) -> str:
        """The text that stands for the local path in an argument."""
        return str(self)

    def __str__(self) -> str:
        return f"$AZUREML_DATAREFERENCE_{self._name}"

    def __repr__(self) -> str:
        return str(self)
