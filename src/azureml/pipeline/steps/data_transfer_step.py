"""`DataTransferStep`: a step that copies data between storages (contracts §17): not there."""

from typing import Any

from azureml.pipeline.core._pipeline_data import PipelineData
from azureml.pipeline.core.builder import PipelineStep

_TYPES = ("file", "directory")
_OUTPUT = "_data_transfer_output"


class DataTransferStep(PipelineStep):
    """Copies `source_data_reference` to `destination_data_reference`, which is an input too.

    Later steps wait for `get_output()`.

    It can be built into a pipeline, but not submitted. Raises ValueError when one of both is missing, or a type is
    neither file nor directory.
    """

    _unavailable = "a PythonScriptStep that copies from one input to an output"
    _compute_types = frozenset({"DataFactory"})

    def __init__(
        self,
        name: str,
        source_data_reference: Any = None,
        destination_data_reference: Any = None,
        compute_target: Any = None,
        source_reference_type: str | None = None,
        destination_reference_type: str | None = None,
        allow_reuse: bool = True,
    ) -> None:
        if source_data_reference is None or destination_data_reference is None:
            raise ValueError(f"DataTransferStep '{name}' needs source_data_reference and destination_data_reference.")
        if compute_target is None:
            raise ValueError(f"DataTransferStep '{name}' needs a compute_target: a DataFactoryCompute or its name.")
        for what, kind in (("source", source_reference_type), ("destination", destination_reference_type)):
            if kind is not None and kind not in _TYPES:
                raise ValueError(f"{what}_reference_type is 'file' or 'directory', not {kind!r}.")
        self._compute = compute_target
        self._allow_reuse = allow_reuse
        self._settings = {
            "source_reference_type": source_reference_type,
            "destination_reference_type": destination_reference_type,
        }
        datastore = getattr(destination_data_reference, "datastore", None)
        self._output = PipelineData(_OUTPUT, datastore=datastore, output_name=_OUTPUT)
        super().__init__(name, [source_data_reference, destination_data_reference], [self._output])

    def get_output(self) -> PipelineData:
        """What later steps take as input to wait for the copy."""
        return self._output
