"""The ASGI application: all routes behind the token gate."""

import msgspec
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from stepworks.server import openapi
from stepworks.server.auth import TokenGate
from stepworks.server.routes import (
    agents,
    assets,
    computes,
    datasets,
    datastores,
    follow,
    runs,
    secrets,
    snapshots,
    system,
    tracking,
    workspaces,
)
from stepworks.server.routing import PREFIX, Route, Router, json_response
from stepworks.server.services import Services


def describe(services: Services) -> Response:
    """This document."""
    return json_response(openapi.document(ROUTES))


ROUTES: tuple[Route, ...] = (
    *agents.ROUTES,
    *runs.ROUTES,
    *follow.ROUTES,
    *tracking.ROUTES,
    *snapshots.ROUTES,
    *workspaces.ROUTES,
    *datastores.ROUTES,
    *datasets.ROUTES,
    *assets.ROUTES,
    *computes.ROUTES,
    *secrets.ROUTES,
    *system.ROUTES,
    Route("GET", "/openapi.json", describe, msgspec.Raw),
)


def make_app(services: Services) -> ASGIApp:
    """The application for a server's services."""
    public = frozenset(PREFIX + r.path for r in ROUTES if r.public)
    inside = Touch(Router(ROUTES, services), services)
    gate = TokenGate(inside, token=services.token, public=public, loopback_only=services.loopback_only)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/studio/"):
            await _where_to_look(scope["path"])(scope, receive, send)
        else:
            await gate(scope, receive, send)

    return app


def _where_to_look(path: str) -> Response:
    """What the links that the SDK prints lead to. It tells nothing that the link itself does not."""
    kind, _, name = path.removeprefix("/studio/").partition("/")
    command = f"stepworks runs {name}" if kind == "runs" else "stepworks runs"
    text = f"This version has no pages to look at yet.\nOn the command line, `{command}` shows it.\n"
    return PlainTextResponse(text, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})


class Touch:
    """ASGI middleware: notes when the last request came, so that an idle server knows that it is."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        activity = self._services.activity
        activity.begin()
        try:
            await self._app(scope, receive, send)
        finally:
            activity.end()
