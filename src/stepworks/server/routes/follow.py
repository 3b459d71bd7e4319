"""Following a run: server-sent events of states and logs."""

from collections.abc import AsyncIterator, Iterator, Sequence

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from stepworks.hashing import ContentId
from stepworks.records import rows
from stepworks.records.base import among, eq
from stepworks.runs.events import LogAppended, RunEvent
from stepworks.runs.status import is_terminal
from stepworks.server import lookup
from stepworks.server.bus import ends
from stepworks.server.routes.runs import changed
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.wire.runs import FollowQuery

DRIVER_LOG = "azureml-logs/70_driver_log.txt"
BUILD_LOG = "azureml-logs/20_image_build_log.txt"
HEARTBEAT_SECONDS = 15.0
_LOG_CHUNK = 1 << 18


def follow_run(services: Services, run: str, query: FollowQuery) -> StreamingResponse:
    """What happens to a run and its steps, as server-sent events: first how all stands, then what changes."""
    with services.records.read() as view:
        lookup.run(view, run)
    return StreamingResponse(
        _events(services, run, query.logs), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


async def _events(services: Services, run: str, logs: bool) -> AsyncIterator[bytes]:
    # Follow first, read then: what happens in between is told twice rather than not at all.
    with services.bus.follow(run) as follower:
        standing = await run_in_threadpool(lambda: list(_standing(services, run, logs)))
        yield _encode(standing)
        if any(ends(e, run) for e in standing):
            yield b"event: end\ndata: \n\n"
            return
        async for batch in follower.batches(HEARTBEAT_SECONDS):
            wanted = batch if logs else [e for e in batch if not isinstance(e, LogAppended)]
            yield _encode(wanted) if wanted else b": still here\n\n"
            if any(ends(e, run) for e in batch):
                yield b"event: end\ndata: \n\n"
                return


def _standing(services: Services, run: str, logs: bool) -> Iterator[RunEvent]:
    with services.records.read() as view:
        root = lookup.run(view, run)
        children = view.find(rows.Run, eq("parent", run), order=("number",))
        wanted = [r.id for r in (root, *children) if not (r.decision and r.decision.is_reused)] if logs else []
        stored = {
            (a.run, a.name): a
            for a in view.find(rows.Artifact, among("run", wanted), among("name", (DRIVER_LOG, BUILD_LOG)))
        }
    for row in children:
        yield changed(row)
        if logs:
            yield from _logs(services, row, stored)
    if logs and root.type != "azureml.PipelineRun":
        yield from _logs(services, root, stored)
    yield changed(root)


def _logs(services: Services, row: rows.Run, stored: dict[tuple[str, str], rows.Artifact]) -> Iterator[LogAppended]:
    for name in (BUILD_LOG, DRIVER_LOG):
        artifact = stored.get((row.id, name))
        if artifact is not None:
            data = services.objects.get(ContentId(artifact.object))
        elif not is_terminal(row.status) and row.started is not None:
            data = services.live_logs.read(row.id, name, 0)
        else:
            continue
        for offset in range(0, len(data), _LOG_CHUNK):
            yield LogAppended(
                run=row.id, root=row.root, name=name, offset=offset, data=data[offset : offset + _LOG_CHUNK]
            )


def _encode(events: Sequence[RunEvent]) -> bytes:
    return b"".join(b"data: %b\n\n" % msgspec.json.encode(e) for e in events)


ROUTES = (Route("GET", "/runs/{run}/events", follow_run),)
