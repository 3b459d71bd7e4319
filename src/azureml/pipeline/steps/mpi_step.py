"""`MpiStep`: a step that runs a script in several processes. The old way: a run configuration with MpiConfiguration."""

from collections.abc import Sequence
from typing import Any

from azureml.pipeline.steps._given import told_of_deprecation
from azureml.pipeline.steps.python_script_step import PythonScriptStep as PythonScriptStep


class MpiStep(PythonScriptStep):
    """Runs a script on `node_count` nodes in `process_count_per_node` processes each.

    The counts are recorded; in this version the script runs once. Raises ValueError when one of name,
    source_directory, script_name, arguments, compute_target, node_count and process_count_per_node is missing.
    """

    def __init__(
        self,
        name: str | None = None,
        source_directory: str | None = None,
        script_name: str | None = None,
        arguments: Sequence[Any] | None = None,
        compute_target: Any = None,
        node_count: Any = None,
        process_count_per_node: Any = None,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
        hash_paths: Sequence[str] | None = None,
        **kwargs: Any,
    ) -> None:
        required = {
            "name": name,
            "source_directory": source_directory,
            "script_name": script_name,
            "arguments": arguments,
            "compute_target": compute_target,
            "node_count": node_count,
            "process_count_per_node": process_count_per_node,
        }
        missing = [key for key, value in required.items() if value is None]
        if missing:
            raise ValueError(f"An MpiStep needs {', '.join(missing)}.")
        told_of_deprecation("MpiStep", "PythonScriptStep with a RunConfiguration that has an MpiConfiguration")
        self._settings = {"node_count": node_count, "process_count_per_node": process_count_per_node}
        super().__init__(
            script_name=script_name or "",
            name=name,
            arguments=arguments,
            compute_target=compute_target,
            inputs=inputs,
            outputs=outputs,
            source_directory=source_directory,
            allow_reuse=allow_reuse,
            version=version,
            hash_paths=hash_paths,
        )
