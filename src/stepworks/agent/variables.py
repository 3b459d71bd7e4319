"""The environment variables of an attempt (contracts §7).

Three layers: what the agent itself runs with, cleaned; the environment's own variables; what this one attempt gets.
"""

import os
import sys
from collections.abc import Iterable, Mapping

from stepworks.errors import InvalidInput
from stepworks.graph.document import Input, Output
from stepworks.wire.agent import EnvironmentOrder

# Of the agent's own environment, what steps must not see: it belongs to the agent, or to a step that started it.
_NOT_PASSED_ON = ("STEPWORKS_", "AZUREML_", "AML_")
_PYTHONS_OWN = (
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONUNBUFFERED",
    "PYTHONHOME",
    "PYTHONSTARTUP",
    "PYTHONEXECUTABLE",
    "PYTHONSAFEPATH",
)
# A dataset called "path" or "home" is allowed with a warning (contracts §2); it never takes these away.
_TAKEN = frozenset({"PATH", "HOME", "USER", "SHELL", "PWD", "TMPDIR", "LANG", "IFS"})
_TAKEN_PREFIXES = ("LD_", "PYTHON", "LC_")

# Read when a library or the interpreter is loaded, so too late for a process that has loaded them.
_IMPORT_TIME = (
    "OMP_",
    "KMP_",
    "GOMP_",
    "MKL_",
    "OPENBLAS_",
    "GOTO_",
    "BLIS_",
    "VECLIB_",
    "NUMEXPR_",
    "NUMBA_",
    "TF_",
    "XLA_",
    "JAX_",
    "CUDA_",
    "NVIDIA_",
    "HIP_",
    "ROCR_",
    "PYTORCH_",
    "TORCH_",
    "NCCL_",
    "PYTHON",
    "LD_",
    "MALLOC_",
    "GLIBC_",
    "LC_",
    "LANG",
)
COLD = "STEPWORKS_COLD"


def base_environment(own: Mapping[str, str], python: str, *, is_own: bool, is_virtual: bool) -> dict[str, str]:
    """What every step of an environment starts from.

    `own` is the agent's environment; `is_own` says that the interpreter is the agent's own (then PYTHONPATH, which may
    be how its packages are found, is kept); `is_virtual` that it belongs to a virtual environment.
    """
    found = {
        name: value
        for name, value in own.items()
        if not name.startswith(_NOT_PASSED_ON)
        and name not in _PYTHONS_OWN
        and name not in ("VIRTUAL_ENV", "VIRTUAL_ENV_PROMPT")
    }
    if not is_own:
        found.pop("PYTHONPATH", None)
    folder = os.path.dirname(python)
    found["PATH"] = os.pathsep.join(_first([folder, *found.get("PATH", os.defpath).split(os.pathsep)]))
    if is_virtual:
        found["VIRTUAL_ENV"] = os.path.dirname(folder)
    return found


def environment_of(order: EnvironmentOrder, own: Mapping[str, str]) -> dict[str, str]:
    """What every step of an ordered environment starts from; `own` is the environment of who starts it."""
    is_virtual = os.path.exists(os.path.join(os.path.dirname(os.path.dirname(order.python)), "pyvenv.cfg"))
    found = base_environment(own, order.python, is_own=order.python == sys.executable, is_virtual=is_virtual)
    if order.path:
        found["PATH"] = os.pathsep.join([*order.path, found["PATH"]])
    found.update(order.variables)
    return found


def needs_cold_start(variables: Iterable[str]) -> bool:
    """Whether an attempt sets what is read when a process or library is loaded, or asks for a process of its own."""
    return any(name.startswith(_IMPORT_TIME) or name == COLD for name in variables)


def has_own_variables(variables: Iterable[str]) -> bool:
    """Whether an attempt sets variables of its own, which a preloaded library may have wanted to see."""
    return any(not name.startswith(_NOT_PASSED_ON) for name in variables)


def check(variables: Mapping[str, str]) -> None:
    """Raises InvalidInput for a variable that no process can have."""
    for name, value in variables.items():
        if not name or "=" in name or "\0" in name or "\0" in value:
            raise InvalidInput(
                f"The environment variable {name!r} cannot be set.",
                target=name,
                remedy="A name has no '=', and neither name nor value has a NUL character.",
            )


def variables_of_input(port: Input, value: str, *, is_file: bool) -> dict[str, str]:
    """What a script finds of an input: `value` is its path, or the dataset's id."""
    if port.style == "port":
        return {} if port.mode == "direct" else {f"AZUREML_DATAREFERENCE_{port.name}": value}
    found = {port.name: value, f"AZUREML_DATAREFERENCE_{port.name}": value}
    if is_file:
        found[port.name.upper()] = value
    return {name: text for name, text in found.items() if not _is_taken(name)}


def variables_of_output(port: Output, path: str) -> dict[str, str]:
    """What a script finds of an output."""
    found = {f"AZUREML_DATAREFERENCE_{port.name}": path}
    if port.style == "dataset" and not _is_taken(port.name):
        found[port.name] = path
    return found


def variables_of_datasets(inputs: Iterable[Input], outputs: Iterable[Output]) -> dict[str, str]:
    """The lists that `Run.input_datasets` and `Run.output_datasets` are made from."""
    given = ",".join(f"{port.name}:{port.mode}" for port in inputs if port.style == "dataset")
    made = ";".join(port.name for port in outputs if port.style == "dataset")
    found: dict[str, str] = {}
    if given:
        found["AZUREML_DATASET_ENVIRONMENT_VARS"] = given
    if made:
        found["AZUREML_DATASET_FILE_OUTPUTS"] = made
    return found


def _is_taken(name: str) -> bool:
    return name in _TAKEN or name.startswith(_TAKEN_PREFIXES)


def _first(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(item for item in items if item))
