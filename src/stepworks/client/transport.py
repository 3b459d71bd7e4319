"""HTTP to a server: one kept-open connection a thread, errors turned back into the tree of `stepworks.errors`.

When a connection cannot be made, `locate` is asked where the server is now: a local server may have ended, idle, and a
new one listens elsewhere. Requests are sent again only when that cannot do a thing twice: all of ours are
idempotent by design (ids are chosen by the client), except those sent with `once=True`.
"""

import http.client
import socket
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from stepworks import errors
from stepworks.wire.errors import ErrorAnswer, ErrorBody

T = TypeVar("T")

CONNECT_TIMEOUT = 10.0
ANSWER_TIMEOUT = 600.0
_CHUNK = 1 << 16


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
        headers = {"Content-Type": content_type} if body is not None else {}
        response = self._send(method, _target(path, query), body, headers, once=once)
        data = response.read()
        if response.status >= 300:
            raise error_of(response.status, data)
        return data

    def upload(
        self,
        method: str,
        path: str,
        chunks: Iterable[bytes],
        returns: type[T],
        *,
        query: Any = None,
        size: int | None = None,
    ) -> T:
        """Send a body of any size as it comes."""
        connection = self._connect()
        try:
            connection.putrequest(method, _target(path, query))
            connection.putheader("Authorization", f"Bearer {self.address.token}")
            connection.putheader("Content-Type", "application/octet-stream")
            if size is None:
                connection.putheader("Transfer-Encoding", "chunked")
            else:
                connection.putheader("Content-Length", str(size))
            connection.endheaders()
            for chunk in chunks:
                if size is None:
                    connection.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                else:
                    connection.send(chunk)
            if size is None:
                connection.send(b"0\r\n\r\n")
            response = connection.getresponse()
            data = response.read()
        except (OSError, http.client.HTTPException) as e:
            raise self._unavailable(e) from e
        finally:
            connection.close()
        if response.status >= 300:
            raise error_of(response.status, data)
        return msgspec.json.decode(data, type=returns)

    @contextmanager
    def stream(
        self, method: str, path: str, *, query: Any = None, timeout: float = ANSWER_TIMEOUT
    ) -> Generator[Iterator[bytes]]:
        """An answer that is read as it comes, on a connection of its own: lines for events, chunks for files."""
        connection = self._connect(timeout)
        try:
            connection.request(method, _target(path, query), headers=self._headers())
            response = connection.getresponse()
            if response.status >= 300:
                raise error_of(response.status, response.read())
            if response.headers.get("content-type", "").startswith("text/event-stream"):
                yield _lines(response)
            else:
                yield iter(lambda: response.read(_CHUNK), b"")
        except (OSError, http.client.HTTPException) as e:
            raise self._unavailable(e) from e
        finally:
            connection.close()

    def close(self) -> None:
        """Let go of this thread's connection."""
        connection: http.client.HTTPConnection | None = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    # --- connections

    def _send(
        self, method: str, target: str, body: bytes | None, headers: dict[str, str], *, once: bool
    ) -> http.client.HTTPResponse:
        connection: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is not None:
            try:
                connection.request(method, target, body, headers | self._headers())
                return connection.getresponse()
            except (OSError, http.client.HTTPException) as e:
                self.close()
                if once and not isinstance(e, http.client.RemoteDisconnected | BrokenPipeError | ConnectionResetError):
                    raise self._unavailable(e) from e
        for attempt in range(3):
            connection = self._connect()
            try:
                connection.request(method, target, body, headers | self._headers())
                response = connection.getresponse()
            except (OSError, http.client.HTTPException) as e:
                connection.close()
                if once or attempt == 2:
                    raise self._unavailable(e) from e
                self._relocate()
            else:
                self._local.connection = connection
                return response
        raise AssertionError("unreachable")

    def _connect(self, timeout: float = ANSWER_TIMEOUT) -> http.client.HTTPConnection:
        try:
            return self._open(timeout)
        except OSError as e:
            if not self._relocate():
                raise self._unavailable(e) from e
        try:
            return self._open(timeout)
        except OSError as e:
            raise self._unavailable(e) from e

    def _open(self, timeout: float) -> http.client.HTTPConnection:
        parts = urlsplit(self.address.url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=CONNECT_TIMEOUT)
        connection.connect()
        connection.sock.settimeout(timeout)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _relocate(self) -> bool:
        if self._locate is None:
            return False
        self.address = self._locate()
        return True

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.address.token}"}

    def _unavailable(self, cause: Exception) -> errors.Unavailable:
        return errors.Unavailable(
            f"The server at {self.address.url} does not answer ({cause or type(cause).__name__}).",
            target=self.address.url,
            remedy="`stepworks status` tells whether one runs; `stepworks doctor` finds out why it does not.",
        )


def quoted(part: object) -> str:
    """One segment of a path, or a path below one, made safe for a URL."""
    return quote(str(part), safe="/")


def _target(path: str, query: Any) -> str:
    if query is None:
        return path
    given = {k: v for k, v in msgspec.to_builtins(query).items() if v is not None}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def _lines(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while line := response.readline():
        yield line


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
