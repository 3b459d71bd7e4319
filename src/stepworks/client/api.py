"""One typed call per route of the server. Nothing here decides anything; see `stepworks.wire` for the messages."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from stepworks.channel import lines_of
from stepworks.client.transport import Address, Transport, quoted
from stepworks.graph.document import Graph
from stepworks.hashing import ContentId
from stepworks.ids import new_uuid
from stepworks.objects.stream import pack
from stepworks.runs.events import LogAppended, RunEvent
from stepworks.snapshots.tree import Tree
from stepworks.tracking.metrics import MetricBatch
from stepworks.wire import assets, data
from stepworks.wire import runs as run_messages
from stepworks.wire import workspaces as workspace_messages
from stepworks.wire.agent import RunAttempt

_event_decoder = msgspec.json.Decoder(RunEvent)


class Client:
    """Calls to one server. Raises `stepworks.errors` as the server answered them."""

    def __init__(self, address: Address, locate: Callable[[], Address] | None = None) -> None:
        self.transport = Transport(address, locate)
        self._call = self.transport.call

    # --- server

    def health(self) -> workspace_messages.Health:
        """Whether the server lives, and its version."""
        return self._call("GET", "/api/v1/health", workspace_messages.Health)

    def status(self) -> workspace_messages.ServerStatus:
        """What the server does right now."""
        return self._call("GET", "/api/v1/status", workspace_messages.ServerStatus)

    def shut_down(self) -> None:
        """Ask the server to end; what runs is taken up by the next one."""
        self.transport.exchange("POST", "/api/v1/shutdown", b"", once=True)

    # --- workspaces and experiments

    def workspace_ensure(self, new: workspace_messages.NewWorkspace) -> workspace_messages.WorkspaceRecord:
        """Make a workspace, or find it."""
        return self._call("POST", "/api/v1/workspaces", workspace_messages.WorkspaceRecord, new)

    def workspace(self, name: str) -> workspace_messages.WorkspaceRecord:
        """A workspace by name. Raises NotFound."""
        return self._call("GET", f"/api/v1/workspaces/{quoted(name)}", workspace_messages.WorkspaceRecord)

    def workspaces(self) -> list[workspace_messages.WorkspaceRecord]:
        """All workspaces of the server."""
        return self._call("GET", "/api/v1/workspaces", list[workspace_messages.WorkspaceRecord])

    def workspace_change(
        self, name: str, changes: workspace_messages.WorkspaceChanges
    ) -> workspace_messages.WorkspaceRecord:
        """Change a workspace."""
        return self._call("PATCH", f"/api/v1/workspaces/{quoted(name)}", workspace_messages.WorkspaceRecord, changes)

    def workspace_delete(self, name: str) -> None:
        """Remove a workspace and its records. Raises Conflict while something runs in it."""
        self.transport.exchange("DELETE", f"/api/v1/workspaces/{quoted(name)}")

    def experiment_ensure(self, workspace: str, name: str) -> workspace_messages.ExperimentRecord:
        """Make an experiment, or find it."""
        return self._call("PUT", _in(workspace, "experiments", name), workspace_messages.ExperimentRecord)

    def experiments(self, workspace: str) -> list[workspace_messages.ExperimentRecord]:
        """All experiments of a workspace, archived ones too."""
        return self._call("GET", _in(workspace, "experiments"), list[workspace_messages.ExperimentRecord])

    def experiment_change(
        self, workspace: str, name: str, changes: workspace_messages.ExperimentChanges
    ) -> workspace_messages.ExperimentRecord:
        """Change an experiment."""
        return self._call("PATCH", _in(workspace, "experiments", name), workspace_messages.ExperimentRecord, changes)

    def experiment_delete(self, workspace: str, name: str) -> None:
        """Remove an experiment that has no runs. Raises Conflict when it has."""
        self.transport.exchange("DELETE", _in(workspace, "experiments", name))

    # --- runs

    def submit(self, workspace: str, submission: run_messages.SubmitRun) -> run_messages.RunRecord:
        """Run a graph; the answer's step runs exist from that moment. Raises InvalidGraph with every problem."""
        return self._call("POST", _in(workspace, "submissions"), run_messages.RunRecord, submission)

    def run_start(self, workspace: str, start: run_messages.StartRun) -> run_messages.RunRecord:
        """Begin a run that this client conducts."""
        if start.id is None:
            # So that a request whose answer was lost can be sent again.
            start = msgspec.structs.replace(start, id=new_uuid())
        return self._call("POST", _in(workspace, "runs"), run_messages.RunRecord, start)

    def runs(self, workspace: str, query: run_messages.RunQuery) -> list[run_messages.RunRecord]:
        """Runs of a workspace, newest first."""
        return self._call("GET", _in(workspace, "runs"), list[run_messages.RunRecord], query=query)

    def run(self, run_id: str) -> run_messages.RunRecord:
        """A run by id. Raises NotFound."""
        return self._call("GET", _run(run_id), run_messages.RunRecord)

    def children(
        self, run_id: str, *, recursive: bool = False, status: str | None = None
    ) -> list[run_messages.RunRecord]:
        """Child runs in the order they were made."""
        return self._call(
            "GET",
            _run(run_id, "children"),
            list[run_messages.RunRecord],
            query=run_messages.ChildrenQuery(recursive=recursive, status=status),
        )

    def run_change(self, run_id: str, changes: run_messages.RunChanges) -> run_messages.RunRecord:
        """Change tags, properties, names; or end a run that this client conducts."""
        return self._call("PATCH", _run(run_id), run_messages.RunRecord, changes)

    def cancel(self, run_id: str) -> run_messages.RunRecord:
        """Ask a run to end; ends all processes of its steps."""
        return self._call("POST", _run(run_id, "cancel"), run_messages.RunRecord)

    def graph(self, run_id: str) -> Graph:
        """The graph of a pipeline run or script run."""
        return self._call("GET", _run(run_id, "graph"), Graph)

    def order(self, run_id: str) -> RunAttempt:
        """The order of a step once more, to run it elsewhere."""
        return self._call("GET", _run(run_id, "order"), RunAttempt)

    def follow(self, run_id: str, *, logs: bool = True, timeout: float = 60.0) -> Iterator[RunEvent]:
        """What happens to a run and its steps, beginning with how it stands and the logs so far; ends with the run.

        A lost connection is mended: whoever consumes this sees statuses again, logs never twice.
        """
        logged: dict[tuple[str, str], int] = {}
        while True:
            try:
                with self.transport.stream(
                    "GET", _run(run_id, "events"), query=run_messages.FollowQuery(logs=logs), timeout=timeout
                ) as pieces:
                    for line in lines_of(pieces):
                        if line.startswith(b"data: "):
                            event = _event_decoder.decode(line[6:])
                            fresh = _unseen(event, logged)
                            if fresh is not None:
                                yield fresh
                        elif line.startswith(b"event: end"):
                            return
            except ConnectionError:
                self.transport.exchange("GET", "/api/v1/health")

    # --- metrics, logs, artifacts

    def metrics_take(self, batch: MetricBatch) -> None:
        """Hand over a batch of a metrics spool; one that was taken before is ignored."""
        self.transport.exchange("POST", "/api/v1/metrics", msgspec.json.encode(batch))

    def metrics(
        self, run_id: str, *, name: str | None = None, recursive: bool = False
    ) -> list[run_messages.MetricRecord]:
        """Logged values in logging order."""
        return self._call(
            "GET",
            _run(run_id, "metrics"),
            list[run_messages.MetricRecord],
            query=run_messages.MetricsQuery(name=name, recursive=recursive),
        )

    def artifacts(self, run_id: str) -> list[run_messages.ArtifactRecord]:
        """Files of a run, by name."""
        return self._call("GET", _run(run_id, "artifacts"), list[run_messages.ArtifactRecord])

    def artifact_write(self, run_id: str, name: str, chunks: Iterable[bytes]) -> run_messages.ArtifactRecord:
        """Store a file of a run; one of the same name is replaced."""
        return self.transport.upload("PUT", _run(run_id, "artifacts", name), chunks, run_messages.ArtifactRecord)

    def artifact_read(self, run_id: str, name: str, target: Path) -> None:
        """Fetch a file of a run into `target` (made complete or not at all). Raises NotFound."""
        self._fetch(_run(run_id, "artifacts", name), target)

    def log_read(self, run_id: str, name: str, *, offset: int = 0, limit: int = 1 << 30) -> bytes:
        """A log as far as it is written. Raises NotFound when nothing was written under that name."""
        return self.transport.exchange(
            "GET", _run(run_id, "logs", name), query=run_messages.LogQuery(offset=offset, limit=limit)
        )

    # --- snapshots

    def snapshot_ensure(self, tree: Tree, files: Mapping[ContentId, Path | bytes]) -> None:
        """Make sure the server has a snapshot; only what it lacks travels."""
        if tree.id in self.objects_missing([tree.id]):
            self.objects_ensure(files)
            self.transport.exchange(
                "PUT", f"/api/v1/snapshots/{tree.id}", tree.encode(), content_type="application/octet-stream"
            )

    def snapshot(self, snapshot_id: str) -> Tree:
        """The tree of a snapshot. Raises NotFound."""
        return Tree.decode(self.transport.exchange("GET", f"/api/v1/snapshots/{quoted(snapshot_id)}"))

    def object(self, object_id: str) -> bytes:
        """The bytes of an object. Raises ObjectMissing."""
        return self.transport.exchange("GET", f"/api/v1/objects/{quoted(object_id)}")

    # --- datastores

    def datastores(self, workspace: str) -> list[data.DatastoreRecord]:
        """Registered datastores."""
        return self._call("GET", _in(workspace, "datastores"), list[data.DatastoreRecord])

    def datastore(self, workspace: str, name: str) -> data.DatastoreRecord:
        """A datastore by name. Raises NotFound."""
        return self._call("GET", _in(workspace, "datastores", name), data.DatastoreRecord)

    def datastore_register(self, workspace: str, new: data.NewDatastore) -> data.DatastoreRecord:
        """Register a storage."""
        return self._call("PUT", _in(workspace, "datastores", new.name), data.DatastoreRecord, new)

    def datastore_unregister(self, workspace: str, name: str) -> None:
        """Forget a datastore; its data stay."""
        self.transport.exchange("DELETE", _in(workspace, "datastores", name))

    def files(
        self, workspace: str, datastore: str, *, prefix: str = "", glob: str | None = None
    ) -> list[data.FileRecord]:
        """Files of a datastore, sorted by path."""
        return self._call(
            "GET",
            _in(workspace, "datastores", datastore, "files"),
            list[data.FileRecord],
            query=data.FileQuery(prefix=prefix, glob=glob),
        )

    def file_write(
        self, workspace: str, datastore: str, path: str, chunks: Iterable[bytes], *, overwrite: bool = False
    ) -> data.FileStored:
        """Store a file, complete or not at all; an existing one is left unless `overwrite`."""
        target = _in(workspace, "datastores", datastore, "files", path)
        return self.transport.upload(
            "PUT", target, chunks, data.FileStored, query=data.PutFileQuery(overwrite=overwrite)
        )

    def file_read(self, workspace: str, datastore: str, path: str, target: Path) -> None:
        """Fetch a file into `target` (made complete or not at all). Raises NotFound."""
        self._fetch(_in(workspace, "datastores", datastore, "files", path), target)

    # --- datasets

    def dataset_save(self, workspace: str, new: data.NewDataset) -> data.DatasetRecord:
        """Save a dataset; an equal definition keeps its id."""
        return self._call("POST", _in(workspace, "datasets"), data.DatasetRecord, new)

    def dataset(self, workspace: str, dataset_id: str) -> data.DatasetRecord:
        """A saved dataset by id. Raises NotFound."""
        return self._call("GET", _in(workspace, "datasets", dataset_id), data.DatasetRecord)

    def dataset_register(self, workspace: str, registration: data.RegisterDataset) -> data.DatasetRecord:
        """Register a saved dataset. Raises Conflict when the name is taken and no new version was asked for."""
        return self._call("POST", _in(workspace, "dataset-versions"), data.DatasetRecord, registration)

    def dataset_versions(self, workspace: str, query: data.DatasetQuery) -> list[data.DatasetRecord]:
        """Registered datasets, newest version first within a name."""
        return self._call("GET", _in(workspace, "dataset-versions"), list[data.DatasetRecord], query=query)

    def dataset_change(
        self, workspace: str, name: str, version: int, changes: data.DatasetChanges
    ) -> data.DatasetRecord:
        """Change a registered version."""
        return self._call("PATCH", _in(workspace, "dataset-versions", name, str(version)), data.DatasetRecord, changes)

    def dataset_unregister(self, workspace: str, name: str) -> None:
        """Forget all versions of a name; saved definitions stay."""
        self.transport.exchange("DELETE", _in(workspace, "dataset-versions", name))

    # --- models, environments, compute, secrets

    def model_register(self, workspace: str, new: assets.NewModel) -> assets.ModelRecord:
        """Register a model version. Raises Unavailable when the server goes meanwhile: it may be registered then."""
        # Sent again it would be another version; the server is there now.
        self.health()
        return self._call("POST", _in(workspace, "models"), assets.ModelRecord, new, once=True)

    def models(self, workspace: str, query: assets.ModelQuery) -> list[assets.ModelRecord]:
        """Model versions, newest first."""
        return self._call("GET", _in(workspace, "models"), list[assets.ModelRecord], query=query)

    def model_change(self, workspace: str, name: str, version: int, changes: assets.ModelChanges) -> assets.ModelRecord:
        """Change a model version."""
        return self._call("PATCH", _in(workspace, "models", name, str(version)), assets.ModelRecord, changes)

    def model_delete(self, workspace: str, name: str, version: int) -> None:
        """Remove a model version."""
        self.transport.exchange("DELETE", _in(workspace, "models", name, str(version)))

    def object_read(self, object_id: str, target: Path) -> None:
        """Fetch an object into `target` (made complete or not at all). Raises ObjectMissing."""
        self._fetch(f"/api/v1/objects/{quoted(object_id)}", target)

    def objects_ensure(self, files: Mapping[ContentId, Path | bytes]) -> None:
        """Make sure the server has these bytes; only what it lacks travels."""
        missing = self.objects_missing(files)
        if missing:
            self.transport.upload("POST", "/api/v1/objects", pack((i, files[i]) for i in missing), data.Missing)

    def objects_missing(self, ids: Iterable[ContentId]) -> tuple[ContentId, ...]:
        """Which of these content ids the server does not have."""
        return self._call("POST", "/api/v1/objects/missing", data.Missing, data.Missing(tuple(ids))).ids

    def environment_register(self, workspace: str, new: assets.NewEnvironment) -> assets.EnvironmentRecord:
        """Register an environment version."""
        return self._call("POST", _in(workspace, "environments"), assets.EnvironmentRecord, new)

    def environments(self, workspace: str, query: assets.EnvironmentQuery) -> list[assets.EnvironmentRecord]:
        """Registered environments."""
        return self._call("GET", _in(workspace, "environments"), list[assets.EnvironmentRecord], query=query)

    def compute_create(self, workspace: str, new: assets.NewCompute) -> assets.ComputeRecord:
        """Create or attach a compute target, or change the one of that name."""
        return self._call("PUT", _in(workspace, "computes", new.name), assets.ComputeRecord, new)

    def computes(self, workspace: str) -> list[assets.ComputeRecord]:
        """Compute targets of a workspace."""
        return self._call("GET", _in(workspace, "computes"), list[assets.ComputeRecord])

    def compute(self, workspace: str, name: str) -> assets.ComputeRecord:
        """A compute target by name. Raises NotFound."""
        return self._call("GET", _in(workspace, "computes", name), assets.ComputeRecord)

    def compute_delete(self, workspace: str, name: str) -> None:
        """Remove a compute target."""
        self.transport.exchange("DELETE", _in(workspace, "computes", name))

    def secret_set(self, workspace: str, name: str, value: str) -> None:
        """Keep a secret."""
        self._call("PUT", _in(workspace, "secrets", name), assets.SecretValue, assets.NewSecret(value))

    def secret(self, workspace: str, name: str) -> str | None:
        """A secret's value. Raises NotFound."""
        return self._call("GET", _in(workspace, "secrets", name), assets.SecretValue).value

    def secrets(self, workspace: str) -> list[assets.SecretValue]:
        """Names of secrets, without values."""
        return self._call("GET", _in(workspace, "secrets"), list[assets.SecretValue])

    def secret_delete(self, workspace: str, name: str) -> None:
        """Forget a secret."""
        self.transport.exchange("DELETE", _in(workspace, "secrets", name))

    def _fetch(self, path: str, target: Path) -> None:
        partial = target.with_name(target.name + ".partial")
        with self.transport.stream("GET", path) as chunks:
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(partial, "wb") as f:
                for chunk in chunks:
                    f.write(chunk)
        partial.replace(target)


def _in(workspace: str, *parts: str) -> str:
    return f"/api/v1/workspaces/{quoted(workspace)}/" + "/".join(quoted(p) for p in parts)


def _run(run_id: str, *parts: str) -> str:
    return "/".join([f"/api/v1/runs/{quoted(run_id)}", *(quoted(p) for p in parts)])


def _unseen(event: RunEvent, logged: dict[tuple[str, str], int]) -> RunEvent | None:
    """The event, without log bytes that were handed out before."""
    if not isinstance(event, LogAppended):
        return event
    key = (event.run, event.name)
    seen = logged.get(key, 0)
    end = event.offset + len(event.data)
    if end <= seen:
        return None
    logged[key] = end
    return (
        event
        if event.offset >= seen
        else msgspec.structs.replace(event, offset=seen, data=event.data[seen - event.offset :])
    )
