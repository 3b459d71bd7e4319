"""One turn of the engine: everything that one work of the writer changes, gathered and written at its end.

Changes of the same run are joined, so that a step that starts and ends within a turn costs one statement. What must
happen outside (events, orders, background work) waits for the commit.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

from stepworks.engine.instructions import Event
from stepworks.errors import NotFound
from stepworks.records.base import Transaction, among, eq
from stepworks.records.rows import Row, Run
from stepworks.runs.events import RunEvent

if TYPE_CHECKING:
    from stepworks.engine.live import LiveAttempt, LiveRun

T = TypeVar("T")
Effect = Callable[[], object]


class Turn:
    """Gathers; `finish` writes. Used by the writer alone."""

    def __init__(self, tx: Transaction, now: float) -> None:
        self.tx = tx
        self.now = now
        self.agenda: deque[tuple[LiveRun, Event | str]] = deque()
        self.effects: list[Effect] = []
        self.queued: list[LiveAttempt] = []
        self.touched: set[str] = set()
        self._new_runs: dict[str, Run] = {}
        self._run_changes: dict[str, dict[str, Any]] = {}
        self._properties: dict[str, dict[str, str]] = {}
        self._rows: dict[type[Row], list[Row]] = {}
        self._events: list[RunEvent] = []

    # --- what comes next

    def tell(self, live: "LiveRun", event: Event) -> None:
        """Let the machine of a run know, in this turn or the next."""
        self.touch(live)
        self.agenda.append((live, event))

    def decide(self, live: "LiveRun", step: str) -> None:
        """Decide on the reuse of a step, in this turn or the next."""
        self.touch(live)
        self.agenda.append((live, step))

    def afterwards(self, effect: Effect) -> None:
        """Do something once all of this turn is durable."""
        self.effects.append(effect)

    def touch(self, live: "LiveRun") -> None:
        """Say that what is in mind of a run changes: it is made again from the records should this turn fail."""
        self.touched.add(live.id)

    # --- rows

    def new_run(self, row: Run) -> None:
        """Add a run."""
        self._new_runs[row.id] = row

    def change_run(self, run: str, **changes: Any) -> None:
        """Change columns of a run."""
        if run in self._new_runs:
            self._new_runs[run] = msgspec.structs.replace(self._new_runs[run], **changes)
        else:
            self._run_changes.setdefault(run, {}).update(changes)

    def row_of(self, run: str) -> Run:
        """A run as it will be after this turn."""
        if run in self._new_runs:
            return self._new_runs[run]
        row = self.tx.get(Run, run)
        if row is None:
            raise NotFound(f"There is no run {run!r}.", target=run)
        return msgspec.structs.replace(row, **self._run_changes.get(run, {}))

    def properties_of(self, run: str, following: Callable[[], Sequence[str]]) -> dict[str, str]:
        """The properties of a run as they will be after this turn. Those of `following` runs are likely to be asked
        for next: they are read together."""
        if run in self._new_runs:
            return self._new_runs[run].properties
        if "properties" in self._run_changes.get(run, {}):
            return self._run_changes[run]["properties"]
        if run not in self._properties:
            found = self.tx.values(Run, ("id", "properties"), among("id", (run, *following())))
            self._properties.update(cast("list[tuple[str, dict[str, str]]]", found))
        return self._properties.get(run, {})

    def put(self, row: Row) -> None:
        """Add a row of another kind, or replace the one of its key; all of a kind in one statement, in this order."""
        self._rows.setdefault(type(row), []).append(row)

    # --- news

    def news(self, event: RunEvent) -> None:
        """Publish what happened, in this order."""
        self._events.append(event)

    def finish(self, publish: Callable[[RunEvent], None]) -> None:
        """Write everything that was gathered; news go out before all other effects."""
        if self._new_runs:
            self.tx.insert(list(self._new_runs.values()))
        for run, changes in self._run_changes.items():
            self.tx.update(Run, (eq("id", run),), **changes)
        for rows in self._rows.values():
            self.tx.put(rows)
        if events := self._events:
            self.effects.insert(0, lambda: _publish(events, publish))


def _publish(events: list[RunEvent], publish: Callable[[RunEvent], None]) -> None:
    for event in events:
        publish(event)
