"""How commands write numbers, times and states."""

import os
import re
import sys
import time
from collections.abc import Sequence

from stepworks.wire.runs import RunRecord

_COLOURS = {"Completed": 32, "Reused": 36, "Failed": 31, "Canceled": 33, "Running": 1}


def seconds(value: float) -> str:
    """A span of time: 0.34 s, 12 s, 3 min 4 s, 2 h 5 min."""
    if value < 10:
        return f"{value:.2f} s"
    if value < 60:
        return f"{value:.0f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def duration(run: RunRecord, now: float) -> str:
    """How long a run took, or runs already; "" before it starts."""
    return "" if run.started is None else seconds((run.ended or now) - run.started)


def moment(value: float) -> str:
    """A time of day today, else date and time; local time."""
    there, today = time.localtime(value), time.localtime()
    return time.strftime("%H:%M:%S" if there[:3] == today[:3] else "%Y-%m-%d %H:%M", there)


def state(run: RunRecord) -> str:
    """The run's state; a reused step says so."""
    return "Reused" if run.decision is not None and run.decision.is_reused and run.status == "Completed" else run.status


def styled(word: str) -> str:
    """A state in its colour, where that can be seen."""
    colour = _COLOURS.get(word)
    if colour is None or not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return word
    return f"\033[{colour}m{word}\033[0m"


def reasons(run: RunRecord) -> str:
    """Why a step was reused or ran again, in one line; ids of runs by their beginnings."""
    if run.decision is None:
        return ""
    return _UUID.sub(lambda m: m[1], "; ".join(str(r) for r in run.decision.reasons))


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as lines, each column as wide as its widest cell: what is printed can be copied and searched."""
    widths = [max(len(_plain(cell)) for cell in column) for column in zip(*rows, strict=True)]
    lines = (
        "  ".join(c + " " * (w - len(_plain(c))) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
    )
    return "".join(f"{line}\n" for line in lines)


def _plain(cell: str) -> str:
    return _ANSI.sub("", cell)


_ANSI = re.compile(r"\033\[\d+m")
_UUID = re.compile(r"\b([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
