"""Who waits for whom in one graph, by position: made once for a run, never changed."""

import msgspec

from stepworks.graph.document import Graph
from stepworks.graph.order import predecessors


class Plan(msgspec.Struct, frozen=True):
    """The steps of a graph by position, with the positions before and after each."""

    ids: tuple[str, ...]
    positions: dict[str, int]
    before: tuple[tuple[int, ...], ...]
    after: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.ids)


def plan_of(graph: Graph) -> Plan:
    """The plan of a valid graph."""
    ids = tuple(step.id for step in graph.steps)
    positions = {step: i for i, step in enumerate(ids)}
    before = tuple(tuple(positions[p] for p in predecessors(step)) for step in graph.steps)
    after: list[list[int]] = [[] for _ in ids]
    for i, waits in enumerate(before):
        for p in waits:
            after[p].append(i)
    return Plan(ids, positions, before, tuple(tuple(a) for a in after))
