"""`PythonScriptStep`: a step that runs a Python script (contracts §5, §17)."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from azureml.pipeline.core.builder import PipelineStep
from azureml.pipeline.steps._given import check_params, told_of_hash_paths
from stepworks.graph.document import Script


class PythonScriptStep(PipelineStep):
    """Runs `script_name`, a path in `source_directory`, with `arguments`.

    The source directory (default: the pipeline's, else the current one) becomes a snapshot when the pipeline is
    submitted; the script starts at its root. `compute_target` is an object, a name, or (name, type); else the run
    configuration's. `params` are given as AML_PARAMETER_<name>. `hash_paths` is accepted and has no effect: the whole
    source directory counts. `target` is the old spelling of `compute_target`. Raises ValueError with every problem.
    """

    _compute_types = frozenset(
        {
            "AmlCompute",
            "AmlInstance",
            "ComputeInstance",
            "Kubernetes",
            "Local",
            "RemoteCompute",
            "VirtualMachine",
            "HDInsight",
        }
    )

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
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: Sequence[str] | None = None,
        *,
        target: Any = None,
    ) -> None:
        if not script_name or not isinstance(script_name, str | os.PathLike):
            raise ValueError("A PythonScriptStep needs script_name: a path in its source directory.")
        self._script = os.fspath(script_name)
        self._source_directory = None if source_directory is None else os.fspath(source_directory)
        self._runconfig = runconfig
        self._compute = compute_target if compute_target is not None else target
        self._allow_reuse = allow_reuse is not False
        self._version = version
        if params:
            self._params = dict(params)
        if runconfig_pipeline_params:
            self._runconfig_params = dict(runconfig_pipeline_params)
            check_params(self._script, self._params, self._runconfig_params)
        if hash_paths:
            told_of_hash_paths(name or self._script)
        super().__init__(name or self._script, inputs, outputs, arguments)
        self._work = Script(self._script, self._arguments)
