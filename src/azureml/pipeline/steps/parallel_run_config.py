"""`ParallelRunConfig`: how a ParallelRunStep cuts its input into mini-batches and runs them (contracts §17)."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from azureml.pipeline.core._parameter import PipelineParameter

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace

_BYTES = re.compile(r"(\d+)(KB|MB|GB)?", re.IGNORECASE)
_UNITS = {"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
_OUTPUT_ACTIONS = ("append_row", "summary_only")
_LOGGING_LEVELS = ("WARNING", "INFO", "DEBUG")
_DEFAULT_FILE = "parallel_run_step.txt"
_STORED = (
    "error_threshold",
    "output_action",
    "node_count",
    "process_count_per_node",
    "mini_batch_size",
    "entry_script",
    "source_directory",
    "description",
    "logging_level",
    "run_invocation_timeout",
    "run_max_try",
    "append_row_file_name",
    "allowed_failed_count",
    "allowed_failed_percent",
    "partition_keys",
)


class ParallelRunConfig:
    """How mini-batches are made and run.

    `mini_batch_size` is a number or a text such as "10" (files) or "1KB", "10MB" (rows, in powers of 1024); not
    together with `partition_keys`. Numbers may be PipelineParameters. Raises ValueError with every mistake.
    """

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
        logging_level: Any = "INFO",
        run_invocation_timeout: Any = 60,
        run_max_try: Any = 3,
        append_row_file_name: str | None = None,
        allowed_failed_count: int | None = None,
        allowed_failed_percent: float | None = None,
        partition_keys: Sequence[str] | None = None,
        environment_variables: Mapping[str, str] | None = None,
    ) -> None:
        self.environment = environment
        self.entry_script = entry_script
        self.error_threshold = error_threshold
        self.output_action = output_action
        self.compute_target = compute_target
        self.node_count = node_count
        self.process_count_per_node = process_count_per_node
        self.mini_batch_size = mini_batch_size
        self.source_directory = source_directory
        self.description = description
        self.logging_level = logging_level
        self.run_invocation_timeout = run_invocation_timeout
        self.run_max_try = run_max_try
        self.append_row_file_name = append_row_file_name
        self.allowed_failed_count = allowed_failed_count
        self.allowed_failed_percent = allowed_failed_percent
        self.partition_keys = partition_keys
        self._environment_variables = dict(environment_variables or {})
        mistakes = list(self._mistakes())
        if mistakes:
            raise ValueError("The ParallelRunConfig cannot be used: " + " ".join(mistakes))

    def _mistakes(self) -> Sequence[str]:
        found = [
            f"{name} is {value!r}; give a whole number, {least} or more."
            for name, value, least in (
                ("error_threshold", self.error_threshold, -1),
                ("node_count", self.node_count, 1),
                ("process_count_per_node", self.process_count_per_node, 1),
                ("run_invocation_timeout", self.run_invocation_timeout, 1),
                ("run_max_try", self.run_max_try, 1),
                ("allowed_failed_count", self.allowed_failed_count, -1),
            )
            if value is not None and not _is_number(value, least)
        ]
        if not self.entry_script or not isinstance(self.entry_script, str):
            found.append("entry_script is missing; name a script of the source directory.")
        if self.output_action not in _OUTPUT_ACTIONS:
            found.append(f"output_action is {self.output_action!r}; use append_row or summary_only.")
        percent = self.allowed_failed_percent
        if percent is not None and not (isinstance(percent, int | float) and 0 <= percent <= 100):
            found.append(f"allowed_failed_percent is {percent!r}; give a number from 0 to 100.")
        level = self.logging_level
        if level is not None and not isinstance(level, PipelineParameter) and level not in _LOGGING_LEVELS:
            found.append(f"logging_level is {level!r}; use one of {', '.join(_LOGGING_LEVELS)}.")
        found += self._batch_mistakes()
        most = _most_nodes(self.compute_target)
        if most is not None and isinstance(self.node_count, int) and self.node_count > most:
            found.append(f"node_count is {self.node_count}, but the compute target has at most {most} nodes.")
        name = self.append_row_file_name
        if name is not None and (not isinstance(name, str) or "/" in name or "\\" in name):
            found.append(f"append_row_file_name is {name!r}; give a file name without a folder.")
        return found

    def _batch_mistakes(self) -> list[str]:
        size = self.mini_batch_size
        if size is None:
            return []
        if self.partition_keys is not None:
            return ["mini_batch_size and partition_keys exclude each other; give one of them."]
        if isinstance(size, PipelineParameter):
            size = size.default_value
        try:
            batch_amount(size)
        except ValueError as e:
            return [str(e)]
        return []

    @property
    def environment_variables(self) -> dict[str, str]:
        """Variables of the entry script; may be set."""
        return self._environment_variables

    @environment_variables.setter
    def environment_variables(self, variables: Mapping[str, str] | None) -> None:
        self._environment_variables = dict(variables or {})

    @property
    def _result_file(self) -> str:
        return self.append_row_file_name or _DEFAULT_FILE

    def save_to_yaml(self, path: str) -> None:
        """Write the configuration to a file that `load_yaml` reads."""
        import yaml

        target = self.compute_target
        stored: dict[str, Any] = {"compute_target_name": getattr(target, "name", target)}
        environment = self.environment
        if environment is not None:
            stored["environment"] = {"name": environment.name, "version": environment.version}
        for name in _STORED:
            value = getattr(self, name)
            value = value.default_value if isinstance(value, PipelineParameter) else value
            if value is not None:
                stored[name] = list(value) if name == "partition_keys" else value
        if self._environment_variables:
            stored["environment_variables"] = self._environment_variables
        with open(path, "w", encoding="utf-8") as f:
            yaml.safe_dump({"parallel_run_config": stored}, f, sort_keys=False)

    @staticmethod
    def load_yaml(workspace: "Workspace", path: str) -> "ParallelRunConfig":
        """Read a configuration. Its environment and compute target are found in the workspace by name.

        Raises ValueError for a file without entry_script, output_action and the like.
        """
        import yaml

        with open(path, encoding="utf-8") as f:
            read = yaml.safe_load(f) or {}
        given: dict[str, Any] = dict(read.get("parallel_run_config", read))
        environment = given.pop("environment", None)
        target = given.pop("compute_target_name", None) or given.pop("compute_target", None)
        unknown = sorted(given.keys() - {*_STORED, "environment_variables"})
        if unknown:
            raise ValueError(f"{path}: {', '.join(unknown)} is unknown in a ParallelRunConfig.")
        missing = [n for n in ("entry_script", "error_threshold", "output_action", "node_count") if n not in given]
        if missing:
            raise ValueError(f"{path}: {', '.join(missing)} is missing in the ParallelRunConfig.")
        return ParallelRunConfig(
            environment=_found_environment(workspace, environment),
            compute_target=None if target is None else workspace.compute_targets[target],
            **given,
        )


def batch_amount(size: Any) -> tuple[int, bool]:
    """A mini-batch size as a number, and whether it is in bytes. Raises ValueError for what is none."""
    if isinstance(size, int) and not isinstance(size, bool) and size > 0:
        return size, False
    found = _BYTES.fullmatch(size) if isinstance(size, str) else None
    if found is None or int(found[1]) < 1:
        raise ValueError(
            f"mini_batch_size is {size!r}; give a number of files, or bytes such as '1KB', '10MB' or '1GB'."
        )
    unit = found[2]
    return int(found[1]) * (_UNITS[unit.upper()] if unit else 1), unit is not None


def _is_number(value: Any, least: int) -> bool:
    if isinstance(value, PipelineParameter):
        value = value.default_value
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _most_nodes(target: Any) -> int | None:
    """How many nodes a compute target may have; None where that is not known without asking."""
    scale = getattr(target, "scale_settings", None)
    most = getattr(scale, "maximum_node_count", None)
    return most if isinstance(most, int) else None


def _found_environment(workspace: "Workspace", given: Any) -> Any:
    from azureml.core.environment import Environment

    if given is None or isinstance(given, Environment):
        return given
    if isinstance(given, str):
        return Environment.get(workspace, given)
    return Environment.get(workspace, given["name"], given.get("version"))
