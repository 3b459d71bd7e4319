"""Requirements → pins: asks uv, and where published pins have no build for a newer Python, takes the nearest that has.

A wish for `scikit-learn==0.20.3` was written for Python 3.6. On a Python that stepworks runs on there is no wheel of
it, and building it takes minutes to fail. So wheels are insisted on first; what has none for any Python is built from
source; what has one for the Python that was asked for, and none for the one there is, is replaced, with a note.
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from stepworks.environments.base import Log
from stepworks.environments.plan import (
    PYTHON_OF_THE_SDK,
    Plan,
    Wish,
    asked,
    constraints,
    final_notes,
    from_source,
    loosened,
    numpy_bound,
    with_release,
)
from stepworks.environments.requirement import Requirement, normal_name
from stepworks.environments.sdk_names import SDK_NAMES
from stepworks.environments.uv_command import Uv, UvFailed, without_credentials
from stepworks.errors import EnvironmentFailed

_OLD_SERIES = ("3.8", "3.7")
_ROUNDS = 300
_AT_ONCE = 4
_UV_ADVICE = re.compile(r"hint: (Wheels are required|Build failures usually|This usually indicates|This error likely)")


class Pins(msgspec.Struct, frozen=True):
    """The answer: a pin line for each project, in the order of the names, and what to know about them."""

    lines: Mapping[str, str]
    notes: tuple[str, ...] = ()


def resolve(wish: Wish, uv: Uv, folder: Path, log: Log) -> Pins:
    """The pins for a wish; `folder` is for files on the way. Raises EnvironmentFailed, naming the requirement."""
    plan = Plan(wish.resolved.requirements)
    questions = _Questions(wish, uv, folder)
    first: UvFailed | None = None
    for _ in range(_ROUNDS):
        try:
            pins = questions.pins(plan, log)
        except UvFailed as failure:
            first = first or (None if _without_wheel(failure) else failure)
            mended = _mended(plan, failure, questions)
            if mended is None:
                lines = (first or failure).lines
                raise environment_failed(lines, wish.resolved.origins, plan.notes) from failure
            plan = mended
        else:
            return _held_together(pins, plan, questions)
    raise EnvironmentFailed("The requirements of the environment don't settle.", remedy="Ask for fewer exact versions.")


def environment_failed(
    lines: Sequence[str], origins: Mapping[str, str], notes: Sequence[str] = ()
) -> EnvironmentFailed:
    """The error for what uv said: names the requirement as the user wrote it where it is one of the user's.

    Of `notes`, those about such a requirement are told again.
    """
    account = list(itertools.takewhile(lambda line: not _UV_ADVICE.match(line), lines))
    text = " ".join(account)
    mentioned = [key for key in origins if _mentions(text, key)]
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


def project_of(pin: str) -> str:
    """The normalised name of the project that a pin line is about."""
    return normal_name(re.split(r"[\s=<>~!@\[;]", pin)[0])


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


class _Questions:
    """What can be asked of the index for one wish; several questions at once are fine."""

    def __init__(self, wish: Wish, uv: Uv, folder: Path) -> None:
        self.wish = wish
        self._uv = uv
        self._folder = folder
        self._numbers = itertools.count(1)
        self._overrides = folder / "overrides.txt"
        _write(self._overrides, (f"{name} ; python_version < '0'" for name in SDK_NAMES))

    def pins(self, plan: Plan, log: Log) -> dict[str, str]:
        """The pin lines of a plan by project. Raises UvFailed."""
        bounds = self._folder / "constraints.txt"
        _write(bounds, constraints(plan, self.wish).values())
        arguments = ["--override", str(self._overrides), "--constraint", str(bounds)]
        for name in sorted(plan.from_source):
            arguments += ["--no-binary", name]
        return self._ask(asked(plan), arguments, log, self.wish.preferred)

    def has_wheel(self, wished: Requirement, series: str) -> bool:
        """Whether some version that is wished for has a wheel for a series of Python."""
        try:
            self._ask([str(wished)], ["--no-deps", "--python-version", series], _silent)
        except UvFailed:
            return False
        return True

    def nearest(self, wished: Requirement) -> str | None:
        """The oldest release, not older than the one wished for, that has a wheel for our Python."""
        floor = wished.with_specifier(f">={wished.lowest}" if wished.lowest else "")
        try:
            pins = self._ask([str(floor)], ["--no-deps", "--resolution", "lowest-direct"], _silent)
        except UvFailed:
            return None
        return pins[wished.key].partition("==")[2].split(" ")[0]

    def _ask(
        self, lines: Iterable[str], arguments: Sequence[str], log: Log, preferred: Sequence[str] = ()
    ) -> dict[str, str]:
        number = next(self._numbers)
        wishes, answer = self._folder / f"wishes{number}.in", self._folder / f"answer{number}.txt"
        _write(wishes, lines)
        # An answer that is there already is kept as far as it can be.
        _write(answer, preferred)
        command = ["pip", "compile", wishes.name, "-o", answer.name, "--no-header", "--no-annotate"]
        command += ["--python", self.wish.python, "--only-binary", ":all:"]
        self._uv.run([*command, *arguments, *pip_options(self.wish.options)], log, self._folder)
        pins = [line.strip() for line in answer.read_text(encoding="utf-8").splitlines()]
        return {project_of(pin): pin for pin in pins if pin and not pin.startswith(("#", "-"))}


def _mended(plan: Plan, failure: UvFailed, questions: _Questions) -> Plan | None:
    """The plan that may succeed where `plan` failed; None when there is nothing left to try."""
    wish = questions.wish
    name = _without_wheel(failure)
    if name is not None and name not in plan.from_source:
        if plan.wished(name) is None and name in constraints(plan, wish):
            return msgspec.structs.replace(plan, unheld=plan.unheld | {name})
        return _without(plan, name, questions)
    unbuilt = re.search(r"Failed to build `([A-Za-z0-9._-]+)", failure.lines[0])
    if unbuilt is not None and wish.written_for:
        wished = plan.wished(normal_name(unbuilt[1]))
        near = questions.nearest(wished) if wished is not None and wished.key not in plan.replaced else None
        return with_release(plan, wish, wished, near) if wished is not None and near is not None else None
    if "No solution found" not in failure.lines[0] or _was_never_released(plan, failure):
        return None
    if wish.written_for and not plan.is_settled:
        return _settled(plan, questions)
    text = " ".join(failure.lines)
    if not any(_mentions(text, project_of(line)) for line in plan.customary):
        looser = loosened(plan, wish, lambda key: _mentions(text, key))
        if looser is not None:
            return looser
    return msgspec.structs.replace(plan, customary=()) if plan.customary else None


def _without(plan: Plan, name: str, questions: _Questions) -> Plan:
    """The plan that does without a wheel of `name`: another release, or the source."""
    wish, wished = questions.wish, plan.wished(name)
    series = dict.fromkeys([wish.written_for or PYTHON_OF_THE_SDK, *_OLD_SERIES])
    if wished is None or not any(questions.has_wheel(wished, s) for s in series):
        return from_source(plan, wish, name)
    near = questions.nearest(wished)
    if near is not None and wish.written_for:
        return with_release(plan, wish, wished, near)
    return from_source(plan, wish, name, wished, near)


def _settled(plan: Plan, questions: _Questions) -> Plan:
    """The plan after each exact version was asked for by itself: a conflict may hide that one has no wheel."""
    known = plan.replaced.keys() | plan.from_source
    exact = [requirement for requirement in plan.exact() if requirement.key not in known]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(questions.has_wheel, exact, itertools.repeat(questions.wish.series)))
    for requirement, has_wheel in zip(exact, answers, strict=True):
        if not has_wheel:
            plan = _without(plan, requirement.key, questions)
    return msgspec.structs.replace(plan, is_settled=True)


def _held_together(pins: dict[str, str], plan: Plan, questions: _Questions) -> Pins:
    """The pins, resolved anew where numpy and what is built for it would not run together."""
    for _ in range(3):
        bound = numpy_bound(pins)
        if bound is None:
            break
        held = msgspec.structs.replace(plan, bounds=(*plan.bounds, bound[0]), notes=(*plan.notes, bound[1]))
        try:
            pins, plan = questions.pins(held, _silent), held
        except UvFailed:
            break  # it was asked for as it is: that is the user's word against ours
    return Pins(dict(sorted(pins.items())), final_notes(plan, questions.wish, pins))


def _without_wheel(failure: UvFailed) -> str | None:
    """The project that uv found no wheel of, if that is what is wrong."""
    text = " ".join(failure.lines)
    said = re.search(r"Wheels are required for `([A-Za-z0-9._-]+)`", text) or re.search(
        r"Because ([A-Za-z0-9._-]+)==\S+ has no usable wheels and building from source is disabled", text
    )
    return normal_name(said[1]) if said is not None else None


def _was_never_released(plan: Plan, failure: UvFailed) -> bool:
    """Whether an exact version that was wished for is in no index, which nothing may stand in for."""
    missing = re.findall(r"there is no version of ([A-Za-z0-9._-]+)==", " ".join(failure.lines))
    return any(plan.wished(normal_name(name)) is not None for name in missing)


def _mentions(text: str, key: str) -> bool:
    name = re.escape(key).replace(r"\-", "[-_.]+")
    return re.search(rf"(?<![\w.-]){name}(?!\.?[\w-])", text, re.IGNORECASE) is not None


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _silent(line: str) -> None:
    """Questions on the way are not news."""
