"""Order in a graph: who waits for whom, and cycles."""

from collections.abc import Mapping, Sequence

from stepworks.graph.document import Graph, Step, StepOutput


def predecessors(step: Step) -> tuple[str, ...]:
    """Ids of the steps that `step` waits for, by data or by order; each once, in order of appearance."""
    found = dict.fromkeys(i.source.step for i in step.inputs if isinstance(i.source, StepOutput))
    found.update(dict.fromkeys(step.run_after))
    return tuple(found)


def waits_for(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Step id to the ids it waits for."""
    return {step.id: predecessors(step) for step in graph.steps}


def find_cycle(waits: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The ids along one cycle, first one repeated at the end, or () when there is none.

    Iterative, since a chain may be longer than Python's recursion limit. Unknown ids are ignored.
    """
    done: set[str] = set()
    for start in waits:
        if start in done:
            continue
        path: list[str] = [start]
        on_path = {start: 0}
        pending = [iter(waits[start])]
        while pending:
            following = next(pending[-1], None)
            if following is None:
                pending.pop()
                left = path.pop()
                del on_path[left]
                done.add(left)
            elif following in on_path:
                return (*path[on_path[following] :], following)[::-1]
            elif following in waits and following not in done:
                on_path[following] = len(path)
                path.append(following)
                pending.append(iter(waits[following]))
    return ()
