"""What has to be installed for a specification: pip's and conda's wishes as one list of requirements. Pure."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from stepworks.environments.conda import requirement_of
from stepworks.environments.names import RENAMED, VERSIONED_ANEW
from stepworks.environments.requirement import Requirement, parse_requirement
from stepworks.environments.sdk_names import is_sdk_name, packages_for
from stepworks.graph.environment import EnvironmentSpec

RUNTIME = ("blake3>=0.4", "msgspec>=0.18", "pyarrow", "pyyaml", "requests")
"""What `azureml` needs inside a step. Few bounds, and none on numpy, pandas or scikit-learn: those are the user's."""

CUSTOMARY = ("setuptools<81",)
"""What every conda environment has and scripts rely on (`pkg_resources`); given up where it stands in the way."""


class Resolved(msgspec.Struct, frozen=True):
    """`requirements` for pip; `notes` about what was mapped or left out; `problems`, which make it impossible.

    `origins` has the user's own line for each project name, so that an error can point to it.
    """

    requirements: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    origins: Mapping[str, str] = {}


def to_requirements(spec: EnvironmentSpec) -> Resolved:
    """The user's requirements of a specification, all problems at once. stepworks' own (`RUNTIME`) are not in it.

    Conda's packages are mapped to the same projects on PyPI, `azureml-*` to stepworks itself and what came along
    with it. A project that is wished for both ways is taken from `pip:`, as pip ran last.
    """
    requirements: dict[str, str] = {}
    origins: dict[str, str] = {}
    notes: list[str] = []
    problems: list[str] = []
    along: list[str] = []
    for line, requirement, note, problem in [*map(_from_conda, spec.conda), *map(_from_pip, spec.pip)]:
        if note is not None:
            notes.append(note)
        if problem is not None:
            problems.append(problem)
        if requirement is None:
            continue
        if is_sdk_name(requirement.key):
            along += packages_for(requirement)
            notes.append(_sdk_note(line, requirement))
            continue
        key = requirement.key + (f";{requirement.marker}" if requirement.marker else "")
        requirements[key] = str(requirement)
        origins[requirement.key] = line
    for package in along:
        requirements.setdefault(package, package)
    return Resolved(tuple(requirements.values()), tuple(dict.fromkeys(notes)), tuple(problems), origins)


def with_additions(requirements: Iterable[str], additions: Iterable[str]) -> tuple[str, ...]:
    """`requirements`, and those of `additions` whose project is not in them yet."""
    have = tuple(requirements)
    names = {r.key for r in map(parse_requirement, have) if r is not None}
    return (*have, *(a for a in additions if (r := parse_requirement(a)) is None or r.key not in names))


_Line = tuple[str, Requirement | None, str | None, str | None]


def _from_conda(line: str) -> _Line:
    meaning = requirement_of(line)
    requirement = parse_requirement(meaning.requirement) if meaning.requirement else None
    return line, requirement, meaning.note, meaning.problem


def _from_pip(line: str) -> _Line:
    text = re.sub(r"^(-e|--editable)[\s=]+", "", line)
    if text.startswith("-"):
        return line, None, None, _option_problem(line)
    named = _named_url(text)
    requirement = parse_requirement(named)
    if requirement is None:
        return line, None, None, _unnamed_problem(line)
    if requirement.url is None and requirement.key in RENAMED:
        specifier = "" if requirement.key in VERSIONED_ANEW else requirement.specifier
        renamed = msgspec.structs.replace(requirement, name=RENAMED[requirement.key], specifier=specifier)
        return line, renamed, f"'{line}' is '{renamed.name}' now.", None
    note = f"'{line}' is installed, not linked: what changes there later is not seen." if text != line else None
    return line, requirement, note, None


def _named_url(text: str) -> str:
    """A bare URL or absolute path of a distribution as `name @ url`; other text as it is."""
    egg = re.search(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)", text)
    if egg is not None and re.match(r"[a-z0-9+]+:", text):
        return f"{egg[1]} @ {text.split('#')[0]}"
    where = f"file://{text}" if text.startswith("/") else text
    file = re.fullmatch(
        r"[a-z0-9+]+:\S*?/([A-Za-z0-9._]+?)-(\d[^/\s-]*)(?:-[^/\s]*)?(?:\.whl|\.tar\.gz|\.zip)(?:[?#]\S*)?", where
    )
    if file is not None:
        return f"{file[1]} @ {where}"
    repository = re.fullmatch(r"git\+\S*?/([A-Za-z0-9._-]+?)(?:\.git)?(?:@[^/\s]+)?", text)
    return f"{repository[1]} @ {text}" if repository is not None else text


def _sdk_note(line: str, requirement: Requirement) -> str:
    packages = packages_for(requirement)
    return f"'{line}' is stepworks itself" + (f", with {', '.join(packages)}." if packages else ".")


def _option_problem(line: str) -> str:
    if re.match(r"-(r|-requirement)\b", line):
        return f"'{line}' names a file that is not here. Read the specification from its folder, or list the lines."
    if re.match(r"-(c|-constraint)\b", line):
        return f"'{line}' is not supported. Write the versions into the requirements themselves."
    return f"'{line}' is not an option that environments know. Leave it out."


def _unnamed_problem(line: str) -> str:
    if re.match(r"(-e|--editable)?\s*(\.|/|~|[A-Za-z]:\\|[\w-]+/)", line):
        return (
            f"'{line}' is a path on the machine it was written on. Put the package into the step's source_directory, "
            "or give a wheel by an absolute path or a URL."
        )
    if "://" in line:
        return f"'{line}' does not say which project it is. Write it as 'name @ {line.split()[-1]}'."
    return f"'{line}' is not a requirement. Write it as 'name', 'name==1.2' or 'name>=1.2,<2'."
