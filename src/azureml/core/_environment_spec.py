"""`Environment` to and from the server's value for it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azureml.core._environment_sections import DockerSection, PythonSection, RSection, SparkSection
from azureml.core._sections import Section
from azureml.core.conda_dependencies import PYTHON_DEFAULT_VERSION, CondaDependencies
from azureml.exceptions import UserErrorException

if TYPE_CHECKING:
    from azureml.core.environment import Environment
    from stepworks.graph.environment import EnvironmentSpec

_DEFAULT_INTERPRETER = "python"


def to_spec(environment: "Environment") -> "EnvironmentSpec":
    """What the server needs to know of an environment.

    The Python version that the SDK puts in by itself counts as none, and so does the interpreter "python": then the
    interpreter that runs the server is used (contracts §20). Raises UserErrorException when the conda specification
    cannot be read.
    """
    import msgspec

    from stepworks.graph.environment import EnvironmentSpec

    packages = EnvironmentSpec() if environment.python.user_managed_dependencies else _packages(environment.python)
    interpreter = environment.python.interpreter_path
    return msgspec.structs.replace(
        packages,
        name=environment.name,
        version=environment.version,
        python_version=None if packages.python_version == PYTHON_DEFAULT_VERSION else packages.python_version,
        variables=dict(packages.variables) | {str(k): str(v) for k, v in environment.environment_variables.items()},
        user_managed=bool(environment.python.user_managed_dependencies),
        interpreter_path=None if interpreter == _DEFAULT_INTERPRETER else interpreter,
        docker=_set_by_user(environment.docker, DockerSection()),
        spark=_set_by_user(environment.spark, SparkSection()),
        r=_set_by_user(environment.r, RSection()),
    )


def from_spec(spec: "EnvironmentSpec") -> "Environment":
    """The environment that a server's value describes."""
    from azureml.core.environment import Environment

    made = Environment(spec.name or "")
    made.version = spec.version
    made.environment_variables = dict(spec.variables)
    made.python.user_managed_dependencies = spec.user_managed
    made.python.interpreter_path = spec.interpreter_path or _DEFAULT_INTERPRETER
    made.python.conda_dependencies = _conda(spec)
    made.docker = DockerSection._from_dict(spec.docker)
    made.spark = SparkSection._from_dict(spec.spark)
    made.r = None if spec.r is None else RSection._from_dict(spec.r)
    return made


def _packages(python: PythonSection) -> "EnvironmentSpec":
    from stepworks.environments.conda_yaml import from_conda_yaml
    from stepworks.errors import InvalidInput

    folder = Path()
    dependencies = python.conda_dependencies
    if python.conda_dependencies_file is not None:
        folder = Path(python.conda_dependencies_file).parent
        dependencies = CondaDependencies(python.conda_dependencies_file)
    if dependencies is None:
        dependencies = CondaDependencies()
    try:
        return from_conda_yaml(dependencies.serialize_to_string(), read=lambda path: (folder / path).read_text("utf-8"))
    except InvalidInput as e:
        raise UserErrorException(str(e), inner_exception=e) from e


def _conda(spec: "EnvironmentSpec") -> CondaDependencies:
    python = spec.python_version or PYTHON_DEFAULT_VERSION
    separator = "=" if python[0].isdigit() else ""
    content: dict[str, Any] = {"name": "project_environment"}
    pip: list[Any] = [{"pip": [*spec.pip_options, *spec.pip]}] if spec.pip or spec.pip_options else []
    content["dependencies"] = [f"python{separator}{python}", *spec.conda, *pip]
    if spec.channels:
        content["channels"] = list(spec.channels)
    return CondaDependencies(_underlying_structure=content)


def _set_by_user(section: Section | None, defaults: Section) -> dict[str, Any] | None:
    """The settings that differ from the defaults, or None when none does."""
    if section is None:
        return None
    usual = defaults._to_dict()
    changed = {k: v for k, v in section._to_dict().items() if v != usual.get(k)}
    return changed or None


def read_requirements(path: str | os.PathLike[str]) -> list[str]:
    """The lines of a requirement file: options first, then requirements; files that it names are followed.

    FileNotFoundError when the file is not there, UserErrorException when one that it names is not.
    """
    return _expanded(Path(path).read_text(encoding="utf-8").splitlines(), Path(path).parent)


def read_conda_specification(path: str | os.PathLike[str]) -> CondaDependencies:
    """A conda environment file whose `-r` lines, which are relative to it, are replaced by what these files hold."""
    dependencies = CondaDependencies(path)
    lines = [*dependencies.pip_options, *dependencies.pip_packages]
    if any(line.startswith(("-r", "--requirement")) for line in lines):
        dependencies.set_pip_requirements(_expanded(lines, Path(path).parent))
    return dependencies


def _expanded(lines: list[str], folder: Path) -> list[str]:
    from stepworks.environments.conda_yaml import parse_requirement_lines
    from stepworks.errors import InvalidInput

    try:
        requirements, options = parse_requirement_lines(lines, read=lambda path: (folder / path).read_text("utf-8"))
    except InvalidInput as e:
        raise UserErrorException(str(e), inner_exception=e) from e
    return [*options, *requirements]
