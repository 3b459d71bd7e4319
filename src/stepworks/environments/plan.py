"""What is asked of the index next, and how that changes when the answer is no. Pure; `resolve` does the asking.

A plan begins with the requirements as they are. Where they were written for another Python than the one there is, it
may get looser, conflict by conflict, and no more than each conflict needs.
"""

from collections.abc import Callable, Mapping

import msgspec

from stepworks.environments.era import constraints_of_the_time
from stepworks.environments.requirement import Requirement, parse_requirement, version_order
from stepworks.environments.requirements import CUSTOMARY, RUNTIME, Resolved, with_additions

PYTHON_OF_THE_SDK = "3.8"
"""What an environment of the published SDK had when it named no Python."""

NUMPY_2_READY = {
    "astropy": (6, 1),
    "bottleneck": (1, 4),
    "h5py": (3, 11),
    "matplotlib": (3, 8, 4),
    "numba": (0, 60),
    "numexpr": (2, 10),
    "onnxruntime": (1, 19),
    "pandas": (2, 2, 2),
    "pyarrow": (16,),
    "pywavelets": (1, 6),
    "scikit-image": (0, 23),
    "scikit-learn": (1, 4, 2),
    "scipy": (1, 13),
    "shapely": (2, 0, 4),
    "statsmodels": (0, 14, 2),
    "tensorflow": (2, 18),
    "torch": (2, 3),
}
"""First releases built for numpy 2. Older ones do not bound numpy from above, and crash when imported with it."""

NUMPY_2_ONLY = {"pyarrow": (26,)}
"""First releases that refuse to be imported beside numpy 1, though they install beside it."""


class Wish(msgspec.Struct, frozen=True):
    """What is to be resolved: the mapped requirements, pip's options, and for which Python.

    `written_for` is the Python series that the requirements were written for where that is not the one of `python`,
    and None where they must hold exactly. `is_dated` says that the user named that older Python. Of `preferred`, pins
    are taken where nothing speaks against them.
    """

    resolved: Resolved
    python: str
    series: str
    options: tuple[str, ...] = ()
    written_for: str | None = PYTHON_OF_THE_SDK
    is_dated: bool = False
    preferred: tuple[str, ...] = ()

    def origin(self, requirement: Requirement) -> str:
        """The user's own line for a project."""
        return self.resolved.origins.get(requirement.key, str(requirement))


class Plan(msgspec.Struct, frozen=True):
    """The requirements `lines` with what was found out about them.

    `replaced` has the releases that stand in for those wished for, `loose` the projects whose exact version is a lower
    bound now, `unheld` those that are not held at releases of their time any more, and `bounds` what was added.
    """

    lines: tuple[str, ...]
    customary: tuple[str, ...] = CUSTOMARY
    from_source: frozenset[str] = frozenset()
    replaced: Mapping[str, str] = {}
    loose: frozenset[str] = frozenset()
    unheld: frozenset[str] = frozenset()
    bounds: tuple[str, ...] = ()
    is_settled: bool = False
    notes: tuple[str, ...] = ()

    def wished(self, key: str) -> Requirement | None:
        """The user's requirement of a project, if it has a version to speak of."""
        for requirement in map(parse_requirement, self.lines):
            if requirement is not None and requirement.key == key and requirement.url is None and requirement.specifier:
                return requirement
        return None

    def exact(self) -> list[Requirement]:
        """The requirements that name a version or a series."""
        requirements = [r for r in map(parse_requirement, self.lines) if r is not None]
        return [r for r in requirements if r.is_pinned and r.url is None and r.lowest]


def asked(plan: Plan) -> tuple[str, ...]:
    """The requirement lines to ask for: the user's, stepworks' own, and what is customary."""
    lower = {str(r): str(r.with_specifier(f">={r.lowest}")) for r in plan.exact() if r.key in plan.loose}
    lines = [lower.get(line, line) for line in plan.lines]
    return (*with_additions(with_additions(lines, RUNTIME), plan.customary), *plan.bounds)


def constraints(plan: Plan, wish: Wish) -> dict[str, str]:
    """Upper bounds by project, for what other packages bring along too: releases of the requirements' own time."""
    if not _is_dated(plan, wish):
        return {}
    held = constraints_of_the_time(wish.series, plan.lines)
    return {project: bound for project, bound in held.items() if project not in plan.unheld}


def loosened(plan: Plan, wish: Wish, mentioned: Callable[[str], bool]) -> Plan | None:
    """The plan after a conflict in which the projects `mentioned` take part; None when there is nothing to loosen.

    What stands in for another release gives way first, then exact versions, then what holds releases at their time;
    at last all of it. Requirements that were not written for an older Python are never loosened.
    """
    if not _is_dated(plan, wish):
        return None
    exact = [r.key for r in plan.exact() if r.key not in plan.loose]
    held = constraints(plan, wish).keys()
    for keys in ([k for k in exact if k in plan.replaced and mentioned(k)], [k for k in exact if mentioned(k)]):
        if keys:
            return msgspec.structs.replace(plan, loose=plan.loose | set(keys))
    for keys in ([k for k in held if mentioned(k)], held):
        if keys:
            return msgspec.structs.replace(plan, unheld=plan.unheld | set(keys))
    return msgspec.structs.replace(plan, loose=plan.loose | set(exact)) if exact else None


def with_release(plan: Plan, wish: Wish, wished: Requirement, version: str) -> Plan:
    """The plan with another release in place of the one wished for."""
    line = str(wished.with_specifier(f"=={version}"))
    note = (
        f"'{wish.origin(wished)}' has no build for Python {wish.series}: "
        f"the nearest that has, {wished.name} {version}, is used."
    )
    return msgspec.structs.replace(
        plan,
        lines=tuple(line if w == str(wished) else w for w in plan.lines),
        replaced={**plan.replaced, wished.key: version},
        notes=(*plan.notes, note),
    )


def from_source(plan: Plan, wish: Wish, name: str, wished: Requirement | None = None, near: str | None = None) -> Plan:
    """The plan that builds a project from its source; `near` is the release that would not need that."""
    notes = plan.notes
    if wished is not None and near is not None:
        note = (
            f"'{wish.origin(wished)}' has no wheel for Python {wish.series} and is built from source; "
            f"the nearest release that has one is {wished.name} {near}."
        )
        notes = (*notes, note)
    return msgspec.structs.replace(plan, from_source=plan.from_source | {name}, notes=notes)


def numpy_bound(pins: Mapping[str, str]) -> tuple[str, str] | None:
    """A requirement that packages leave unsaid about numpy, and a note about it; None when all is well."""
    versions = {key: version_order(pin.partition("==")[2]) for key, pin in pins.items()}
    numpy = versions.get("numpy")
    if not numpy:
        return None
    if numpy >= (2,):
        older = [key for key, ready in NUMPY_2_READY.items() if versions.get(key) and versions[key] < ready]
        releases = ", ".join(pins[key].replace("==", " ") for key in older)
        return ("numpy<2", f"numpy is held below 2, as {releases} came before it.") if older else None
    newer = [key for key, first in NUMPY_2_ONLY.items() if versions.get(key, ()) >= first]
    if not newer:
        return None
    bound = f"{newer[0]}<{'.'.join(map(str, NUMPY_2_ONLY[newer[0]]))}"
    return bound, f"{bound} is taken, as newer releases need numpy 2."


def final_notes(plan: Plan, wish: Wish, pins: Mapping[str, str]) -> tuple[str, ...]:
    """All that the user should know about how the pins came to be."""
    notes = list(plan.notes)
    held = [bound for project, bound in constraints(plan, wish).items() if project in pins]
    if held:
        notes.append(f"Releases of the time of Python {wish.written_for} are taken: {', '.join(held)}.")
    loose = ", ".join(f"'{wish.origin(r)}'" for r in plan.exact() if r.key in plan.loose)
    if loose:
        notes.append(f"The exact versions don't go together on Python {wish.series}: {loose} may be newer.")
    return tuple(notes)


def _is_dated(plan: Plan, wish: Wish) -> bool:
    """Whether the requirements are known to be of an older Python's time: by its name, or by what has no build now."""
    return wish.written_for is not None and (wish.is_dated or bool(plan.replaced))
