"""`CommandStep`: a step that runs a command line (contracts §17)."""

import os
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from azureml.pipeline.core.builder import PipelineStep
from azureml.pipeline.steps._given import check_params
from stepworks.graph.document import Command


class CommandStep(PipelineStep):
    """Runs `command` in a shell, from the root of the source directory's snapshot.

    The command is a text, or a list whose items are joined by blanks and may be inputs, outputs and parameters. Without
    one, that of `runconfig`, which is a RunConfiguration or a ScriptRunConfig. Raises ValueError with every problem.
    """

    _compute_types = frozenset(
        {"AmlCompute", "AmlInstance", "ComputeInstance", "Kubernetes", "Local", "RemoteCompute", "VirtualMachine"}
    )

    def __init__(
        self,
        command: str | Sequence[Any] | None = None,
        name: str | None = None,
        compute_target: Any = None,
        runconfig: Any = None,
        runconfig_pipeline_params: Mapping[str, Any] | None = None,
        inputs: Sequence[Any] | None = None,
        outputs: Sequence[Any] | None = None,
        params: Mapping[str, Any] | None = None,
        source_directory: str | os.PathLike[str] | None = None,
        allow_reuse: bool = True,
        version: str | None = None,
    ) -> None:
        given, directory, runconfig = _taken_apart(runconfig)
        parts = _parts(command or given)
        if not parts:
            raise ValueError("A CommandStep needs a command, or a runconfig that has one.")
        directory = source_directory if source_directory is not None else directory
        self._source_directory = None if directory is None else os.fspath(directory)
        self._runconfig = runconfig
        self._compute = compute_target
        self._allow_reuse = allow_reuse is not False
        self._version = version
        if params:
            self._params = dict(params)
        if runconfig_pipeline_params:
            self._runconfig_params = dict(runconfig_pipeline_params)
            check_params(name or "CommandStep", self._params, self._runconfig_params)
        super().__init__(name or f"CommandStep_{_first_word(parts)}", inputs, outputs, parts)
        self._work = Command(self._arguments)


def _taken_apart(runconfig: Any) -> tuple[Any, Any, Any]:
    """Command, source directory and run configuration of what is given as `runconfig`."""
    inner = getattr(runconfig, "run_config", None)
    if inner is None:
        return getattr(runconfig, "command", None), None, runconfig
    return getattr(runconfig, "command", None) or inner.command, runconfig.source_directory, inner


def _parts(command: Any) -> list[Any]:
    """The command as a list of what is joined by blanks."""
    if command is None:
        return []
    if isinstance(command, str):
        return [command] if command.strip() else []
    return [part for part in command if part != ""]


def _first_word(parts: Sequence[Any]) -> str:
    """The first word, without its folder, as far as a name may have it."""
    try:
        words = shlex.split(str(parts[0]))
    except ValueError:
        words = str(parts[0]).split()
    return os.path.basename(words[0]) if words else "command"
