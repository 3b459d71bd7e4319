"""The language of the machine: what it is told (events, in the past) and what it tells (instructions, imperative)."""

from typing import Literal

import msgspec

# --- events


class RunBegan(msgspec.Struct, frozen=True, tag=True):
    """The run was submitted."""


class ReuseFound(msgspec.Struct, frozen=True, tag=True):
    """Earlier results serve for this step."""

    step: str


class ReuseMissed(msgspec.Struct, frozen=True, tag=True):
    """The step has to run."""

    step: str


class StepFailed(msgspec.Struct, frozen=True, tag=True):
    """The step failed before an attempt was handed out: its environment, its input data, or ourselves."""

    step: str


class AttemptStarted(msgspec.Struct, frozen=True, tag=True):
    """An attempt's own code began."""

    step: str
    number: int


class AttemptSucceeded(msgspec.Struct, frozen=True, tag=True):
    """An attempt ended and its outputs are in place."""

    step: str
    number: int


class AttemptFailed(msgspec.Struct, frozen=True, tag=True):
    """An attempt ended without success; never tried again by itself."""

    step: str
    number: int


class AttemptLost(msgspec.Struct, frozen=True, tag=True):
    """Whoever ran the attempt is gone; it is tried again."""

    step: str
    number: int


class CancelAsked(msgspec.Struct, frozen=True, tag=True):
    """Somebody wants the whole run to end."""


class StepCancelAsked(msgspec.Struct, frozen=True, tag=True):
    """Somebody wants one step to end."""

    step: str


class RunTimedOut(msgspec.Struct, frozen=True, tag=True):
    """The run took longer than it may."""


Event = (
    RunBegan
    | ReuseFound
    | ReuseMissed
    | StepFailed
    | AttemptStarted
    | AttemptSucceeded
    | AttemptFailed
    | AttemptLost
    | CancelAsked
    | StepCancelAsked
    | RunTimedOut
)

# --- instructions

StepOutcome = Literal["Reused", "Completed", "Failed", "Canceled"]
RunOutcome = Literal["Completed", "Failed", "Canceled"]


class DecideReuse(msgspec.Struct, frozen=True, tag=True):
    """Find out whether earlier results serve; answer with ReuseFound, ReuseMissed or StepFailed."""

    step: str


class SubmitAttempt(msgspec.Struct, frozen=True, tag=True):
    """Have the step run; `number` counts its attempts from 1."""

    step: str
    number: int


class MarkStarted(msgspec.Struct, frozen=True, tag=True):
    """The step runs now."""

    step: str


class CancelAttempt(msgspec.Struct, frozen=True, tag=True):
    """End an attempt; answer with its end, however it comes."""

    step: str
    number: int
    cause: Literal["cancelled", "timeout"] = "cancelled"


class FinishStep(msgspec.Struct, frozen=True, tag=True):
    """The step is over; nothing more happens to it."""

    step: str
    outcome: StepOutcome


class FinishRun(msgspec.Struct, frozen=True, tag=True):
    """The run is over, after all its steps."""

    outcome: RunOutcome


Instruction = DecideReuse | SubmitAttempt | MarkStarted | CancelAttempt | FinishStep | FinishRun
