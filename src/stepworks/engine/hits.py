"""Earlier runs whose results may serve again: those of late in mind, all others in the records."""

from collections import OrderedDict
from typing import cast

from stepworks.engine.live import ActiveStep, Hit
from stepworks.records.base import View, eq
from stepworks.records.rows import ReuseEntry, Run
from stepworks.runs.values import Produced

_MOST_REMEMBERED = 200_000  # outputs and files of hits, a few hundred bytes each
_CANDIDATES = 3


class Hits:
    """Finds hits by the work's key within its workspace (`ActiveStep.flight`). Used by the writer alone."""

    def __init__(self) -> None:
        self._hits: OrderedDict[str, Hit] = OrderedDict()
        self._weight = 0

    def remembered(self, work: ActiveStep) -> list[Hit]:
        """The hit in mind, if there is one."""
        hit = self._hits.get(work.flight)
        return [] if hit is None else [hit]

    def stored(self, view: View, work: ActiveStep) -> list[Hit]:
        """The last runs of this very work, newest first."""
        where = (eq("workspace", work.live.row.workspace), eq("key", work.key))
        entries = view.find(ReuseEntry, *where, order=("-created",), limit=_CANDIDATES)
        found = (find_hit(view, entry.run) for entry in entries)
        return [hit for hit in found if hit is not None]

    def remember(self, work: ActiveStep, hit: Hit) -> None:
        """Have a hit in mind for the next equal step."""
        if self._hits.get(work.flight) is hit:
            self._hits.move_to_end(work.flight)
            return
        self.forget(work)
        self._hits[work.flight] = hit
        self._weight += _weight(hit)
        while self._weight > _MOST_REMEMBERED:
            self._weight -= _weight(self._hits.popitem(last=False)[1])

    def forget(self, work: ActiveStep) -> None:
        """A hit does not serve any more."""
        forgotten = self._hits.pop(work.flight, None)
        if forgotten is not None:
            self._weight -= _weight(forgotten)

    def clear(self) -> None:
        """Look everything up in the records again."""
        self._hits.clear()
        self._weight = 0


def find_hit(view: View, run: str) -> Hit | None:
    """What a finished step run offers; None when it is not there."""
    found = view.values(Run, ("node", "parent", "outputs"), eq("id", run))
    if not found:
        return None
    node, parent, outputs = cast("tuple[str | None, str | None, tuple[Produced, ...]]", found[0])
    return Hit(run, node or "", parent or run, outputs)


def _weight(hit: Hit) -> int:
    return 4 + sum(1 + len(output.files) for output in hit.outputs)
