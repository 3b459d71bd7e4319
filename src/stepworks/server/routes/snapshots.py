"""Snapshots and objects: only what the server lacks travels."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from stepworks.errors import InvalidInput, NotFound, ObjectMissing
from stepworks.hashing import ContentId
from stepworks.server.routes.tracking import object_chunks
from stepworks.server.routing import Route
from stepworks.server.services import Services
from stepworks.server.uploads import consume_in_thread
from stepworks.snapshots.tree import Tree
from stepworks.wire.data import Missing, SnapshotRecord


def missing_objects(services: Services, body: Missing) -> Missing:
    """Which of these content ids the server does not have."""
    return Missing(tuple(sorted(services.objects.missing(body.ids))))


async def put_objects(services: Services, request: Request) -> Missing:
    """Store many objects sent in one stream; the answer names those that were stored."""
    stored = await consume_in_thread(request, services.objects.put_pack)
    return Missing(tuple(stored))


def read_object(services: Services, object_id: str) -> StreamingResponse:
    """The bytes of an object."""
    size = services.objects.size(ContentId(object_id))
    return StreamingResponse(
        object_chunks(services, object_id), media_type="application/octet-stream", headers={"Content-Length": str(size)}
    )


def put_snapshot(services: Services, snapshot: str, body: bytes) -> SnapshotRecord:
    """Store the tree of a snapshot. Refused when it is not what its id says, or when files of it are not here."""
    tree = Tree.decode(body)
    if tree.id != snapshot:
        raise InvalidInput(f"The tree sent is snapshot {tree.id}, not {snapshot}.", target="snapshot")
    if lacking := services.objects.missing([f.id for f in tree.files]):
        raise InvalidInput(
            f"{len(lacking)} files of snapshot {snapshot} were not sent.", target="snapshot", remedy="Send them first."
        )
    services.objects.put(body)
    return _record(tree)


def get_snapshot(services: Services, snapshot: str) -> Response:
    """The encoded tree of a snapshot."""
    return Response(_tree(services, snapshot).encode(), media_type="application/octet-stream")


def get_snapshot_record(services: Services, snapshot: str) -> SnapshotRecord:
    """How large a snapshot is."""
    return _record(_tree(services, snapshot))


def _tree(services: Services, snapshot: str) -> Tree:
    try:
        return Tree.decode(services.objects.get(ContentId(snapshot)))
    except (ObjectMissing, InvalidInput) as e:
        raise NotFound(f"There is no snapshot {snapshot!r}.", target=snapshot) from e


def _record(tree: Tree) -> SnapshotRecord:
    return SnapshotRecord(id=tree.id, files=len(tree.entries), size=tree.size)


ROUTES = (
    Route("POST", "/objects/missing", missing_objects, Missing),
    Route("POST", "/objects", put_objects, Missing, inline=True),
    Route("GET", "/objects/{object_id}", read_object, bytes),
    Route("GET", "/snapshots/{snapshot}/record", get_snapshot_record, SnapshotRecord),
    Route("PUT", "/snapshots/{snapshot}", put_snapshot, SnapshotRecord),
    Route("GET", "/snapshots/{snapshot}", get_snapshot, bytes),
)
