"""How every error travels: what, which, and what to do."""

import msgspec


class ErrorBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """`code` is the class of error (see `stepworks.errors`), `target` what it is about, `remedy` what to do."""

    code: str
    message: str
    target: str | None = None
    remedy: str | None = None
    problems: tuple[str, ...] = ()


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The body of every answer that is not 2xx."""

    error: ErrorBody
