"""Why a step runs again: the facts that differ from an earlier run of the same work, down to the file."""

from collections.abc import Callable, Iterator, Mapping

from stepworks.reuse.decision import Reason
from stepworks.reuse.key import Facts, InputFact, command_line

MOST_FILES = 20
"""Files named for one snapshot or input; the rest are counted."""

_LONGEST_TEXT = 200

Files = Mapping[str, str]
SnapshotFiles = Callable[[str], Files | None]
InputFiles = Callable[[InputFact], Files | None]
Packages = Callable[[str], str | None]


def differences(before: Facts, now: Facts) -> tuple[Reason, ...]:
    """The facts that differ, without looking into any of them; empty when the keys are equal."""
    return explain(before, now, snapshot_files=_unknown, input_files=_unknown, packages=_unknown)


def explain(
    before: Facts, now: Facts, *, snapshot_files: SnapshotFiles, input_files: InputFiles, packages: Packages
) -> tuple[Reason, ...]:
    """The facts that differ, naming files and packages where their lists are found.

    `snapshot_files` gives path → content of a snapshot, `input_files` of an input, `packages` the text of an
    environment's package list; each None when it is not known any more.
    """
    return tuple(_differences(before, now, snapshot_files, input_files, packages))


def distance(before: Facts, now: Facts) -> int:
    """How many facts differ: the nearest of several earlier runs has the fewest."""
    return len(differences(before, now))


def _differences(
    before: Facts, now: Facts, snapshot_files: SnapshotFiles, input_files: InputFiles, packages: Packages
) -> Iterator[Reason]:
    if (before.kind, before.script) != (now.kind, now.script):
        yield Reason("work", "", _work(before), _work(now))
    if before.snapshot != now.snapshot:
        yield from _files_or(
            Reason("snapshot", "", _short_id(before.snapshot), _short_id(now.snapshot)),
            before.snapshot and snapshot_files(before.snapshot),
            now.snapshot and snapshot_files(now.snapshot),
        )
    for name in _keys(before.parameters, now.parameters):
        if before.parameters.get(name) != now.parameters.get(name):
            yield Reason("parameter", name, _value(before.parameters.get(name)), _value(now.parameters.get(name)))
    if before.arguments != now.arguments:
        yield Reason("arguments", "", _short(command_line(before)), _short(command_line(now)))
    if before.environment != now.environment:
        yield from _environment(before, now, packages)
    for name in sorted(set(before.variables) | set(now.variables)):
        if before.variables.get(name) != now.variables.get(name):
            yield Reason("variables", name, *_presence(name in before.variables, name in now.variables))
    for name in _keys(before.outputs, now.outputs):
        if before.outputs.get(name) != now.outputs.get(name):
            yield Reason("outputs", name, *_presence(name in before.outputs, name in now.outputs))
    if before.version != now.version:
        yield Reason("version", "", before.version or "none", now.version or "none")
    for name in _keys(before.inputs, now.inputs):
        yield from _input(name, before.inputs.get(name), now.inputs.get(name), input_files)


def _input(name: str, before: InputFact | None, now: InputFact | None, input_files: InputFiles) -> Iterator[Reason]:
    if before is None or now is None:
        yield Reason("input", name, *_presence(before is not None, now is not None))
    elif before.id != now.id:
        yield from _files_or(
            Reason("input", name, before.summary or _short_id(before.id), now.summary or _short_id(now.id)),
            input_files(before),
            input_files(now),
        )
    elif before.port != now.port:
        yield Reason("input", name, "as it was declared", "declared differently")


def _files_or(whole: Reason, before: Files | str | None, now: Files | str | None) -> Iterator[Reason]:
    """A reason for each file that differs, or the one about the whole where the files are not known."""
    if not isinstance(before, Mapping) or not isinstance(now, Mapping):
        yield whole
        return
    changed = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
    if not changed:
        yield whole
    for path in changed[:MOST_FILES]:
        # An input that is itself one file has it under no name.
        field = f"{whole.field}: file {path}" if whole.field and path else whole.field or path
        yield Reason(whole.kind, field, *_presence(path in before, path in now))
    if len(changed) > MOST_FILES:
        yield Reason(whole.kind, f"{whole.field}: {len(changed) - MOST_FILES} more files".removeprefix(": "))


def _environment(before: Facts, now: Facts, packages: Packages) -> Iterator[Reason]:
    old, new = before.pins and packages(before.pins), now.pins and packages(now.pins)
    lines = sorted(set(old.splitlines()) ^ set(new.splitlines())) if old is not None and new is not None else []
    if not lines or old is None or new is None:
        yield Reason("environment", "", _short_id(before.environment), _short_id(now.environment))
        return
    gone, come = _by_package(set(lines) & set(old.splitlines())), _by_package(set(lines) & set(new.splitlines()))
    names = sorted(gone.keys() | come.keys())
    for name in names[:MOST_FILES]:
        yield Reason("environment", name, gone.get(name, "absent"), come.get(name, "absent"))
    if len(names) > MOST_FILES:
        yield Reason("environment", f"{len(names) - MOST_FILES} more packages")


def _by_package(lines: set[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for line in lines:
        name, _, version = line.strip().partition("==")
        named[name.strip()] = version.strip() or "present"
    return named


def _keys(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    return sorted(before.keys() | now.keys())


def _presence(was: bool, is_now: bool) -> tuple[str, str]:
    if was and is_now:
        return "", ""
    return ("present", "absent") if was else ("absent", "present")


def _value(text: str | None) -> str:
    return "absent" if text is None else _short(text)


def _work(facts: Facts) -> str:
    return facts.script or facts.kind


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _short_id(content: str | None) -> str:
    return content[:12] if content else "none"


def _unknown(_: object) -> None:
    return None
