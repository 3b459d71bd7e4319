"""`SynapseSparkStep`: a step that runs a script on a Spark pool: not there yet."""

from collections.abc import Mapping, Sequence
from typing import Any

from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.output_dataset_config import HDFSOutputDatasetConfig
from azureml.pipeline.core.builder import PipelineStep


class SynapseSparkStep(PipelineStep):
    """Runs `file`, a path in `source_directory`, with Spark. It can be built into a pipeline, but not submitted.

    Inputs are datasets in direct or hdfs mode, outputs HDFSOutputDatasetConfig; ValueError otherwise.
    """

    _unavailable = "a PythonScriptStep that starts pyspark in local mode"
    _compute_types = frozenset({"SynapseSpark"})

    def __init__(
        self,
        file: str,
        source_directory: str,
        compute_target: Any,
        driver_memory: str,
        driver_cores: int,
        executor_memory: str,
        executor_cores: int,
        num_executors: int,
        name: str | None = None,
        app_name: str | None = None,
        environment: Any = None,
        arguments: Sequence[Any] | None = None,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        conf: Mapping[str, Any] | None = None,
        py_files: Sequence[str] | None = None,
        jars: Sequence[str] | None = None,
        files: Sequence[str] | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        if not file:
            raise ValueError("A SynapseSparkStep needs file: a script in its source directory.")
        for given in inputs or ():
            if not isinstance(given, DatasetConsumptionConfig) or given.mode not in ("direct", "hdfs"):
                raise ValueError(
                    f"An input of SynapseSparkStep '{name or file}' is a dataset as_named_input(…), or that as_hdfs()."
                )
        for made in outputs or ():
            if not isinstance(made, HDFSOutputDatasetConfig):
                raise ValueError(f"An output of SynapseSparkStep '{name or file}' is an HDFSOutputDatasetConfig.")
        self._script = file
        self._source_directory = source_directory
        self._compute = compute_target
        self._allow_reuse = allow_reuse
        self._version = version
        self._settings = {
            "driver_memory": driver_memory,
            "driver_cores": driver_cores,
            "executor_memory": executor_memory,
            "executor_cores": executor_cores,
            "num_executors": num_executors,
            "app_name": app_name,
        }
        super().__init__(name or file, inputs, outputs, arguments)
