"""The graph of one submitted script (contracts §12): a step whose ports are what its arguments name."""

from typing import TYPE_CHECKING, Any

from azureml.pipeline.core._declared import declare
from azureml.pipeline.core._problems import InvalidStep
from azureml.pipeline.core._settings import FactsOf
from stepworks.graph.document import Command, DatasetValue, Graph, Input, Script, Source, Step

if TYPE_CHECKING:
    from azureml.core.script_run_config import ScriptRunConfig
    from azureml.core.workspace import Workspace

_STEP = "00000001"


def script_graph(workspace: "Workspace", config: "ScriptRunConfig", snapshot: str) -> Graph:
    """The graph of a ScriptRunConfig. Datasets that its arguments name are saved.

    Raises ValueError for arguments that cannot be.
    """
    runconfig = config.run_config
    command = getattr(config, "command", None)
    arguments = command_arguments(command) if command else list(config.arguments or ())
    found = declare((), (), arguments, add_all=True)
    if found.problems:
        raise InvalidStep(config.script or "command", found.problems)
    facts = FactsOf().of(runconfig)
    step = Step(
        id=_STEP,
        name=config.script or "command",
        work=Command(found.arguments) if command else Script(config.script or "", found.arguments),
        snapshot=snapshot,
        inputs=tuple(
            Input(
                name=port.name,
                source=_source(port, workspace),
                mode=port.mode,  # pyright: ignore[reportArgumentType]
                style=port.style,
                tabular=port.tabular,
                path_on_compute=port.path_on_compute,
                overwrite=port.overwrite,
                reader=port.reader,
            )
            for port in found.inputs
        ),
        outputs=tuple(port.declared for port in found.outputs),
        variables=facts.variables,
        environment=facts.environment,
        compute=facts.compute,
        timeout_seconds=facts.timeout,
        settings=facts.settings,
    )
    return Graph(steps=(step,))


def command_arguments(command: Any) -> list[Any]:
    """A command as arguments, which are joined by blanks for the shell."""
    return [command] if isinstance(command, str) else list(command)


def _source(port: Any, workspace: "Workspace") -> Source:
    if port.source is not None:
        return port.source
    if port.dataset is not None:
        return DatasetValue(id=port.dataset._saved_id(workspace))
    raise InvalidStep("script", [f"the input '{port.name}' is another step's output, which a script alone has not."])
