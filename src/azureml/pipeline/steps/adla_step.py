"""`AdlaStep`: a step that runs U-SQL on Azure Data Lake Analytics: not there, as that service is gone."""

from collections.abc import Mapping, Sequence
from typing import Any

from azureml.pipeline.core.builder import PipelineStep
from azureml.pipeline.steps._given import told_of_hash_paths


class AdlaStep(PipelineStep):
    """Runs a U-SQL script. It can be built into a pipeline, but not submitted.

    Raises ValueError without script_name or compute_target.
    """

    _unavailable = "a PythonScriptStep with pandas or any SQL engine"
    _compute_types = frozenset({"DataLakeAnalytics"})

    def __init__(
        self,
        script_name: str,
        name: str | None = None,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        degree_of_parallelism: int | None = None,
        priority: int | None = None,
        runtime_version: str | None = None,
        compute_target: Any = None,
        source_directory: str | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: Sequence[str] | None = None,
    ) -> None:
        if not script_name:
            raise ValueError("An AdlaStep needs script_name: a U-SQL script in its source directory.")
        if compute_target is None:
            raise ValueError(f"AdlaStep '{name or script_name}' needs a compute_target: an AdlaCompute or its name.")
        if hash_paths:
            told_of_hash_paths(name or script_name)
        self._script = script_name
        self._source_directory = source_directory
        self._compute = compute_target
        self._allow_reuse = allow_reuse
        self._version = version
        self._params = dict(params or {})
        self._settings = {
            "degree_of_parallelism": degree_of_parallelism,
            "priority": priority,
            "runtime_version": runtime_version,
        }
        super().__init__(name or script_name, inputs, outputs)
