"""Conda's environment files and pip's requirement files as text, to and from `EnvironmentSpec`. Opens no file."""

import re
import shlex
from collections.abc import Callable, Iterable
from typing import Any, cast

from stepworks.errors import InvalidInput
from stepworks.graph.environment import EnvironmentSpec

ReadText = Callable[[str], str]
"""Gives the text of a file that a specification names (`-r requirements.txt`); raises OSError when there is none."""

_SHORT = {"-i": "--index-url", "-f": "--find-links"}
_WITH_VALUE = {"--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--no-binary", "--only-binary"}
_WITHOUT_VALUE = {"--pre", "--no-index"}
_WITHOUT_MEANING = {"--prefer-binary", "--use-feature", "--require-hashes"}
_DEEPEST = 20


def from_conda_yaml(text: str, *, name: str | None = None, read: ReadText | None = None) -> EnvironmentSpec:
    """The specification that a conda environment file describes.

    `read` follows `-r` lines in the `pip:` list; without it they stay, and are reported when the environment is
    made. Raises InvalidInput when the text is no such file; the message names the entry.
    """
    document = _load(text)
    python_version: str | None = None
    conda: list[str] = []
    lines: list[str] = []
    for entry in _list(document, "dependencies"):
        if isinstance(entry, dict):
            lines += _pip_lines(cast(dict[str, Any], entry))
            continue
        if not isinstance(entry, str | int | float):
            raise InvalidInput(
                f"The conda specification has {entry!r} in 'dependencies'.", remedy="Write a package there."
            )
        dependency = str(entry).strip()
        version = _version_of_python(dependency)
        if version is not None:
            python_version = version or None
        elif dependency and not re.fullmatch(r"(\S+::)?pip\b\s*([=<>!~ ].*)?", dependency):
            conda.append(dependency)
    pip, options = parse_requirement_lines(lines, read=read)
    return EnvironmentSpec(
        name=name or document.get("name"),
        python_version=python_version,
        pip=pip,
        conda=tuple(conda),
        channels=tuple(str(c) for c in _list(document, "channels")),
        pip_options=options,
        variables={str(k): str(v) for k, v in (document.get("variables") or {}).items()},
    )


def to_conda_yaml(spec: EnvironmentSpec) -> str:
    """The conda environment file of a specification; `from_conda_yaml` reads it back to an equal one."""
    import yaml

    dependencies: list[Any] = []
    if spec.python_version:
        separator = "=" if spec.python_version[0].isdigit() else ""
        dependencies.append(f"python{separator}{spec.python_version}")
    dependencies += spec.conda
    if spec.pip or spec.pip_options:
        dependencies += ["pip", {"pip": [*spec.pip_options, *spec.pip]}]
    document: dict[str, Any] = {"name": spec.name} if spec.name else {}
    if spec.channels:
        document["channels"] = list(spec.channels)
    document["dependencies"] = dependencies
    if spec.variables:
        document["variables"] = dict(spec.variables)
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000)


def parse_requirement_lines(
    lines: Iterable[str], *, read: ReadText | None = None, depth: int = 0
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Requirements and options of a requirement file's lines.

    Comments, `--hash` and environment-neutral options are dropped, continued lines are joined, `-r` is followed when
    `read` is given. Raises InvalidInput for a file that is missing or includes itself.
    """
    requirements: list[str] = []
    options: list[str] = []
    for line in _joined(lines):
        line = re.sub(r"(^|\s)#.*$", "", line).strip()
        if not line:
            continue
        if not line.startswith("-"):
            requirements.append(re.split(r"\s+--(?:hash|global-option|config-settings?)\b", line)[0].strip())
            continue
        option, value = _option(line)
        if option in {"-r", "--requirement"} and read is not None:
            deeper, more = _follow(value, read, depth)
            requirements += deeper
            options += more
        elif option in _WITH_VALUE and value:
            options.append(f"{option}={value}")
        elif option in _WITHOUT_VALUE:
            options.append(option)
        elif option not in _WITHOUT_MEANING:
            requirements.append(line)
    return tuple(requirements), tuple(options)


def _follow(path: str, read: ReadText, depth: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if depth > _DEEPEST:
        raise InvalidInput(f"The requirement file '{path}' includes itself.", remedy="Take out one of the '-r' lines.")
    try:
        text = read(path)
    except OSError as e:
        raise InvalidInput(f"The requirement file '{path}' can't be read: {e.strerror or e}.") from e
    return parse_requirement_lines(text.splitlines(), read=read, depth=depth + 1)


def _joined(lines: Iterable[str]) -> Iterable[str]:
    pending = ""
    for raw in lines:
        line = pending + str(raw).strip()
        if line.endswith("\\"):
            pending = line[:-1]
        else:
            pending = ""
            yield line
    if pending:
        yield pending


def _option(line: str) -> tuple[str, str]:
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    option, _, value = words[0].partition("=")
    if not option.startswith("--") and len(option) > 2 and option[:2] in {"-r", "-f", "-i"}:
        option, value = option[:2], line[2:].strip()
    return _SHORT.get(option, option), value or " ".join(words[1:])


def _load(text: str) -> dict[str, Any]:
    import yaml

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as e:
        raise InvalidInput(f"The conda specification is not readable YAML: {e}") from e
    if not isinstance(document, dict):
        raise InvalidInput(
            "The conda specification is not a mapping.",
            remedy="It needs at least 'dependencies:' and a list of packages.",
        )
    return cast(dict[str, Any], document)


def _list(document: dict[str, Any], key: str) -> list[Any]:
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInput(f"'{key}' of the conda specification is not a list, but {value!r}.")
    return cast(list[Any], value)


def _pip_lines(entry: dict[str, Any]) -> list[str]:
    if set(entry) != {"pip"} or not isinstance(entry["pip"], list | None):
        raise InvalidInput(
            f"The conda specification has {entry!r} in 'dependencies'.", remedy="The only list allowed there is 'pip:'."
        )
    return [str(line) for line in cast(list[Any], entry["pip"] or [])]


def _version_of_python(dependency: str) -> str | None:
    """The version in a dependency on Python ("" when it has none), or None when it is about another package."""
    match = re.fullmatch(r"(?:\S+::)?python\s*(?P<version>[=<>!~\s].*)?", dependency)
    if match is None:
        return None
    version = (match["version"] or "").strip()
    if version.startswith("=") or version[:1].isdigit():
        return re.split(r"[=\s]", version.lstrip("= "))[0].removesuffix(".*")
    return version.replace(" ", "")
