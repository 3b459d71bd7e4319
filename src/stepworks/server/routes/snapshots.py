"""Snapshots and objects: only what the server lacks travels."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from stepworks.errors import InvalidInput, NotFound
from stepworks.hashing import ContentId
from stepworks.records import rows
from stepworks.records.base import View
from stepworks.server.routes.tracking import object_chunks
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.server.uploads import consume_in_thread
from stepworks.snapshots.tree import decode
from stepworks.wire.data import Missing, SnapshotRecord


def missing_objects(services: Services, body: Missing) -> Missing:
    """Which of these content ids the server does not have."""
    return Missing(tuple(sorted(services.objects.missing([ContentId(i) for i in body.ids]))))


async def put_objects(services: Services, request: Request) -> Missing:
    """Store many objects sent in one stream; the answer names those that were stored."""
    stored = await consume_in_thread(request, services.objects.put_pack)
    return Missing(tuple(stored))


def read_object(services: Services, object_id: str) -> StreamingResponse:
    """The bytes of an object."""
    size = services.objects.size(ContentId(object_id))
    return StreamingResponse(object_chunks(services, object_id), media_type="application/octet-stream", headers={"Content-Length": str(size)})


def put_snapshot(services: Services, snapshot: str, body: bytes) -> SnapshotRecord:
    """Store the tree of a snapshot. Refused when it is not what its id says, or when files of it are not here."""
    tree = decode(body)
    if tree.id != snapshot:
        raise InvalidInput(f"The tree sent is snapshot {tree.id}, not {snapshot}.", target="snapshot")
    if lacking := services.objects.missing(tree.files):
        raise InvalidInput(f"{len(lacking)} files of snapshot {snapshot} were not sent.", target="snapshot", remedy="Send them first.")
    row = rows.Snapshot(
        id=snapshot, object=services.objects.put(body), files=len(tree.entries), size=tree.size, created=services.clock.now()
    )
    services.records.write(lambda tx: tx.put(row))
    return _record(row)


def get_snapshot(services: Services, snapshot: str) -> Response:
    """The encoded tree of a snapshot."""
    with services.records.read() as view:
        row = _snapshot(view, snapshot)
    return Response(services.objects.get(ContentId(row.object)), media_type="application/octet-stream")


def get_snapshot_record(services: Services, snapshot: str) -> SnapshotRecord:
    """Whether the server has a snapshot, and how large it is."""
    with services.records.read() as view:
        return _record(_snapshot(view, snapshot))


def _snapshot(view: View, snapshot: str) -> rows.Snapshot:
    found = view.get(rows.Snapshot, snapshot)
    if found is None:
        raise NotFound(f"There is no snapshot {snapshot!r}.", target=snapshot)
    return found


def _record(row: rows.Snapshot) -> SnapshotRecord:
    return SnapshotRecord(id=row.id, files=row.files, size=row.size, created=row.created)


ROUTES = (
    Route("POST", "/objects/missing", missing_objects, Missing),
    Route("POST", "/objects", put_objects, Missing, inline=True),
    Route("GET", "/objects/{object_id}", read_object, bytes),
    Route("GET", "/snapshots/{snapshot}/record", get_snapshot_record, SnapshotRecord),
    Route("PUT", "/snapshots/{snapshot}", put_snapshot, SnapshotRecord),
    Route("GET", "/snapshots/{snapshot}", get_snapshot, bytes),
)
