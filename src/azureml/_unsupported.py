"""What the SDK offers and stepworks does not: declared with its true signature, it says what to use instead."""

import functools
from collections.abc import Callable
from typing import NoReturn, ParamSpec

P = ParamSpec("P")


def unsupported(what: str, instead: str) -> NotImplementedError:
    """The error to raise for something that is not available here: `raise unsupported("AutoMLStep", "…")`."""
    return NotImplementedError(f"{what} isn't available here. Use {instead.rstrip('.')} instead.")


def unavailable(instead: str) -> Callable[[Callable[P, object]], Callable[P, NoReturn]]:
    """A decorator: the function keeps its name and signature, and each call raises `unsupported`."""

    def declare(function: Callable[P, object]) -> Callable[P, NoReturn]:
        @functools.wraps(function)
        def refuse(*args: P.args, **kwargs: P.kwargs) -> NoReturn:
            raise unsupported(function.__qualname__, instead)

        if function.__doc__ is None:
            refuse.__doc__ = f"Not available here; use {instead}."
        return refuse

    return declare
