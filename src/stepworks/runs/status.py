"""States of runs, in the vocabulary of the run history, and the words that SDK classes use for them.

contracts §11: `Run.status` speaks the run history's words; `PipelineRun.get_status()` and
`StepRun.get_status()` say "Finished" where the history says "Completed".
"""

from typing import Final, Literal

Status = Literal[
    "NotStarted",
    "Queued",
    "Preparing",
    "Running",
    "Finalizing",
    "CancelRequested",
    "Completed",
    "Failed",
    "Canceled",
    "Bypassed",
]

TERMINAL: Final[frozenset[str]] = frozenset({"Completed", "Failed", "Canceled", "Bypassed"})

Cause = Literal[
    "exception",
    "exit_code",
    "signal",
    "out_of_memory",
    "timeout",
    "cancelled",
    "data_missing",
    "environment",
    "lost",
    "internal",
]


def is_terminal(status: str) -> bool:
    """Whether nothing follows this state; terminal states are final in the database itself."""
    return status in TERMINAL


_PIPELINE_WORDS = {
    "Completed": "Finished",
    "CancelRequested": "Running",
    "Queued": "Running",
    "Preparing": "Running",
    "Finalizing": "Running",
}
_STEP_WORDS = {"Completed": "Finished", "CancelRequested": "Running", "Preparing": "Running", "Finalizing": "Running"}


def pipeline_word(status: str) -> str:
    """The word of `PipelineRun.get_status()`."""
    return _PIPELINE_WORDS.get(status, status)


def step_word(status: str) -> str:
    """The word of `StepRun.get_status()`."""
    return _STEP_WORDS.get(status, status)
