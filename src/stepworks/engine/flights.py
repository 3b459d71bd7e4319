"""Single flight: of equal steps that are ready at the same time one runs, and the others wait for what it gives."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

W = TypeVar("W")


@dataclass
class _Flight(Generic[W]):
    leader: W
    # By identity, in the order they came.
    waiting: dict[int, W] = field(default_factory=dict[int, W])


class Flights(Generic[W]):
    """Flights by key; who takes part is compared by identity."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[W]] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def join(self, key: str, who: W) -> bool:
        """Wait for the one that runs; False when none does."""
        flight = self._flights.get(key)
        if flight is None or flight.leader is who:
            return False
        flight.waiting[id(who)] = who
        return True

    def lead(self, key: str, who: W) -> None:
        """Run; others wait from now on. Does nothing when another leads: then this one just runs as well."""
        self._flights.setdefault(key, _Flight(who))

    def land(self, key: str, who: W) -> tuple[W, ...]:
        """The leader has results: those who waited. Nobody, when `who` does not lead."""
        flight = self._flights.get(key)
        if flight is None or flight.leader is not who:
            return ()
        del self._flights[key]
        return tuple(flight.waiting.values())

    def leave(self, key: str, who: W) -> W | None:
        """No results from this one: who is to run instead, if it led and others wait."""
        flight = self._flights.get(key)
        if flight is None:
            return None
        if flight.leader is not who:
            flight.waiting.pop(id(who), None)
            return None
        if flight.waiting:
            flight.leader = flight.waiting.pop(next(iter(flight.waiting)))
            return flight.leader
        del self._flights[key]
        return None
