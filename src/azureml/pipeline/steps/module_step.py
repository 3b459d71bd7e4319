"""`ModuleStep`: a step that runs a published module: not there yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from azureml.pipeline.core.module_step_base import ModuleStepBase as ModuleStepBase


class ModuleStep(ModuleStepBase):
    """A step made of a module, or of one version of it. It can be built into a pipeline, but not submitted."""

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
        super().__init__(
            module,
            version,
            module_version,
            inputs_map,
            outputs_map,
            compute_target,
            runconfig,
            runconfig_pipeline_params,
            arguments,
            params,
            name,
        )
