"""Typed routes: a handler is a plain function, its annotations are the message types.

A handler takes the server's `Services` first, then by name: path parameters (`str` or `int`), `body` (a message, or
`bytes`), `query` (a struct of optional fields), `request` (the raw request, for streams). It returns a message,
None, bytes, a Starlette response, or a `Future` of a message. Handlers run in a thread, unless `inline`: those must
not block, since they run on the event loop. The OpenAPI document is made from the same table.

`Router` is an ASGI application of its own, with Starlette's requests and responses: every step costs a handful of
requests, and a framework's layers between would cost more than the answers.
"""

import asyncio
import inspect
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from typing import Any, get_type_hints

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from stepworks.errors import InvalidInput, NotFound, StepworksError
from stepworks.wire.errors import ErrorAnswer, ErrorBody

PREFIX = "/api/v1"
Endpoint = Callable[[Request], Awaitable[Response]]
_log = logging.getLogger("stepworks.server")


class Route(msgspec.Struct, frozen=True):
    """One route: what is called, and what OpenAPI says of it. `public` routes need no token."""

    method: str
    path: str
    handler: Callable[..., Any]
    returns: Any = None
    inline: bool = False
    public: bool = False

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (inspect.getdoc(self.handler) or self.handler.__name__).splitlines()[0]

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Names in braces, without converters."""
        return tuple(re.findall(r"{(\w+)", self.path))


class Router:
    """Answers requests by a table of routes. Errors become answers; what nobody foresaw is logged and becomes a 500."""

    def __init__(self, routes: Sequence[Route], services: Any) -> None:
        self._exact: dict[str, dict[str, Endpoint]] = {}
        self._patterns: list[tuple[re.Pattern[str], dict[str, Endpoint]]] = []
        by_path: dict[str, dict[str, Endpoint]] = {}
        for route in routes:
            by_path.setdefault(PREFIX + route.path, {})[route.method] = _endpoint(route, services)
        for path, methods in by_path.items():
            if "{" in path:
                self._patterns.append((compile_path(path)[0], methods))
            else:
                self._exact[path] = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        methods, parameters = self._find(scope["path"])
        endpoint = methods.get(scope["method"])
        if endpoint is None:
            response = _nothing_there(scope, methods)
        else:
            scope["path_params"] = parameters
            response = await endpoint(Request(scope, receive))
        await response(scope, receive, send)

    def _find(self, path: str) -> "tuple[dict[str, Endpoint], dict[str, str]]":
        methods = self._exact.get(path)
        if methods is not None:
            return methods, {}
        for pattern, of_pattern in self._patterns:
            match = pattern.match(path)
            if match is not None:
                return of_pattern, match.groupdict()
        return {}, {}


def _nothing_there(scope: Scope, methods: "dict[str, Endpoint]") -> Response:
    path, method = scope["path"], scope["method"]
    what = f"{path} does not take {method}" if methods else f"There is nothing at {path}"
    response = error_response(NotFound(f"{what}.", target=path, remedy=f"{PREFIX}/openapi.json lists all routes."))
    if methods:
        response.status_code = 405
        response.headers["Allow"] = ", ".join(sorted(methods))
    return response


def message_types(route: Route) -> dict[str, Any]:
    """The annotations of the handler's `body` and `query`, where it has them."""
    hints = get_type_hints(route.handler)
    return {name: hints[name] for name in ("body", "query") if name in hints}


def error_response(error: StepworksError) -> Response:
    """The answer that an error becomes."""
    problems = tuple(getattr(error, "problems", ()))
    body = ErrorBody(
        code=error.code, message=error.message, target=error.target, remedy=error.remedy, problems=problems
    )
    return json_response(ErrorAnswer(body), status=error.http_status)


def json_response(value: Any, status: int = 200) -> Response:
    """A message as an answer."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def _endpoint(route: Route, services: Any) -> Endpoint:
    hints = get_type_hints(route.handler)
    parameters = list(inspect.signature(route.handler).parameters)[1:]
    body_type = hints.get("body")
    body_decoder = None if body_type in (None, bytes) else msgspec.json.Decoder(body_type)
    query_type = hints.get("query")
    path_parameters = [p for p in parameters if p in route.path_parameters]
    wants_request = "request" in parameters
    handler = route.handler

    async def endpoint(request: Request) -> Response:
        try:
            given: dict[str, Any] = {}
            for name in path_parameters:
                given[name] = _path_value(name, request.path_params[name], hints[name])
            if query_type is not None:
                given["query"] = _query(request, query_type)
            if body_type is not None:
                raw = await request.body()
                given["body"] = raw if body_decoder is None else _body(raw, body_decoder)
            if wants_request:
                given["request"] = request
            if route.inline:
                result = handler(services, **given)
                if inspect.isawaitable(result):
                    result = await result
            else:
                result = await run_in_threadpool(handler, services, **given)
            if isinstance(result, Future):
                result = await asyncio.wrap_future(result)
        except StepworksError as e:
            return error_response(e)
        except Exception:
            _log.exception("%s %s failed", request.method, request.url.path)
            return error_response(StepworksError("The server failed to answer; its log tells why.", target=route.path))
        if isinstance(result, Response):
            return result
        if result is None:
            return Response(status_code=204)
        if isinstance(result, bytes):
            return Response(result, media_type="application/octet-stream")
        return json_response(result)

    return endpoint


def _path_value(name: str, text: str, kind: Any) -> Any:
    if kind is not int:
        return text
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise InvalidInput(f"{name} must be a whole number, not {text!r}.", target=name)
    return int(text)


def _query(request: Request, kind: Any) -> Any:
    fields = {f.encode_name: f for f in msgspec.structs.fields(kind)}
    given: dict[str, Any] = {}
    for name in request.query_params:
        if name not in fields:
            known = ", ".join(sorted(fields)) or "none"
            raise InvalidInput(
                f"There is no query parameter {name!r} here.", target=name, remedy=f"Known ones: {known}."
            )
        values = request.query_params.getlist(name)
        given[name] = values if "tuple" in str(fields[name].type) else values[-1]
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as e:
        raise InvalidInput(f"The query cannot be read: {e}.") from e


def _body(raw: bytes, decoder: "msgspec.json.Decoder[Any]") -> Any:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as e:
        raise InvalidInput(f"The request's body is not as it should be: {e}.", target="body") from e
    except msgspec.DecodeError as e:
        raise InvalidInput(f"The request's body is not JSON: {e}.", target="body") from e
    except UnicodeDecodeError as e:
        raise InvalidInput("The request's body is not UTF-8.", target="body") from e
