"""What keeps a step or pipeline from being built: every problem at once (contracts §5)."""

from collections.abc import Iterable, Sequence

from stepworks.errors import InvalidGraph, InvalidInput


class InvalidStep(InvalidGraph):
    """A step that cannot be built; a ValueError, as the SDK raised. `problems` has every reason."""

    def __init__(self, step: str, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        many = len(self.problems)
        head = f"Step '{step}' has {'a problem' if many == 1 else f'{many} problems'}"
        InvalidInput.__init__(self, f"{head}:\n" + "\n".join(f"  - {p}" for p in self.problems))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint at the closest of the known names, if one is close."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), 1)
    return f" Did you mean '{close[0]}'?" if close else ""
