"""The server's own facts."""

import os

from stepworks import __version__
from stepworks.records import rows
from stepworks.records.base import Where
from stepworks.runs.status import TERMINAL
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.wire.workspaces import Health, ServerStatus


def health(services: Services) -> Health:
    """Whether the server lives, and which version it is."""
    return Health(version=__version__)


def status(services: Services) -> ServerStatus:
    """What the server does right now."""
    active = [Where("status", "!=", s) for s in sorted(TERMINAL)]
    with services.records.read() as view:
        workspaces = tuple(str(v[0]) for v in view.values(rows.Workspace, ("name",), order=("name",)))
        runs = view.count(rows.Run, *active, Where("parent", "=", None))
    return ServerStatus(
        version=__version__,
        pid=os.getpid(),
        home=str(services.home.root),
        url=services.url,
        started=services.started,
        active_runs=runs,
        agents=services.pools.agents,
        slots=services.pools.slots,
        busy=services.pools.busy,
        workspaces=workspaces,
        database=services.database,
    )


def shut_down(services: Services) -> None:
    """End the server. What runs is taken up by the next one."""
    services.stop()


ROUTES = (
    Route("GET", "/health", health, Health, inline=True, public=True),
    Route("GET", "/status", status, ServerStatus),
    Route("POST", "/shutdown", shut_down, inline=True),
)
