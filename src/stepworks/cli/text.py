"""How commands write numbers, times and states."""

import time

from stepworks.wire.runs import RunRecord

_STYLES = {"Completed": "green", "Reused": "cyan", "Failed": "red", "Canceled": "yellow", "Running": "bold"}


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
    """A state in its colour, as rich markup."""
    style = _STYLES.get(word)
    return f"[{style}]{word}[/]" if style else word


def reasons(run: RunRecord) -> str:
    """Why a step was reused or ran again, in one line."""
    return "" if run.decision is None else "; ".join(str(r) for r in run.decision.reasons)
