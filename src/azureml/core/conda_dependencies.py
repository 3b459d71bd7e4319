"""The packages of an environment, as a conda environment file holds them (contracts §19)."""

import copy
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast

from azureml._version import VERSION as VERSION
from azureml.exceptions import UserErrorException

PYTHON_DEFAULT_VERSION = "3.10.18"

_HEADER = "# Conda environment specification: what is installed for runs whose userManagedDependencies is false.\n"
_DEFAULT_FILE = "conda_dependencies.yml"
_DEFAULT_PACKAGE = "azureml-defaults"
_CNTK_VERSION = "2.7"
_OWN_VERSIONS = re.compile(r"azureml-(dataprep|inference-server)")


class CondaDependencies:
    """A conda environment: channels, conda packages with Python, pip packages and pip options.

    Made from a file, or by `create`, or empty but for Python and `azureml-defaults`. FileNotFoundError when the file
    is not there, UserErrorException when it is not a conda environment file.
    """

    DEFAULT_NUMBER_OF_CONDA_PACKAGES = 0
    DEFAULT_NUMBER_OF_PIP_PACKAGES = 0

    def __init__(
        self,
        conda_dependencies_file_path: str | os.PathLike[str] | None = None,
        _underlying_structure: dict[str, Any] | None = None,
    ) -> None:
        if _underlying_structure is not None:
            self._content: dict[str, Any] = copy.deepcopy(dict(_underlying_structure))
        elif conda_dependencies_file_path is not None:
            self._content = _read(Path(conda_dependencies_file_path))
        else:
            self._content = {
                "name": "project_environment",
                "dependencies": [f"python={PYTHON_DEFAULT_VERSION}", {"pip": [_DEFAULT_PACKAGE]}],
                "channels": ["anaconda", "conda-forge"],
            }

    @staticmethod
    def create(
        pip_indexurl: str | None = None,
        pip_packages: Iterable[str] | None = None,
        conda_packages: Iterable[str] | None = None,
        python_version: str = "3.10.18",
        pin_sdk_version: bool = True,
    ) -> "CondaDependencies":
        """Dependencies of the given packages; without pip packages `azureml-defaults`.

        `pin_sdk_version` adds the SDK's version to SDK packages that name none.
        """
        made = CondaDependencies()
        made.set_python_version(str(python_version))
        if pip_indexurl is not None:
            made.set_pip_index_url(pip_indexurl)
        if pip_packages is not None:
            made._set_pip([*made.pip_options])
            for package in _strings(pip_packages, "pip_packages"):
                made.add_pip_package(_pinned(package) if pin_sdk_version else package)
        for package in _strings(conda_packages or (), "conda_packages"):
            made.add_conda_package(package)
        return made

    @staticmethod
    def merge_requirements(requirements: Iterable[str]) -> list[str]:
        """One requirement for each package: the version conditions of repeated ones are joined by commas."""
        merged: dict[str, dict[str, None]] = {}
        for requirement in requirements:
            name = re.match(r"[^=<>!~;]*", requirement.strip())
            key = name[0].strip() if name else ""
            condition = requirement.strip()[len(key) :].strip()
            merged.setdefault(key, {}).update({condition: None} if condition else {})
        return [name + ",".join(conditions) for name, conditions in merged.items()]

    @staticmethod
    def sdk_origin_url() -> str:
        """Where packages come from beside the usual index: nowhere."""
        return ""

    # --- what is in it

    @property
    def conda_channels(self) -> Iterator[str]:
        """Channels, in the order they are searched."""
        return iter([str(c) for c in self._content.get("channels") or ()])

    @property
    def conda_packages(self) -> Iterator[str]:
        """Conda packages as they were written, Python too."""
        return iter([str(d) for d in self._dependencies() if not isinstance(d, dict)])

    @property
    def pip_packages(self) -> Iterator[str]:
        """Pip requirements as they were written, without options."""
        return iter([line for line in self._pip() if not line.startswith("-")])

    @property
    def pip_options(self) -> Iterator[str]:
        """Options in the list of pip, such as an index."""
        return iter([line for line in self._pip() if line.startswith("-")])

    def get_default_number_of_packages(self) -> tuple[int, int]:
        """How many conda and pip packages are there before any is added."""
        return 1, 1

    def get_python_version(self) -> str | None:
        """The version after `python=`, or None when Python has no version or is not named."""
        for package in self.conda_packages:
            match = re.fullmatch(r"python\s*=*\s*(\d[^=\s]*).*", package)
            if match:
                return match[1]
        return None

    def as_dict(self) -> dict[str, Any]:
        """The content of the conda file, copied."""
        return copy.deepcopy(self._content)

    # --- changing it

    def set_python_version(self, version: str) -> None:
        """Ask for a version of Python."""
        self.add_conda_package(f"python={version}")

    def add_channel(self, channel: str) -> None:
        """Search one more channel."""
        channels = self._content.setdefault("channels", [])
        if channel not in channels:
            channels.append(channel)

    def remove_channel(self, channel: str) -> None:
        """Search a channel no more; nothing happens if it is not there."""
        self._content["channels"] = [c for c in self.conda_channels if c != channel]

    def add_conda_package(self, conda_package: str) -> None:
        """Add a package, in the place of one of the same name."""
        [conda_package] = _strings([conda_package], "conda_package")
        self._content["dependencies"] = _with(self._dependencies(), conda_package)

    def remove_conda_package(self, conda_package: str) -> None:
        """Remove a package by its name or as it was written; nothing happens if it is not there."""
        key = _key(conda_package)
        self._content["dependencies"] = [d for d in self._dependencies() if isinstance(d, dict) or _key(str(d)) != key]

    def add_pip_package(self, pip_package: str) -> None:
        """Add a requirement, in the place of one for the same package."""
        [pip_package] = _strings([pip_package], "pip_package")
        self._set_pip(cast(list[str], _with(self._pip(), pip_package)))

    def remove_pip_package(self, pip_package: str) -> None:
        """Remove a requirement by its name or as it was written; nothing happens if it is not there."""
        key = _key(pip_package)
        self._set_pip([line for line in self._pip() if line.startswith("-") or _key(line) != key])

    def set_pip_requirements(self, pip_requirements: Iterable[str]) -> None:
        """Let these lines be all of the pip list, options included."""
        self._set_pip(_strings(pip_requirements, "pip_requirements"))

    def set_pip_index_url(self, index_url: str) -> None:
        """Take packages from an index; the address, or a whole option such as `--index-url …`."""
        self.set_pip_option(index_url if index_url.startswith("-") else f"--index-url {index_url}")

    def set_pip_option(self, pip_option: str) -> None:
        """Add an option to the pip list, in the place of the same option."""
        self._set_pip(cast(list[str], _with(self._pip(), pip_option)))

    def remove_pip_option(self, pip_option: str) -> None:
        """Remove an option by its name; nothing happens if it is not there."""
        key = _key(pip_option)
        self._set_pip([line for line in self._pip() if _key(line) != key])

    def add_tensorflow_pip_package(self, core_type: str = "cpu", version: str | None = None) -> None:
        """Add TensorFlow from pip. `core_type` is "cpu" or "gpu"."""
        self.add_pip_package(_of_core("tensorflow", core_type, f"=={version}" if version else None))

    def add_tensorflow_conda_package(self, core_type: str = "cpu", version: str | None = None) -> None:
        """Add TensorFlow from conda. `core_type` is "cpu" or "gpu"."""
        self.add_conda_package(_of_core("tensorflow", core_type, f"={version}" if version else None))

    def add_cntk_package(self, core_type: str = "cpu") -> None:
        """Add CNTK from pip. `core_type` is "cpu" or "gpu"."""
        self.add_pip_package(_of_core("cntk", core_type, f"=={_CNTK_VERSION}"))

    # --- as text

    def serialize_to_string(self) -> str:
        """The conda environment file as text."""
        import yaml

        return _HEADER + "\n" + yaml.safe_dump(self._content, sort_keys=False, allow_unicode=True, width=1000)

    def save(self, path: str | os.PathLike[str] | None = None) -> str:
        """Write the conda environment file, `conda_dependencies.yml` by default, and return its path.

        UserErrorException when the path is a folder.
        """
        target = Path(path if path is not None else _DEFAULT_FILE)
        if target.is_dir():
            raise UserErrorException(
                f"{target} is a folder. Give the path of a file, such as {target / _DEFAULT_FILE}."
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self.serialize_to_string(), encoding="utf-8")
        return os.fspath(path) if path is not None else _DEFAULT_FILE

    def save_to_file(self, base_directory: str, conda_file_path: str | None = None) -> str:
        """Write the conda environment file below a folder and return its path in there."""
        relative = conda_file_path or _DEFAULT_FILE
        self.save(Path(base_directory) / relative)
        return relative

    # --- the lists in the document

    def _dependencies(self) -> list[Any]:
        return list(self._content.get("dependencies") or ())

    def _pip(self) -> list[str]:
        for dependency in self._dependencies():
            if isinstance(dependency, dict):
                lines = cast(dict[str, Any], dependency).get("pip")
                return [str(line).strip() for line in lines or ()]
        return []

    def _set_pip(self, lines: list[str]) -> None:
        dependencies = self._dependencies()
        at = next((i for i, d in enumerate(dependencies) if isinstance(d, dict)), len(dependencies))
        dependencies[at : at + 1] = [{"pip": lines}]
        self._content["dependencies"] = dependencies


def _read(path: Path) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as e:
        raise UserErrorException(f"{path} is not readable YAML: {e}", inner_exception=e) from e
    if not isinstance(content, dict):
        raise UserErrorException(f"{path} is not a conda environment file: it has no 'dependencies:' with a list.")
    document = cast(dict[str, Any], content)
    for key in ("dependencies", "channels"):
        if not isinstance(document.get(key, []), list | None):
            raise UserErrorException(f"'{key}' of {path} is not a list, but {document[key]!r}.")
    return document


def _strings(values: Iterable[str], parameter: str) -> list[str]:
    """The values as a list. A text alone is one value: nobody means its letters."""
    listed = [values] if isinstance(values, str) else list(values)
    for value in listed:
        if not isinstance(value, str):
            raise UserErrorException(f"{parameter} holds {value!r}; packages are given as texts.")
    return [value.strip() for value in listed]


def _key(line: str) -> str:
    """The name a line is about: an option's, or a package's as the index compares names."""
    if line.startswith("-"):
        return re.split(r"[\s=]", line, maxsplit=1)[0]
    name = re.split(r"[=<>!~;@\[\s]", line.split("::")[-1], maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def _with(entries: list[Any], line: str) -> list[Any]:
    """The entries with a line in the place of the one of the same name, or at the end."""
    key = _key(line)
    same = [i for i, entry in enumerate(entries) if not isinstance(entry, dict) and _key(str(entry)) == key]
    if not same:
        return [*entries, line]
    return [line if i == same[0] else entry for i, entry in enumerate(entries) if i not in same[1:]]


def _pinned(package: str) -> str:
    if not package.startswith("azureml-") or _OWN_VERSIONS.match(package) or re.search(r"[=<>!~@;]", package):
        return package
    return f"{package}~={VERSION}"


def _of_core(package: str, core_type: str, version: str | None) -> str:
    if core_type not in ("cpu", "gpu"):
        raise UserErrorException(f"core_type is {core_type!r}; it is 'cpu' or 'gpu'.")
    # Without a version the newest is meant, and that has one package for both.
    name = package if core_type == "cpu" or version is None else f"{package}-gpu"
    return name + (version or "")
