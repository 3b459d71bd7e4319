"""`RScriptStep`: a step that runs an R script: not there."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from azureml.pipeline.core.builder import PipelineStep
from azureml.pipeline.steps._given import check_params, told_of_deprecation


class RScriptStep(PipelineStep):
    """Runs an R script. It can be built into a pipeline, but not submitted. Raises ValueError without script_name."""

    _unavailable = "a CommandStep with the command 'Rscript <script> …', where R is installed"

    def __init__(
        self,
        script_name: str,
        name: str | None = None,
        arguments: Sequence[Any] | None = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Mapping[str, Any] | None = None,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        source_directory: str | os.PathLike[str] | None = None,
        use_gpu: bool = False,
        custom_docker_image: str | None = None,
        cran_packages: Sequence[Any] | None = None,
        github_packages: Sequence[Any] | None = None,
        custom_url_packages: Sequence[str] | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        if not script_name:
            raise ValueError("An RScriptStep needs script_name: a path in its source directory.")
        told_of_deprecation("RScriptStep", "CommandStep")
        self._script = script_name
        self._source_directory = None if source_directory is None else os.fspath(source_directory)
        self._runconfig = runconfig
        self._compute = compute_target
        self._allow_reuse = allow_reuse
        self._version = version
        self._params = dict(params or {})
        self._runconfig_params = dict(runconfig_pipeline_params or {})
        check_params(script_name, self._params, self._runconfig_params)
        super().__init__(name or script_name, inputs, outputs, arguments)
