"""The ASGI application: all routes behind the token gate."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from stepworks.errors import NotFound
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
from stepworks.server.routing import PREFIX, Route, build, error_response, json_response
from stepworks.server.services import Services

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
)


def make_app(services: Services) -> ASGIApp:
    """The application for a server's services."""
    routes = build(ROUTES, services)
    routes.append(StarletteRoute(f"{PREFIX}/openapi.json", _openapi, methods=["GET"]))
    app = Starlette(routes=routes, exception_handlers={404: _not_found, 405: _not_found})
    public = frozenset(PREFIX + r.path for r in ROUTES if r.public)
    return TokenGate(Touch(app, services), token=services.token, public=public, loopback_only=services.loopback_only)


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


def _openapi(request: Request) -> Response:
    return json_response(openapi.document(ROUTES))


def _not_found(request: Request, error: Exception) -> Response:
    method_not_allowed = getattr(error, "status_code", 404) == 405
    what = (
        f"{request.url.path} does not take {request.method}"
        if method_not_allowed
        else f"There is nothing at {request.url.path}"
    )
    response = error_response(
        NotFound(f"{what}.", target=request.url.path, remedy=f"{PREFIX}/openapi.json lists all routes.")
    )
    response.status_code = 405 if method_not_allowed else 404
    return response
