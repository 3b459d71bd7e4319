"""`KustoStep`: a step that runs queries on Azure Data Explorer: not there."""

from collections.abc import Mapping
from typing import Any

from azureml.pipeline.core.builder import PipelineStep


class KustoStep(PipelineStep):
    """Runs the queries of a folder. It can be built into a pipeline, but not submitted."""

    _unavailable = "a PythonScriptStep that runs the query with azure-kusto-data"
    _compute_types = frozenset({"Kusto"})

    def __init__(
        self,
        name: str,
        compute_target: Any,
        database_name: str,
        query_directory: str,
        output: Any,
        parameter_dict: Mapping[str, Any] | None = None,
        allow_reuse: bool = False,
    ) -> None:
        if compute_target is None or not database_name or not query_directory:
            raise ValueError(f"KustoStep '{name}' needs compute_target, database_name and query_directory.")
        self._source_directory = query_directory
        self._compute = compute_target
        self._allow_reuse = allow_reuse
        self._params = dict(parameter_dict or {})
        self._settings = {"database_name": database_name}
        super().__init__(name, None, None if output is None else [output])
