"""The verdict on whether a step runs or earlier results serve, with its reasons."""

from typing import Literal

import msgspec


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field that differs from the nearest earlier run, or one rule that decided.

    kind: "first_run", "not_allowed" (allow_reuse=False), "regenerate" (all steps asked to run),
    "script", "snapshot", "arguments", "parameter", "environment", "input", "outputs", "version", "work",
    "bytes_gone" (an equal earlier run exists but its outputs do not any more), "same" (a hit).
    `field` names which (a port, a parameter, a file); `before` and `now` are short texts for people.
    """

    kind: Literal[
        "first_run",
        "not_allowed",
        "regenerate",
        "snapshot",
        "arguments",
        "parameter",
        "environment",
        "input",
        "outputs",
        "version",
        "work",
        "variables",
        "bytes_gone",
        "same",
    ]
    field: str = ""
    before: str = ""
    now: str = ""

    def __str__(self) -> str:
        match self.kind:
            case "first_run":
                return "no earlier run of this work"
            case "not_allowed":
                return "allow_reuse=False"
            case "regenerate":
                return "regenerate_outputs=True"
            case "bytes_gone":
                return f"an equal run exists, but its output {self.field} is not there any more"
            case "same":
                return f"nothing changed since run {self.before}"
            case _:
                what = f"{self.kind} {self.field}".strip()
                return f"{what} changed" + (f": {self.before} → {self.now}" if self.before or self.now else "")


class ReuseDecision(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was decided for one step run. `key` is the hash that says "this exact work"."""

    key: str
    reused_from: str | None = None
    reasons: tuple[Reason, ...] = ()
    nearest: str | None = None

    @property
    def is_reused(self) -> bool:
        """Whether earlier results served."""
        return self.reused_from is not None

    def __str__(self) -> str:
        reasons = "; ".join(map(str, self.reasons)) or "no reason is kept"
        return f"reused: {reasons}" if self.is_reused else f"ran: {reasons}"
