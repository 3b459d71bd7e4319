"""`ModuleStepBase`: a step that runs a published module."""

from collections.abc import Mapping, Sequence
from typing import Any

from azureml.pipeline.core._bindings import InputPortBinding as InputPortBinding
from azureml.pipeline.core._bindings import PipelineDataset as PipelineDataset
from azureml.pipeline.core._pipeline_data import PipelineData as PipelineData
from azureml.pipeline.core._port_data_reference import PortDataReference as PortDataReference
from azureml.pipeline.core.builder import DataReference as DataReference
from azureml.pipeline.core.builder import PipelineStep as PipelineStep


class ModuleStepBase(PipelineStep):
    """A step made of a module, or of one version of it: exactly one of both, else ValueError. Maps go by port name."""

    _unavailable = "a PythonScriptStep with the module's script"

    def __init__(
        self,
        module: Any = None,
        version: str | None = None,
        module_version: Any = None,
        inputs_map: Mapping[str, Any] | None = None,
        outputs_map: Mapping[str, Any] | None = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Mapping[str, Any] | None = None,
        arguments: Sequence[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        name: str | None = None,
        _workflow_provider: Any = None,
    ) -> None:
        if (module is None) == (module_version is None):
            raise ValueError("A module step has exactly one of module and module_version.")
        chosen = module if module is not None else module_version
        self._compute = compute_target
        self._runconfig = runconfig
        self._runconfig_params = dict(runconfig_pipeline_params or {})
        self._params = dict(params or {})
        self._module = chosen
        self._version = version
        super().__init__(
            name or getattr(chosen, "name", None) or "module",
            list((inputs_map or {}).values()),
            list((outputs_map or {}).values()),
            arguments,
        )
