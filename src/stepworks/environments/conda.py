"""One conda dependency (`conda-forge::numpy>=1.2,<2`) as the pip requirement that means the same. Pure."""

import re

import msgspec

from stepworks.environments.names import PREFIXED_ELSEWHERE, SAME_PROJECT, is_system, remedy_if_not_python

_NAME = re.compile(r"(?:(?P<channel>[^\s:=<>!~]+)::)?(?P<name>[A-Za-z0-9_][A-Za-z0-9._-]*)\s*(?P<rest>.*)", re.DOTALL)
_CLAUSE = re.compile(r"(?P<operator>===|==|>=|<=|!=|~=|=|<|>)?\s*(?P<version>[0-9*][A-Za-z0-9._+!*-]*)")


class CondaMeaning(msgspec.Struct, frozen=True):
    """What a conda dependency comes to: a requirement, or a note or a problem about there being none."""

    requirement: str | None = None
    note: str | None = None
    problem: str | None = None


def requirement_of(dependency: str) -> CondaMeaning:
    """The pip requirement of a conda dependency.

    A single `=` means conda's prefix match: `numpy=1.23` is `numpy==1.23.*`, and a full `numpy=1.23.5` is
    `numpy==1.23.5`. Build strings and channels are dropped: they name files that pip does not have.
    """
    match = _NAME.fullmatch(dependency.strip())
    if match is None:
        return CondaMeaning(problem=f"'{dependency}' is not a conda dependency. Write it as 'name=1.2' or 'name>=1.2'.")
    name = match["name"].lower()
    remedy = remedy_if_not_python(name)
    if remedy is not None:
        return CondaMeaning(
            problem=f"'{dependency}' is not a Python package, and environments are made of Python packages. {remedy}"
        )
    if is_system(name):
        return CondaMeaning(
            note=f"'{dependency}' is left out: it belongs to the system, and wheels bring what they need."
        )
    project = SAME_PROJECT.get(name, name)
    specifier = _specifier(match["rest"], always_prefix=project in PREFIXED_ELSEWHERE)
    if specifier is None:
        return CondaMeaning(
            problem=f"pip has no way to say the version in '{dependency}'. Use one range, as in '{name}>=1.2,<2'."
        )
    note = None if _normal(project) == _normal(name) else f"'{dependency}' of conda is '{project}' of PyPI."
    return CondaMeaning(requirement=project + specifier, note=note)


def _specifier(rest: str, *, always_prefix: bool) -> str | None:
    """The version part for pip; "" for any version; None when pip has no way to say it."""
    rest = _version_in_brackets(rest.strip())
    if rest in {"", "*", "=*", "==*"}:
        return ""
    if "|" in rest:
        return None
    parts = rest.split(",")
    if len(parts) == 1:
        parts = [_without_build(rest)]
    clauses = [_clause(part.strip(), always_prefix=always_prefix) for part in parts]
    if any(c is None for c in clauses):
        return None
    return ",".join(c for c in clauses if c)


def _version_in_brackets(rest: str) -> str:
    """`[version='>=1.2', build=…]` is conda's long way to write a version; other keys have no meaning here."""
    bracket = re.search(r"\[(.*)\]\s*$", rest)
    if bracket is None:
        return rest
    version = re.search(r"version\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^,\s]+))", bracket[1])
    before = rest[: bracket.start()].strip()
    return next((g for g in version.groups() if g), before) if version else before


def _without_build(rest: str) -> str:
    """`=1.2=py38_0` and `1.2 py38_0` without the build string."""
    single = re.fullmatch(r"=?\s*([0-9][^\s=]*)(?:[=\s]\s*\S+)", rest)
    if single is None:
        return rest
    return f"={single[1]}" if rest.startswith("=") else f"=={single[1]}"


def _clause(clause: str, *, always_prefix: bool) -> str | None:
    match = _CLAUSE.fullmatch(clause)
    if match is None:
        return None
    operator, version = match["operator"] or "==", match["version"].removesuffix(".*").removesuffix("*").rstrip(".")
    starred = match["version"].endswith("*")
    if version == "":
        return ""
    if operator in {"=", "==", "!="}:
        whole = len(version.split(".")) >= 3 and not starred
        prefix = starred or always_prefix or (operator == "=" and not whole)
        return f"{'!=' if operator == '!=' else '=='}{version}{'.*' if prefix else ''}"
    return f"{operator}{version}"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
