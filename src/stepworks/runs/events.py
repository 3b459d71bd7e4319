"""What happened to runs, as it is published to those who follow (server-sent events, long polls)."""

import msgspec

from stepworks.runs.values import Failure


class RunChanged(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="run", omit_defaults=True):
    """A run has a new status, or was created. `reused_from` is set on reused step runs."""

    run: str
    root: str
    parent: str | None = None
    name: str | None = None
    type: str = ""
    node: str | None = None
    status: str
    time: float
    reused_from: str | None = None
    failure: Failure | None = None
    # One line for people, such as why a step was not reused.
    note: str = ""


class LogAppended(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="log"):
    """A log grew: `data` begins at `offset`."""

    run: str
    root: str
    name: str
    offset: int
    data: bytes


RunEvent = RunChanged | LogAppended
