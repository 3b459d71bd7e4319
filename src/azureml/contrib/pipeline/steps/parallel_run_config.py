"""`ParallelRunConfig` with the parameters it had as a preview."""

from typing import Any

from azureml.pipeline.steps.parallel_run_config import ParallelRunConfig as _ParallelRunConfig


class ParallelRunConfig(_ParallelRunConfig):
    """How a parallel run step runs. `input_format` is kept and says nothing: the kind of the inputs does.

    Raises ValueError with everything that is wrong.
    """

    input_format: str | None

    def __init__(
        self,
        environment: Any,
        entry_script: str,
        error_threshold: int,
        output_action: str,
        compute_target: Any,
        node_count: Any,
        process_count_per_node: Any = None,
        mini_batch_size: Any = None,
        source_directory: str | None = None,
        description: str | None = None,
        logging_level: Any = None,
        run_invocation_timeout: Any = None,
        input_format: str | None = None,
        append_row_file_name: str | None = None,
    ) -> None:
        super().__init__(
            environment,
            entry_script,
            error_threshold,
            output_action,
            compute_target,
            node_count,
            process_count_per_node,
            mini_batch_size,
            source_directory,
            description,
            logging_level=logging_level or "INFO",
            run_invocation_timeout=60 if run_invocation_timeout is None else run_invocation_timeout,
            append_row_file_name=append_row_file_name,
        )
        self.input_format = input_format
