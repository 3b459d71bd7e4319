"""Metrics, artifacts and logs of runs."""

from collections.abc import Iterator
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse

from stepworks.data.paths import strict
from stepworks.errors import InvalidInput, NotFound
from stepworks.hashing import ContentId
from stepworks.records import rows
from stepworks.records.base import Where, among, eq
from stepworks.server import lookup
from stepworks.server.records_out import artifact_record, metric_record
from stepworks.server.routes.runs import descendants
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.server.uploads import received_file
from stepworks.tracking.metrics import MetricBatch
from stepworks.wire.runs import ArtifactRecord, LogQuery, MetricRecord, MetricsQuery

_CHUNK = 1 << 20


def take_metrics(services: Services, body: MetricBatch) -> None:
    """Take over a batch of a metrics spool; one that was taken before is ignored."""
    services.engine.take_metrics(body)


def list_metrics(services: Services, run: str, query: MetricsQuery) -> list[MetricRecord]:
    """Logged values of a run in logging order."""
    where: list[Where] = [] if query.name is None else [eq("name", query.name)]
    with services.records.read() as view:
        lookup.run(view, run)
        ids = [run, *(r.id for r in descendants(view, run))] if query.recursive else [run]
        return [metric_record(m) for m in view.find(rows.Metric, among("run", ids), *where, order=("run", "seq"))]


def list_artifacts(services: Services, run: str) -> list[ArtifactRecord]:
    """Files of a run, by name."""
    with services.records.read() as view:
        lookup.run(view, run)
        return [artifact_record(a) for a in view.find(rows.Artifact, eq("run", run), order=("name",))]


async def write_artifact(services: Services, run: str, name: str, request: Request) -> ArtifactRecord:
    """Store a file of a run; one of the same name is replaced."""
    name = strict(name, what="artifact name")
    if not name:
        raise InvalidInput("An artifact needs a name.", target="name")
    async with received_file(services.home.cache, request) as path:
        return await run_in_threadpool(_keep_artifact, services, run, name, path)


def _keep_artifact(services: Services, run: str, name: str, path: Path) -> ArtifactRecord:
    with services.records.read() as view:
        lookup.run(view, run)
    size = path.stat().st_size
    object_id = services.objects.put_file(path, move=True)
    row = rows.Artifact(run=run, name=name, object=object_id, size=size, created=services.clock.now())
    services.records.write(lambda tx: tx.put(row))
    return artifact_record(row)


def read_artifact(services: Services, run: str, name: str) -> StreamingResponse:
    """A file of a run."""
    with services.records.read() as view:
        lookup.run(view, run)
        found = view.get(rows.Artifact, run, name)
    if found is None:
        raise NotFound(f"Run {run} has no file {name!r}.", target=name)
    return StreamingResponse(
        object_chunks(services, found.object),
        media_type="application/octet-stream",
        headers={"Content-Length": str(found.size)},
    )


def object_chunks(services: Services, object_id: str) -> Iterator[bytes]:
    """The bytes of an object, in pieces."""
    with services.objects.open(ContentId(object_id)) as f:
        while chunk := f.read(_CHUNK):
            yield chunk


def read_log(services: Services, run: str, name: str, query: LogQuery) -> bytes:
    """A log as far as it is written."""
    name = strict(name, what="log name")
    with services.records.read() as view:
        lookup.run(view, run)
        found = view.get(rows.Artifact, run, name)
    if found is None:
        return services.live_logs.read(run, name, query.offset, query.limit)
    with services.objects.open(ContentId(found.object)) as f:
        f.seek(query.offset)
        return f.read(query.limit)


ROUTES = (
    Route("POST", "/metrics", take_metrics),
    Route("GET", "/runs/{run}/metrics", list_metrics, list[MetricRecord]),
    Route("GET", "/runs/{run}/artifacts", list_artifacts, list[ArtifactRecord]),
    Route("PUT", "/runs/{run}/artifacts/{name:path}", write_artifact, ArtifactRecord, inline=True),
    Route("GET", "/runs/{run}/artifacts/{name:path}", read_artifact, bytes),
    Route("GET", "/runs/{run}/logs/{name:path}", read_log, bytes),
)
