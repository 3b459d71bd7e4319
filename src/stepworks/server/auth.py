"""Who may call: the owner's token, or the token of a run. Other origins get nothing.

A run's token is derived from the owner's, so nothing is stored and a restarted server accepts it still:
"run.<root run id>.<keyed hash>".
"""

import hmac
from typing import Any
from urllib.parse import urlsplit

from blake3 import blake3
from starlette.types import ASGIApp, Receive, Scope, Send

from stepworks.errors import NotAllowed
from stepworks.server.routing import error_response

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})


def run_token(owner_token: str, root: str) -> str:
    """The token for the steps of one run."""
    key = blake3(owner_token.encode(), derive_key_context="stepworks run token 1").digest()
    return f"run.{root}.{blake3(root.encode(), key=key).hexdigest(16)}"


def is_valid(given: str, owner_token: str) -> bool:
    """Whether a bearer token opens this server."""
    if given.startswith("run.") and given.count(".") == 2:
        return hmac.compare_digest(given.encode(), run_token(owner_token, given.split(".")[1]).encode())
    return hmac.compare_digest(given.encode(), owner_token.encode())


class TokenGate:
    """ASGI middleware: lets through what carries a valid token, or is public.

    With `loopback_only` the Host header must name this machine, so that a page of another site that rebinds its
    name to 127.0.0.1 gets nothing; a request with an Origin of another host is refused and gets no CORS header.
    """

    def __init__(self, app: ASGIApp, *, token: str, public: frozenset[str], loopback_only: bool) -> None:
        self._app = app
        self._token = token
        self._public = public
        self._loopback_only = loopback_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            response = error_response(refusal)
            response.status_code = 403 if refusal.target in ("Host", "Origin") else 401
            if response.status_code == 401:
                response.headers["WWW-Authenticate"] = "Bearer"
            await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> NotAllowed | None:
        headers = _headers(scope)
        host = headers.get(b"host", b"").decode("latin-1")
        if self._loopback_only and _hostname(host) not in _LOOPBACK:
            return NotAllowed(f"This server answers on this machine only, not as {host!r}.", target="Host")
        origin = headers.get(b"origin")
        if origin is not None and urlsplit(origin.decode("latin-1")).netloc != host:
            return NotAllowed("Requests from other origins are not answered.", target="Origin")
        if scope["path"] in self._public:
            return None
        scheme, _, given = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if scheme.lower() == "bearer" and is_valid(given.strip(), self._token):
            return None
        return NotAllowed(
            "The request carries no valid token." if given else "The request carries no token.",
            target="Authorization",
            remedy="Send `Authorization: Bearer <token>`; the local token is in the file `token` of STEPWORKS_HOME.",
        )


def _headers(scope: Scope) -> dict[bytes, Any]:
    return dict(scope["headers"])


def _hostname(host: str) -> str:
    return host if host in _LOOPBACK else host.rsplit(":", 1)[0]
