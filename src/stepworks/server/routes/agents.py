"""Node agents: registering, orders, reports."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from stepworks.errors import NotFound
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.wire.agent import AgentHello, AgentWelcome, Order, Report, ReportsTaken

HEARTBEAT_SECONDS = 15.0


def register_agent(services: Services, body: AgentHello) -> AgentWelcome:
    """An agent says what it is, and what it still has in hand."""
    return services.engine.agent_arrived(body)


def agent_orders(services: Services, agent: str) -> StreamingResponse:
    """The orders for an agent, as they come: one JSON order a line, an empty line as a sign of life."""
    if not services.pools.is_registered(agent):
        raise NotFound(f"Agent {agent!r} isn't registered here.", target=agent, remedy="Register it first.")
    return StreamingResponse(_orders(services, agent), media_type="application/x-ndjson")


async def _orders(services: Services, agent: str) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[bytes] = asyncio.Queue()

    def send(order: Order) -> None:
        loop.call_soon_threadsafe(waiting.put_nowait, msgspec.json.encode(order) + b"\n")

    def show_life() -> None:
        nonlocal heartbeat
        waiting.put_nowait(b"\n")
        heartbeat = loop.call_later(HEARTBEAT_SECONDS, show_life)

    heartbeat = loop.call_later(HEARTBEAT_SECONDS, show_life)
    stream = services.pools.attach(agent, send)
    try:
        yield b"\n"
        while True:
            line = await waiting.get()
            while not waiting.empty():
                line += waiting.get_nowait()
            yield line
    finally:
        heartbeat.cancel()
        services.pools.detach(stream)
        await run_in_threadpool(services.engine.agent_gone, agent)


def take_reports(services: Services, agent: str, body: list[Report]) -> "Future[ReportsTaken]":
    """What became of attempts. Those whose lease is no longer current are named in the answer."""
    return services.engine.begin_reports(agent, body)


ROUTES = (
    Route("POST", "/agents", register_agent, AgentWelcome),
    Route("GET", "/agents/{agent}/orders", agent_orders, bytes, inline=True),
    Route("POST", "/agents/{agent}/reports", take_reports, ReportsTaken, inline=True),
)
