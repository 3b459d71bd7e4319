"""Which try of a sweep was best. Knows numbers only, no server."""

import math
from collections.abc import Iterable, Mapping
from typing import Any


def best_value(logged: Any, *, maximize: bool) -> float | None:
    """The best of what a run logged under the metric's name; None when it logged no number there."""
    values = logged if isinstance(logged, list) else [logged]
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool) and not math.isnan(v)]
    if not numbers:
        return None
    return max(numbers) if maximize else min(numbers)


def ranked(
    runs: Iterable[str], metrics: Mapping[str, Mapping[str, Any]], name: str, *, maximize: bool
) -> list[tuple[str, float | None]]:
    """Runs and the best value of each, the best run first, those without the metric last in the order they came."""
    found = [(run, best_value(metrics.get(run, {}).get(name), maximize=maximize)) for run in runs]
    with_metric = [(run, value) for run, value in found if value is not None]
    with_metric.sort(key=lambda pair: pair[1], reverse=maximize)
    return [*with_metric, *((run, value) for run, value in found if value is None)]
