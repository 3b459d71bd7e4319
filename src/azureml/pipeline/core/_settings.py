"""What run configuration and compute target say of a step, in the graph's words (contracts §17, §19)."""

from typing import Any, NamedTuple

from stepworks.graph.document import Scalar
from stepworks.graph.environment import EnvironmentSpec

LOCAL = "local"


class Facts(NamedTuple):
    """`target` is the name of a compute target of which it is not known yet that it is there."""

    compute: str | None
    target: str | None
    environment: EnvironmentSpec | None
    variables: dict[str, str]
    timeout: float | None
    settings: dict[str, Scalar | None]
    problems: tuple[str, ...]


class FactsOf:
    """Facts of steps; of steps that share a run configuration it is read once."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, Facts]] = {}

    def of(self, runconfig: Any, compute_target: Any = None, types: frozenset[str] | None = None) -> Facts:
        """The facts of a step: its own compute target comes before that of its run configuration.

        `types` are the types of compute target it can run on; None takes any.
        """
        base = self._of_runconfig(runconfig)
        if compute_target is None:
            return base
        compute, is_known, problem = _compute(compute_target, types)
        problems = (problem,) if problem else ()
        return base._replace(compute=compute, target=None if is_known else compute, problems=problems)

    def _of_runconfig(self, runconfig: Any) -> Facts:
        known = self._known.get(id(runconfig))
        if known is None:
            # The configuration is kept with its facts, so that its identity is not given to another.
            known = self._known[id(runconfig)] = (runconfig, _facts(runconfig))
        return known[1]


def _facts(runconfig: Any) -> Facts:
    if runconfig is None:
        return Facts(None, None, None, {}, None, {}, ())
    compute, is_known, problem = _compute(runconfig.target, None)
    environment, variables = _environment(runconfig)
    return Facts(
        compute,
        None if is_known else compute,
        environment,
        variables,
        _timeout(runconfig),
        _distribution(runconfig),
        (problem,) if problem else (),
    )


def _compute(given: Any, types: frozenset[str] | None) -> tuple[str | None, bool, str | None]:
    """A compute target's name, whether it is known to be there, and what is wrong with it."""
    if given is None or given == LOCAL:
        return None, True, None
    if isinstance(given, str):
        return given, False, None
    if isinstance(given, tuple):
        name, kind = (*given, None, None)[:2]  # pyright: ignore[reportUnknownVariableType]
        return str(name), True, _type_problem(str(name), kind, types)  # pyright: ignore[reportUnknownArgumentType]
    name = getattr(given, "name", None)
    if not isinstance(name, str):
        return None, True, f"its compute target is a {type(given).__name__}. Give a ComputeTarget or its name."
    if name == LOCAL:
        return None, True, None
    return name, True, _type_problem(name, getattr(given, "type", None), types)


def _type_problem(name: str, kind: Any, types: frozenset[str] | None) -> str | None:
    if types is None or kind is None or str(kind).lower() in {t.lower() for t in types}:
        return None
    return (
        f"its compute target '{name}' is of type {kind}, which it can't run on. It runs on {', '.join(sorted(types))}."
    )


def _environment(runconfig: Any) -> tuple[EnvironmentSpec | None, dict[str, str]]:
    from azureml.core.environment import to_spec

    variables = {str(k): str(v) for k, v in (runconfig.environment_variables or {}).items()}
    if runconfig.environment is None:
        return None, variables
    spec = to_spec(runconfig.environment)
    if _asks_for_nothing(spec):
        return None, dict(spec.variables) | variables
    return spec, variables


def _asks_for_nothing(spec: EnvironmentSpec) -> bool:
    """Whether the interpreter that runs the server will do (contracts §20): its user looks after it, or what is asked
    for is what a configuration has that nobody touched, the SDK itself."""
    if spec.interpreter_path is not None:
        return False
    untouched = not spec.conda and not spec.pip_options and spec.python_version is None and spec.docker is None
    return spec.user_managed or (untouched and all(_is_the_sdk(line) for line in spec.pip))


def _is_the_sdk(requirement: str) -> bool:
    return requirement.partition("~")[0].partition("=")[0].strip() in ("azureml-defaults", "azureml-core")


def _timeout(runconfig: Any) -> float | None:
    seconds = getattr(runconfig, "max_run_duration_seconds", None)
    return float(seconds) if seconds else None


def _distribution(runconfig: Any) -> dict[str, Scalar | None]:
    """How the work is spread over processes; recorded, and None where it is not."""
    found: dict[str, Scalar | None] = {}
    if runconfig.node_count and runconfig.node_count != 1:
        found["node_count"] = int(runconfig.node_count)
    communicator = str(runconfig.communicator or "None")
    if communicator not in ("None", "none"):
        found["communicator"] = communicator
        processes = getattr(runconfig.mpi, "process_count_per_node", None)
        if processes:
            found["process_count_per_node"] = int(processes)
    framework = str(runconfig.framework or "Python")
    if framework != "Python":
        found["framework"] = framework
    return found
