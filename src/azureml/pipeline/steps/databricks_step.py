"""`DatabricksStep`: a step that runs a notebook, script or JAR on Databricks (contracts §17): not there."""

from collections.abc import Mapping, Sequence
from typing import Any

from azureml.pipeline.core._parameter import PipelineParameter
from azureml.pipeline.core.builder import PipelineStep
from azureml.pipeline.steps._given import told_of_hash_paths

DEFAULT_SPARK_VERSION = "10.4.x-scala2.12"
DEFAULT_NODE_TYPE = "Standard_D3_v2"


class DatabricksStep(PipelineStep):
    """Runs exactly one of notebook_path, python_script_path, python_script_name (in source_directory) and
    main_class_name on a cluster: an existing one, or a new one of num_workers, or of min_workers to max_workers.

    It can be built into a pipeline, but not submitted. Raises ValueError for what contradicts itself.
    """

    _unavailable = "a PythonScriptStep with pandas, or pyspark in local mode"
    _compute_types = frozenset({"Databricks"})

    def __init__(
        self,
        name: str,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        existing_cluster_id: str | None = None,
        spark_version: str | None = None,
        node_type: str | None = None,
        instance_pool_id: str | None = None,
        num_workers: int | None = None,
        min_workers: int | None = None,
        max_workers: int | None = None,
        spark_env_variables: Mapping[str, str] | None = None,
        spark_conf: Mapping[str, str] | None = None,
        init_scripts: Sequence[str] | None = None,
        cluster_log_dbfs_path: str | None = None,
        notebook_path: Any = None,
        notebook_params: Mapping[str, Any] | None = None,
        python_script_path: Any = None,
        python_script_params: Sequence[Any] | None = None,
        main_class_name: Any = None,
        jar_params: Sequence[Any] | None = None,
        python_script_name: str | None = None,
        source_directory: str | None = None,
        hash_paths: Sequence[str] | None = None,
        run_name: str | None = None,
        timeout_seconds: int | None = None,
        runconfig: Any = None,
        maven_libraries: Any = None,
        pypi_libraries: Any = None,
        egg_libraries: Any = None,
        jar_libraries: Any = None,
        rcran_libraries: Any = None,
        compute_target: Any = None,
        allow_reuse: bool = True,
        version: str | None = None,
        permit_cluster_restart: bool | None = None,
    ) -> None:
        work = {
            "notebook_path": notebook_path,
            "python_script_path": python_script_path,
            "python_script_name": python_script_name,
            "main_class_name": main_class_name,
        }
        _check_work(name, work, source_directory)
        if existing_cluster_id is None:
            _check_workers(name, num_workers, min_workers, max_workers)
        _check_parameters(name, notebook_params)
        if compute_target is None and runconfig is None:
            raise ValueError(f"DatabricksStep '{name}' needs a compute_target: a DatabricksCompute or its name.")
        if hash_paths:
            told_of_hash_paths(name)
        self._script = python_script_name
        self._source_directory = source_directory
        self._compute = compute_target
        self._runconfig = None
        self._allow_reuse = allow_reuse
        self._version = version
        self._params = dict(notebook_params or {})
        self._settings = {
            "existing_cluster_id": existing_cluster_id,
            "spark_version": spark_version or DEFAULT_SPARK_VERSION,
            "node_type": node_type or DEFAULT_NODE_TYPE,
            "run_name": run_name,
        }
        super().__init__(name, inputs, outputs, [*(python_script_params or ()), *(jar_params or ())])


def _check_work(name: str, work: Mapping[str, Any], source_directory: str | None) -> None:
    given = [key for key, value in work.items() if value is not None]
    if len(given) != 1:
        said = ", ".join(given) or "none"
        raise ValueError(f"DatabricksStep '{name}' has exactly one of {', '.join(work)}; it has {said}.")
    if given == ["python_script_name"] and source_directory is None:
        raise ValueError(f"DatabricksStep '{name}' has a python_script_name, so it needs source_directory too.")


def _check_workers(name: str, num_workers: Any, min_workers: Any, max_workers: Any) -> None:
    is_range = min_workers is not None or max_workers is not None
    if num_workers is not None and is_range:
        raise ValueError(f"DatabricksStep '{name}' has either num_workers, or min_workers and max_workers.")
    if num_workers is None and (min_workers is None or max_workers is None):
        raise ValueError(
            f"DatabricksStep '{name}' needs existing_cluster_id, num_workers, or min_workers and max_workers."
        )


def _check_parameters(name: str, params: Any) -> None:
    if params is not None and not isinstance(params, Mapping):
        raise ValueError(f"DatabricksStep '{name}': notebook_params is a dictionary, not a {type(params).__name__}.")
    for key, value in (params or {}).items():
        if isinstance(value, PipelineParameter) and value._is_data:
            raise ValueError(f"DatabricksStep '{name}': notebook_params['{key}'] is data. Give it as an input.")
