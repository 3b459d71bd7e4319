"""Requirements → pins: asks uv, and where published pins have no build for a newer Python, takes the nearest that has.

A wish for `scikit-learn==0.20.3` was written for Python 3.6. On a Python that stepworks runs on there is no wheel of
it, and building it takes minutes to fail. So wheels are insisted on first; what has none for any Python is built from
source; what has one for the Python that was asked for, and none for the one there is, is replaced, with a note.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from stepworks.environments.base import Log
from stepworks.environments.requirement import Requirement, normal_name, parse_requirement, version_order
from stepworks.environments.requirements import CUSTOMARY, RUNTIME, Resolved, with_additions
from stepworks.environments.sdk_names import SDK_NAMES
from stepworks.environments.uv_command import Uv, UvFailed, without_credentials
from stepworks.errors import EnvironmentFailed

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

_OLD_SERIES = ("3.8", "3.7")
_ROUNDS = 300
_UV_ADVICE = re.compile(r"hint: (Wheels are required|Build failures usually|This error likely)")
PYTHON_OF_THE_SDK = "3.8"
"""What an environment of the published SDK had when it named no Python."""


class Wish(msgspec.Struct, frozen=True):
    """What `resolve` is asked: the mapped requirements, pip's options, and for which Python.

    `written_for` is the Python series that the requirements were written for where that is not the one of `python`,
    and None where they must hold exactly.
    """

    resolved: Resolved
    python: str
    series: str
    options: tuple[str, ...] = ()
    written_for: str | None = PYTHON_OF_THE_SDK


class Pins(msgspec.Struct, frozen=True):
    """The answer: a pin line for each project, in the order of the names, and what to know about them."""

    lines: Mapping[str, str]
    notes: tuple[str, ...] = ()


class _Plan(msgspec.Struct, frozen=True):
    """What is tried next. Every failure either changes it or ends the resolution."""

    lines: tuple[str, ...]
    customary: tuple[str, ...] = CUSTOMARY
    from_source: frozenset[str] = frozenset()
    replaced: Mapping[str, str] = {}
    is_settled: bool = False
    notes: tuple[str, ...] = ()


def resolve(wish: Wish, uv: Uv, folder: Path, log: Log) -> Pins:
    """The pins for a wish; `folder` is for files on the way. Raises EnvironmentFailed, naming the requirement."""
    plan = _Plan(wish.resolved.requirements)
    first: UvFailed | None = None
    for _ in range(_ROUNDS):
        try:
            pins = _compile(plan, wish, uv, folder, log)
        except UvFailed as failure:
            first = first or (None if _without_wheel(failure) else failure)
            mended = _mended(plan, failure, wish, uv, folder)
            if mended is None:
                lines = (first or failure).lines
                raise environment_failed(lines, wish.resolved.origins, plan.notes) from failure
            plan = mended
        else:
            return _held_together(pins, plan, wish, uv, folder)
    raise EnvironmentFailed("The requirements of the environment don't settle.", remedy="Ask for fewer exact versions.")


def environment_failed(
    lines: Sequence[str], origins: Mapping[str, str], notes: Sequence[str] = ()
) -> EnvironmentFailed:
    """The error for what uv said: names the requirement as the user wrote it where it is one of the user's.

    Of `notes`, those about such a requirement are told again.
    """
    account = list(itertools.takewhile(lambda line: not _UV_ADVICE.match(line), lines))
    text = " ".join(account)
    mentioned = [key for key in origins if re.search(rf"(?<![\w.-]){_pattern(key)}(?!\.?[\w-])", text, re.IGNORECASE)]
    wishes = ", ".join(f"'{without_credentials(origins[key])}'" for key in mentioned)
    remedy = f"Change {wishes} in the environment." if wishes else "Change the environment's packages."
    if "not found in the package registry" in text:
        remedy = f"Check the name {wishes}; a conda package may be called something else on PyPI."
    subject = f" because of {wishes}" if wishes else ""
    body = "".join(f"\n  {line}" for line in account).rstrip(".")
    target = mentioned[0] if mentioned else None
    told = [note for note in notes if any(f"'{without_credentials(origins[key])}'" in note for key in mentioned)]
    return EnvironmentFailed(
        f"The environment can't be made{subject}:{body}.", target=target, remedy=" ".join([remedy, *told])
    )


def _compile(plan: _Plan, wish: Wish, uv: Uv, folder: Path, log: Log) -> dict[str, str]:
    lines = with_additions(with_additions(plan.lines, RUNTIME), plan.customary)
    overrides = folder / "overrides.txt"
    overrides.write_text("".join(f"{name} ; python_version < '0'\n" for name in SDK_NAMES), encoding="utf-8")
    arguments = ["--overrides", str(overrides)]
    for name in sorted(plan.from_source):
        arguments += ["--no-binary", name]
    return _ask(lines, arguments, wish, uv, folder, log)


def _ask(lines: Sequence[str], arguments: Sequence[str], wish: Wish, uv: Uv, folder: Path, log: Log) -> dict[str, str]:
    """One `uv pip compile`: pin lines by project name. Raises UvFailed."""
    wishes, answer = folder / "wishes.in", folder / "answer.txt"
    wishes.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    answer.unlink(missing_ok=True)
    command = [
        "pip",
        "compile",
        wishes.name,
        "-o",
        answer.name,
        "--python",
        wish.python,
        "--no-header",
        "--no-annotate",
    ]
    uv.run([*command, "--only-binary", ":all:", *arguments, *pip_options(wish.options)], log, folder)
    pins = [line.strip() for line in answer.read_text(encoding="utf-8").splitlines()]
    return {project_of(pin): pin for pin in pins if pin and not pin.startswith(("#", "-"))}


def project_of(pin: str) -> str:
    """The normalised name of the project that a pin line is about."""
    return normal_name(re.split(r"[\s=@\[;]", pin)[0])


def pip_options(options: Sequence[str]) -> list[str]:
    """pip's options of a specification as uv spells them."""
    translated: list[str] = []
    for option in options:
        name, _, value = option.partition("=")
        match name:
            case "--pre":
                translated += ["--prerelease", "allow"]
            case "--trusted-host":
                translated += ["--allow-insecure-host", value]
            case "--no-binary" | "--only-binary":
                continue
            case _:
                translated += [name, value] if value else [name]
    if any(o.startswith("--extra-index-url") for o in options):
        # pip takes the best version of all indexes, and the specification was written for pip.
        translated += ["--index-strategy", "unsafe-best-match"]
    return translated


def _mended(plan: _Plan, failure: UvFailed, wish: Wish, uv: Uv, folder: Path) -> _Plan | None:
    """The plan that may succeed where `plan` failed; None when there is nothing left to try."""
    name = _without_wheel(failure)
    wished = _wished(plan, name) if name else None
    if name is not None and name not in plan.from_source:
        return _without(plan, name, wished, wish, uv, folder)
    unbuilt = re.search(r"Failed to build `([A-Za-z0-9._-]+)", failure.lines[0])
    if unbuilt is not None and wish.written_for:
        wished = _wished(plan, normal_name(unbuilt[1]))
        near = _nearest(wished, wish, uv, folder) if wished is not None and wished.key not in plan.replaced else None
        return _replaced(plan, wished, near, wish) if wished is not None and near is not None else None
    if "No solution found" not in failure.lines[0] or _was_never_released(plan, failure):
        return None
    if wish.written_for and not plan.is_settled:
        return _settled(plan, wish, uv, folder)
    if plan.customary:
        return msgspec.structs.replace(plan, customary=())
    return _loosened(plan, wish)


def _without(plan: _Plan, name: str, wished: Requirement | None, wish: Wish, uv: Uv, folder: Path) -> _Plan:
    """The plan that does without a wheel of `name`: another release, or the source."""
    series = dict.fromkeys([wish.written_for or PYTHON_OF_THE_SDK, *_OLD_SERIES])
    if wished is not None and any(_has_wheel(wished, s, wish, uv, folder) for s in series):
        near = _nearest(wished, wish, uv, folder)
        if near is not None and wish.written_for:
            return _replaced(plan, wished, near, wish)
        if near is not None:
            note = (
                f"'{_origin(wished, wish)}' has no wheel for Python {wish.series} and is built from source; "
                f"the nearest release that has one is {wished.name} {near}."
            )
            plan = msgspec.structs.replace(plan, notes=(*plan.notes, note))
    return msgspec.structs.replace(plan, from_source=plan.from_source | {name})


def _settled(plan: _Plan, wish: Wish, uv: Uv, folder: Path) -> _Plan:
    """The plan after each exact version was asked for by itself: a conflict may hide that one has no wheel."""
    for requirement in list(map(parse_requirement, plan.lines)):
        if requirement is None or requirement.url or not requirement.is_pinned or requirement.key in plan.replaced:
            continue
        if not _has_wheel(requirement, wish.series, wish, uv, folder):
            plan = _without(plan, requirement.key, requirement, wish, uv, folder)
    return msgspec.structs.replace(plan, is_settled=True)


def _without_wheel(failure: UvFailed) -> str | None:
    """The project that uv found no wheel of, if that is what is wrong."""
    hint = re.search(r"Wheels are required for `([A-Za-z0-9._-]+)`", "\n".join(failure.lines))
    return normal_name(hint[1]) if hint is not None else None


def _was_never_released(plan: _Plan, failure: UvFailed) -> bool:
    """Whether an exact version that was wished for is in no index: which nothing may stand in for."""
    missing = re.findall(r"there is no version of ([A-Za-z0-9._-]+)==", "\n".join(failure.lines))
    return any(_wished(plan, normal_name(name)) is not None for name in missing)


def _wished(plan: _Plan, key: str) -> Requirement | None:
    for requirement in map(parse_requirement, plan.lines):
        if requirement is not None and requirement.key == key and requirement.url is None and requirement.specifier:
            return requirement
    return None


def _has_wheel(wished: Requirement, series: str, wish: Wish, uv: Uv, folder: Path) -> bool:
    try:
        _ask([str(wished)], ["--no-deps", "--python-version", series], wish, uv, folder, _silent)
    except UvFailed:
        return False
    return True


def _nearest(wished: Requirement, wish: Wish, uv: Uv, folder: Path) -> str | None:
    """The oldest release, not older than the one wished for, that has a wheel for our Python."""
    floor = wished.with_specifier(f">={wished.lowest}" if wished.lowest else "")
    try:
        pins = _ask([str(floor)], ["--no-deps", "--resolution", "lowest-direct"], wish, uv, folder, _silent)
    except UvFailed:
        return None
    return pins[wished.key].partition("==")[2].split(" ")[0]


def _replaced(plan: _Plan, wished: Requirement, version: str, wish: Wish) -> _Plan:
    """The plan with another release in place of the one wished for."""
    line = str(wished.with_specifier(f"=={version}"))
    note = (
        f"'{_origin(wished, wish)}' has no build for Python {wish.series}: "
        f"the nearest that has, {wished.name} {version}, is used."
    )
    return msgspec.structs.replace(
        plan,
        lines=tuple(line if w == str(wished) else w for w in plan.lines),
        replaced={**plan.replaced, wished.key: version},
        notes=(*plan.notes, note),
    )


def _loosened(plan: _Plan, wish: Wish) -> _Plan | None:
    """Exact versions that were written for another Python and don't go together on this one become lower bounds."""
    exact = {
        requirement.key: line
        for line in plan.lines
        if (requirement := parse_requirement(line)) and requirement.is_pinned and requirement.lowest
    }
    keys = (exact.keys() & plan.replaced.keys()) or exact.keys()
    if wish.written_for is None or not keys:
        return None
    lines = [_as_lower_bound(line) if line in {exact[key] for key in keys} else line for line in plan.lines]
    origins = ", ".join(f"'{wish.resolved.origins.get(key, exact[key])}'" for key in sorted(keys))
    note = f"The exact versions don't go together on Python {wish.series}: {origins} are taken as lower bounds."
    return msgspec.structs.replace(plan, lines=tuple(lines), notes=(*plan.notes, note))


def _as_lower_bound(line: str) -> str:
    requirement = parse_requirement(line)
    assert requirement is not None
    return str(requirement.with_specifier(f">={requirement.lowest}"))


def _origin(wished: Requirement, wish: Wish) -> str:
    return wish.resolved.origins.get(wished.key, str(wished))


def _held_together(pins: dict[str, str], plan: _Plan, wish: Wish, uv: Uv, folder: Path) -> Pins:
    """The pins, resolved anew where numpy and what is built for it would not run together."""
    for _ in range(3):
        bound = _numpy_bound(pins)
        if bound is None:
            break
        held = msgspec.structs.replace(plan, lines=(*plan.lines, bound[0]), notes=(*plan.notes, bound[1]))
        try:
            pins, plan = _compile(held, wish, uv, folder, _silent), held
        except UvFailed:
            break  # it was asked for as it is: that is the user's word against ours
    return Pins(dict(sorted(pins.items())), plan.notes)


def _numpy_bound(pins: Mapping[str, str]) -> tuple[str, str] | None:
    """A requirement that packages leave unsaid about numpy, and why; None when all is well."""
    versions = {key: version_order(pin.partition("==")[2]) for key, pin in pins.items()}
    numpy = versions.get("numpy")
    if not numpy:
        return None
    if numpy >= (2,):
        older = [key for key, ready in NUMPY_2_READY.items() if versions.get(key) and versions[key] < ready]
        note = f"numpy is held below 2, as {', '.join(older)} of this version was built before it."
        return ("numpy<2", note) if older else None
    newer = [key for key, first in NUMPY_2_ONLY.items() if versions.get(key, ()) >= first]
    if not newer:
        return None
    bound = f"{newer[0]}<{'.'.join(map(str, NUMPY_2_ONLY[newer[0]]))}"
    return bound, f"{bound} is taken, as newer releases need numpy 2."


def _pattern(key: str) -> str:
    return re.escape(key).replace(r"\-", "[-_.]+")


def _silent(line: str) -> None:
    """Questions on the way are not news."""
