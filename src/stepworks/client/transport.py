"""HTTP to a server: one kept-open connection a thread, errors turned back into the tree of `stepworks.errors`.

When a connection cannot be made, `locate` is asked where the server is now: a local server may have ended, idle, and a
new one listens elsewhere. Requests are sent again then: all of ours are idempotent by design (ids are chosen by the
client), except those sent with `once=True`.
"""

import os
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from stepworks import errors
from stepworks.channel import Answer, Channel
from stepworks.wire.errors import ErrorAnswer, ErrorBody

T = TypeVar("T")

ANSWER_TIMEOUT = 600.0


class Address(NamedTuple):
    """Where a server is, and the token it wants."""

    url: str
    token: str


class Transport:
    """Sends requests to one server. Safe to use from many threads, and after a fork."""

    def __init__(self, address: Address, locate: Callable[[], Address] | None = None) -> None:
        self.address = address
        self._locate = locate
        self._local = threading.local()
        self._decoders: dict[Any, msgspec.json.Decoder[Any]] = {}

    def call(
        self, method: str, path: str, returns: type[T], body: Any = None, query: Any = None, *, once: bool = False
    ) -> T:
        """One request and its decoded answer. `body` is encoded as JSON, `query` is a struct of optional fields."""
        data = None if body is None else msgspec.json.encode(body)
        answer = self.exchange(method, path, data, query=query, once=once)
        decoder = self._decoders.get(returns)
        if decoder is None:
            decoder = self._decoders[returns] = msgspec.json.Decoder(returns)
        return decoder.decode(answer)

    def exchange(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        query: Any = None,
        content_type: str = "application/json",
        once: bool = False,
    ) -> bytes:
        """One request and the bytes of its answer.

        Raises the error of the answer, or `Unavailable` when no server can be reached.
        """
        target = _target(path, query)
        for attempt in range(3):
            try:
                answer = self._channel().call(method, target, body or b"", kind=content_type)
            except errors.Unavailable as e:
                if once or attempt == 2 or not self._relocate():
                    raise self._unavailable(e) from e
            else:
                return _body_of(answer)
        raise AssertionError("unreachable")

    def upload(self, method: str, path: str, chunks: Iterable[bytes], returns: type[T], *, query: Any = None) -> T:
        """Send a body of any size as it comes."""
        channel = self._reached()
        try:
            answer = channel.upload(method, _target(path, query), chunks)
        except errors.Unavailable as e:
            raise self._unavailable(e) from e
        finally:
            channel.close()
        return msgspec.json.decode(_body_of(answer), type=returns)

    @contextmanager
    def stream(
        self, method: str, path: str, *, query: Any = None, timeout: float = ANSWER_TIMEOUT
    ) -> Generator[Iterator[bytes]]:
        """An answer in pieces as they come, on a connection of its own. Raises the error of an answer that is one."""
        channel = self._reached(timeout)
        try:
            status, pieces = channel.stream(method, _target(path, query))
            if status >= 300:
                raise error_of(status, b"".join(pieces))
            yield pieces
        except errors.Unavailable as e:
            raise self._unavailable(e) from e
        finally:
            channel.close()

    def close(self) -> None:
        """Let go of this thread's connection."""
        kept: tuple[int, Address, Channel] | None = self._local.__dict__.pop("kept", None)
        if kept is not None and kept[0] == os.getpid():
            kept[2].close()

    # --- connections

    def _channel(self) -> Channel:
        """This thread's connection; a forked child, or one whose server has moved, begins a new one."""
        kept: tuple[int, Address, Channel] | None = self._local.__dict__.get("kept")
        if kept is None or kept[0] != os.getpid() or kept[1] != self.address:
            kept = self._local.kept = (os.getpid(), self.address, self._open(ANSWER_TIMEOUT))
        return kept[2]

    def _reached(self, timeout: float = ANSWER_TIMEOUT) -> Channel:
        """A connection of its own to a server that answers: a body that is sent as it comes is sent once only."""
        self.exchange("GET", "/api/v1/health")
        return self._open(timeout)

    def _open(self, timeout: float) -> Channel:
        return Channel(self.address.url, self.address.token, timeout=timeout)

    def _relocate(self) -> bool:
        if self._locate is None:
            return False
        self.address = self._locate()
        return True

    def _unavailable(self, cause: errors.Unavailable) -> errors.Unavailable:
        return errors.Unavailable(
            f"The server at {self.address.url} does not answer. {cause.message}",
            target=self.address.url,
            remedy="`stepworks status` tells whether one runs; `stepworks doctor` finds out why it does not."
            if self._locate is not None
            else "See that it runs, that the address is right, and that nothing between here and there is in the way.",
        )


def _body_of(answer: Answer) -> bytes:
    if answer.status >= 300:
        raise error_of(answer.status, answer.body)
    return answer.body


def quoted(part: object) -> str:
    """One segment of a path, or a path below one, made safe for a URL."""
    return quote(str(part), safe="/")


def _target(path: str, query: Any) -> str:
    if query is None:
        return path
    given = {k: v for k, v in msgspec.to_builtins(query).items() if v is not None}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


_BY_CODE: dict[str, type[errors.StepworksError]] = {
    c.code: c
    for c in (
        errors.InvalidInput,
        errors.UnsafePath,
        errors.NotFound,
        errors.ObjectMissing,
        errors.Conflict,
        errors.LeaseLost,
        errors.NotAllowed,
        errors.Unavailable,
        errors.CorruptRecords,
        errors.EnvironmentFailed,
        errors.DataMissing,
    )
}


def error_of(status: int, data: bytes) -> errors.StepworksError:
    """The error that an answer carries; the text itself when it is not one of ours."""
    try:
        body = msgspec.json.decode(data, type=ErrorAnswer).error
    except msgspec.MsgspecError:
        body = ErrorBody(code="Error", message=f"The server answered {status}: {data[:500].decode(errors='replace')}")
    if body.code == errors.InvalidGraph.code:
        return errors.InvalidGraph(body.problems)
    return _BY_CODE.get(body.code, errors.StepworksError)(body.message, target=body.target, remedy=body.remedy)
