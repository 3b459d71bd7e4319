"""A workspace whose server is a few dictionaries: what SDK builders and handles need, without a process."""

from pathlib import Path
from types import SimpleNamespace

import msgspec

from azureml.core.experiment import Experiment
from azureml.data._datastores import datastore_of
from stepworks.datasets.glob import compile, is_glob
from stepworks.errors import Conflict, NotFound
from stepworks.reuse.decision import ReuseDecision
from stepworks.runs.values import Timings
from stepworks.wire.data import DatasetRecord, DatastoreRecord, FileRecord, FileStored
from stepworks.wire.runs import RunRecord, SubmitRun

URL = "http://server.test"


class ClientDouble:
    """Answers as the server does; `submissions`, `snapshots` and `followed` tell what was asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.transport = SimpleNamespace(address=SimpleNamespace(url=URL))
        self.stores = {
            "workspaceblobstore": DatastoreRecord(
                workspace="ws",
                name="workspaceblobstore",
                type="AzureBlob",
                settings={},
                root=str(root / "blob"),
                is_default=True,
            ),
            "workspacefilestore": DatastoreRecord(
                workspace="ws", name="workspacefilestore", type="AzureFile", settings={}, root=str(root / "file")
            ),
        }
        for store in self.stores.values():
            Path(store.root or "").mkdir(parents=True, exist_ok=True)
        self.saved: dict[str, DatasetRecord] = {}
        self.versions: list[DatasetRecord] = []
        self.compute_names: list[str] = []
        self.computes_asked = 0
        self.snapshots: list[str] = []
        self.submissions: list[SubmitRun] = []
        self.records: dict[str, RunRecord] = {}
        self.below: dict[str, list[RunRecord]] = {}
        self.events: list[object] = []
        self.followed: list[str] = []
        self.logs: dict[tuple[str, str], bytes] = {}

    # --- datastores

    def datastores(self, workspace):
        return list(self.stores.values())

    def datastore(self, workspace, name):
        if name not in self.stores:
            raise NotFound(f"no datastore {name}")
        return self.stores[name]

    def _files(self, datastore):
        root = Path(self.stores[datastore].root)
        return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())

    def files(self, workspace, datastore, *, prefix="", glob=None):
        root = Path(self.stores[datastore].root)
        found = self._files(datastore)
        if glob is None:
            found = [f for f in found if f.startswith(prefix)]
        elif is_glob(glob):
            found = [f for f in found if compile(glob).fullmatch(f)]
        else:
            found = [f for f in found if f == glob or f.startswith(f"{glob}/")]
        return [FileRecord(f, (root / f).stat().st_size, 1.0) for f in found]

    def file_write(self, workspace, datastore, path, chunks, *, overwrite=False):
        target = Path(self.stores[datastore].root, path)
        if target.exists() and not overwrite:
            return FileStored(path, skipped=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(b"".join(chunks))
        return FileStored(path)

    def file_read(self, workspace, datastore, path, target):
        target.write_bytes(Path(self.stores[datastore].root, path).read_bytes())

    # --- datasets

    def dataset_save(self, workspace, new):
        for known in self.saved.values():
            if known.definition == new.definition:
                return known
        record = DatasetRecord(
            id=f"dataset-{len(self.saved) + 1}",
            workspace=workspace,
            kind=new.kind,
            plan=new.plan,
            definition=new.definition,
            created=1.0,
        )
        self.saved[record.id] = record
        return record

    def dataset(self, workspace, dataset_id):
        if dataset_id not in self.saved:
            raise NotFound(f"no dataset {dataset_id}")
        return self.saved[dataset_id]

    def dataset_register(self, workspace, registration):
        versions = [v for v in self.versions if v.name == registration.name]
        if versions and not registration.create_new_version:
            raise Conflict(f"'{registration.name}' is taken.")
        record = msgspec.structs.replace(
            self.saved[registration.dataset],
            name=registration.name,
            version=len(versions) + 1,
            description=registration.description,
            tags=registration.tags,
        )
        self.versions.append(record)
        return record

    def dataset_versions(self, workspace, query):
        found = [v for v in reversed(self.versions) if query.name in (None, v.name)]
        if query.version is not None:
            return [v for v in found if v.version == query.version]
        return found if query.all_versions else list({v.name: v for v in reversed(found)}.values())

    def dataset_change(self, workspace, name, version, changes):
        number = next(i for i, v in enumerate(self.versions) if (v.name, v.version) == (name, version))
        old = self.versions[number]
        tags = {k: v for k, v in (old.tags | (changes.tags or {})).items() if v is not None}
        description = old.description if changes.description is None else changes.description
        self.versions[number] = msgspec.structs.replace(old, tags=tags, description=description)
        return self.versions[number]

    def dataset_unregister(self, workspace, name):
        self.versions = [v for v in self.versions if v.name != name]

    # --- runs

    def computes(self, workspace):
        self.computes_asked += 1
        return [SimpleNamespace(name=n) for n in self.compute_names]

    def snapshot_ensure(self, tree, files):
        self.snapshots.append(tree.id)

    def submit(self, workspace, submission):
        # What cannot be encoded could not travel.
        decoded = msgspec.json.decode(msgspec.json.encode(submission), type=SubmitRun)
        self.submissions.append(decoded)
        record = record_of(decoded.id, type="azureml.PipelineRun", experiment=decoded.experiment, status="Running")
        self.records[record.id] = record
        return record

    def run(self, run_id):
        if run_id not in self.records:
            raise NotFound(f"no run {run_id}")
        return self.records[run_id]

    def children(self, run_id, *, recursive=False, status=None):
        return [r for r in self.below.get(run_id, []) if status in (None, r.status)]

    def graph(self, run_id):
        return self.submissions[-1].graph

    def artifacts(self, run_id):
        return []

    def follow(self, run_id, *, logs=True, timeout=60.0):
        self.followed.append(run_id)
        yield from self.events

    def log_read(self, run_id, name, *, offset=0, limit=1 << 30):
        if (run_id, name) not in self.logs:
            raise NotFound("no log")
        return self.logs[run_id, name][offset : offset + limit]


class WorkspaceDouble:
    """A workspace as builders see it."""

    def __init__(self, root: Path, name: str = "ws") -> None:
        self.name = name
        self._client = ClientDouble(root)
        self.discovery_url = URL

    @property
    def client(self) -> ClientDouble:
        return self._client

    def datastore(self, name: str = "workspaceblobstore"):
        return datastore_of(self, self._client.stores[name])

    def get_default_datastore(self):
        return self.datastore()

    def experiment(self, name: str = "tests") -> Experiment:
        return Experiment(self, name, _create_in_cloud=False)


def record_of(run_id: str, **facts) -> RunRecord:
    """The record of a run, with what matters to a test given by name."""
    usual = {
        "workspace": "ws",
        "experiment": "tests",
        "type": "azureml.StepRun",
        "parent": None,
        "root": run_id,
        "number": 1,
        "name": None,
        "status": "Completed",
        "created": 1.0,
        "started": 2.0,
        "ended": 3.0,
        "target": None,
        "description": None,
        "tags": {},
        "properties": {},
        "graph": None,
        "cancel_requested": False,
        "node": None,
        "snapshot": None,
        "decision": None,
        "outputs": (),
        "failure": None,
        "warnings": (),
        "timings": Timings(),
        "attempts": 1,
    }
    return RunRecord(id=run_id, **usual | facts)


def ran(*reasons) -> ReuseDecision:
    """The decision of a step that ran."""
    return ReuseDecision(key="k", reasons=reasons)
