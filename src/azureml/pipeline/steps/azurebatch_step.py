"""`AzureBatchStep`: a step that runs an executable on Azure Batch: not there."""

from collections.abc import Sequence
from typing import Any

from azureml.pipeline.core.builder import PipelineStep


class AzureBatchStep(PipelineStep):
    """Runs an executable on a pool of machines. It can be built into a pipeline, but not submitted.

    Raises ValueError without executable, compute_target, or a pool: pool_id, or create_pool.
    """

    _unavailable = "a CommandStep with the executable, on a machine that has it"
    _compute_types = frozenset({"Batch"})

    def __init__(
        self,
        name: str,
        create_pool: bool = False,
        pool_id: str | None = None,
        delete_batch_job_after_finish: bool = True,
        delete_batch_pool_after_finish: bool = False,
        is_positive_exit_code_failure: bool = True,
        vm_image_urn: str = "urn:MicrosoftWindowsServer:WindowsServer:2012-R2-Datacenter",
        run_task_as_admin: bool = False,
        target_compute_nodes: int = 1,
        vm_size: str = "standard_d1_v2",
        source_directory: str | None = None,
        executable: str | None = None,
        arguments: Sequence[Any] | None = None,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        allow_reuse: bool = True,
        compute_target: Any = None,
        version: str | None = None,
    ) -> None:
        if executable is None:
            raise ValueError(f"AzureBatchStep '{name}' needs the executable to run.")
        if compute_target is None:
            raise ValueError(f"AzureBatchStep '{name}' needs a compute_target: a BatchCompute or its name.")
        if not create_pool and pool_id is None:
            raise ValueError(f"AzureBatchStep '{name}' needs pool_id, or create_pool=True.")
        self._source_directory = source_directory
        self._compute = compute_target
        self._allow_reuse = allow_reuse
        self._version = version
        self._settings = {
            "executable": executable,
            "create_pool": create_pool,
            "pool_id": pool_id,
            "vm_size": vm_size,
            "target_compute_nodes": target_compute_nodes,
        }
        super().__init__(name, inputs, outputs, arguments)
