"""A run and its steps as they are seen by someone who follows them: folded from events, shown as lines or HTML."""

from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepworks.runs.events import RunChanged

_COLOURS = {
    "Completed": "#2e7d32",
    "Failed": "#c62828",
    "Canceled": "#8d6e63",
    "Running": "#1565c0",
    "Finalizing": "#1565c0",
}
_QUIET = "#616161"


@dataclass(frozen=True)
class Seen:
    """One run as it was last seen; times in seconds since the epoch."""

    name: str
    status: str
    since: float
    until: float
    reused: bool = False
    message: str = ""


@dataclass(frozen=True)
class Progress:
    """The run that is followed, and the runs below it in the order they were first seen."""

    run: str
    seen: dict[str, Seen] = field(default_factory=dict[str, Seen])

    @property
    def status(self) -> str:
        """The status of the run that is followed; empty when nothing of it was seen."""
        found = self.seen.get(self.run)
        return found.status if found else ""

    @property
    def steps(self) -> "list[tuple[str, Seen]]":
        """The runs below, by id."""
        return [(i, s) for i, s in self.seen.items() if i != self.run]


def after(progress: Progress, event: "RunChanged") -> tuple[Progress, str | None]:
    """The progress after an event, and a line for it; None when the event says nothing new."""
    known = progress.seen.get(event.run)
    if known is not None and known.status == event.status:
        return progress, None
    now = Seen(
        name=event.name or (known.name if known else event.run),
        status=event.status,
        since=known.since if known else event.time,
        until=event.time,
        reused=event.reused_from is not None or bool(known and known.reused),
        message=event.failure.message if event.failure else "",
    )
    return replace(progress, seen={**progress.seen, event.run: now}), _line(progress.run, event.run, now)


def _line(followed: str, run: str, seen: Seen) -> str:
    what = f"Run {run}" if run == followed else f"  {seen.name}"
    line = f"{what}: {seen.status}"
    if seen.reused:
        line += " (reused)"
    if seen.message:
        line += f": {seen.message}"
    return line


def as_html(progress: Progress, link: str) -> str:
    """The run and its steps as a table; `link` is where the studio shows the run."""
    rows = "".join(_row(seen) for _, seen in progress.steps)
    head = "<tr><th>Step</th><th>Status</th><th>Seconds</th><th></th></tr>" if rows else ""
    title = f'<a href="{escape(link, quote=True)}" target="_blank" rel="noopener">{escape(progress.run)}</a>'
    followed = progress.seen.get(progress.run)
    message = f"<pre>{escape(followed.message)}</pre>" if followed and followed.message else ""
    return f"<div><b>{title}</b> {_badge(progress.status)}{message}<table>{head}{rows}</table></div>"


def _row(seen: Seen) -> str:
    status = _badge(seen.status) + (" (reused)" if seen.reused else "")
    cells = (escape(seen.name), status, f"{max(0.0, seen.until - seen.since):.1f}", escape(seen.message))
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _badge(status: str) -> str:
    return f'<span style="color:{_COLOURS.get(status, _QUIET)}">{escape(status)}</span>'
