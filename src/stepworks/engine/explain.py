"""Why a step runs again: the nearest earlier run of the same declared work, and what differs, down to the file."""

import msgspec

from stepworks.engine.hits import find_hit
from stepworks.engine.live import ActiveStep
from stepworks.engine.ports import Ports
from stepworks.errors import StepworksError
from stepworks.hashing import ContentId
from stepworks.records.base import View, eq
from stepworks.records.rows import ReuseEntry
from stepworks.reuse.compare import Files, differences, explain
from stepworks.reuse.decision import Reason
from stepworks.reuse.key import Facts, InputFact
from stepworks.snapshots.tree import File, Tree

_NEAREST_OF = 5
_WITH_LISTS = frozenset({"snapshot", "input", "environment"})


class Explained(msgspec.Struct, frozen=True):
    """The answer: reasons, the nearest run, and its facts where lists of files or packages would tell more."""

    reasons: tuple[Reason, ...]
    nearest: str | None = None
    has_more: Facts | None = None


class Explanations:
    """Explains misses."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._trees: dict[str, Files] = {}

    def at_once(self, view: View, work: ActiveStep, now: Facts) -> Explained:
        """What can be said without reading any list."""
        where = (eq("workspace", work.live.row.workspace), eq("family", work.family))
        entries = view.find(ReuseEntry, *where, order=("-created",), limit=_NEAREST_OF)
        if not entries:
            return Explained((Reason("first_run"),))
        compared = [(entry.run, before, differences(before, now)) for entry in entries for before in [_facts(entry)]]
        # Of the last runs the one with the fewest differences, the newest of several.
        nearest, before, changes = min(compared, key=lambda c: len(c[2]))
        has_more = any(reason.kind in _WITH_LISTS for reason in changes)
        return Explained(changes or (Reason("first_run"),), nearest, before if has_more else None)

    def in_full(self, workspace: str, before: Facts, now: Facts) -> tuple[Reason, ...]:
        """The same with files and packages by name; reads lists, any thread."""
        return explain(
            before,
            now,
            snapshot_files=self._snapshot_files,
            input_files=lambda fact: self._input_files(workspace, fact),
            packages=self._packages,
        )

    def _snapshot_files(self, snapshot: str) -> Files | None:
        known = self._trees.get(snapshot)
        if known is not None:
            return known
        try:
            tree = Tree.decode(self._ports.objects.get(ContentId(snapshot)))
        except StepworksError:
            return None
        files = {e.path: f"{e.id} {e.executable}" if isinstance(e, File) else f"→ {e.target}" for e in tree.entries}
        # Steps of one pipeline mostly share a snapshot: its list and that of the one before are enough.
        self._trees = dict([*self._trees.items()][-1:]) | {snapshot: files}
        return files

    def _input_files(self, workspace: str, fact: InputFact) -> Files | None:
        if fact.run is None:
            return self._ports.inputs.files(workspace, fact.id)
        with self._ports.records.read() as view:
            hit = find_hit(view, fact.run)
        outputs = hit.outputs if hit is not None else ()
        found = (o for o in outputs if o.name == fact.output and o.manifest == fact.id)
        return next(({f.path: f.hash for f in o.files} for o in found), None)

    def _packages(self, pins: str) -> str | None:
        try:
            return self._ports.objects.get(ContentId(pins)).decode(errors="replace")
        except StepworksError:
            return None


def _facts(entry: ReuseEntry) -> Facts:
    return msgspec.convert(entry.facts, Facts)
