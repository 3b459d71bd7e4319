"""Datastores, files in them, datasets, snapshots."""

import msgspec

from stepworks.hashing import ContentId

JsonDict = dict[str, object]


class NewDatastore(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Register a storage. `credentials` are kept encrypted and never given out."""

    name: str
    type: str
    settings: JsonDict = {}
    credentials: dict[str, str] = {}
    overwrite: bool = False


class DatastoreRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A registered storage. `root` is its local folder, where there is one and the client is on the same machine."""

    workspace: str
    name: str
    type: str
    settings: JsonDict
    root: str | None = None
    is_default: bool = False
    # The names of what opens it.
    credentials: tuple[str, ...] = ()


class FileQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Files whose path starts with `prefix` (as text), or match `glob`."""

    prefix: str = ""
    glob: str | None = None


class FileRecord(msgspec.Struct, frozen=True, array_like=True):
    """A file in a datastore; `modified` in seconds since the epoch."""

    path: str
    size: int
    modified: float


class PutFileQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether an existing file may be replaced; otherwise it is left and the answer says skipped."""

    overwrite: bool = False


class FileStored(msgspec.Struct, frozen=True):
    """What became of an upload."""

    path: str
    skipped: bool = False


class NewDataset(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Save a dataset: an encoded plan (JSON), so that a step can find it by id."""

    kind: str
    plan: msgspec.Raw
    definition: str


class DatasetRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A saved dataset, with its newest registration when it has one."""

    id: str
    workspace: str
    kind: str
    plan: msgspec.Raw
    definition: str
    created: float
    name: str | None = None
    version: int | None = None
    description: str | None = None
    tags: dict[str, str] = {}


class RegisterDataset(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Register a saved dataset under a name."""

    name: str
    dataset: str
    create_new_version: bool = False
    description: str | None = None
    tags: dict[str, str] = {}


class DatasetQuery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which registered datasets; without a version the newest of each name."""

    name: str | None = None
    version: int | None = None
    all_versions: bool = False


class DatasetChanges(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to change of a registered version; None keeps, a tag of None is removed."""

    tags: dict[str, str | None] | None = None
    description: str | None = None


class Missing(msgspec.Struct, frozen=True):
    """Content ids that the server does not have yet."""

    ids: tuple[ContentId, ...] = ()


class SnapshotRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A snapshot the server has."""

    id: str
    files: int
    size: int
