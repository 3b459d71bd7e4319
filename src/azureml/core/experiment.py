"""`Experiment`: a named series of runs (contracts §2)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.exceptions import AzureMLException, UserErrorException
from azureml.exceptions._lookups import ExperimentNotFound

if TYPE_CHECKING:
    from azureml.core.authentication import AbstractAuthentication
    from azureml.core.run import Run
    from azureml.core.workspace import Workspace
    from stepworks.wire.workspaces import ExperimentRecord

_NAME = re.compile(r"[a-zA-Z0-9][\w-]{0,254}", re.ASCII)


class ViewType:
    """Which experiments a listing shows."""

    ActiveOnly = "ActiveOnly"
    All = "All"
    ArchivedOnly = "ArchivedOnly"


class Experiment:
    """An experiment of a workspace; made when it is not there.

    Raises UserErrorException for a name beyond the rules: 1 to 255 letters, digits, '_' or '-', beginning with a
    letter or digit.
    """

    def __init__(
        self,
        workspace: "Workspace",
        name: str,
        _skip_name_validation: bool = False,
        _id: str | None = None,
        _archived_time: object = None,
        _create_in_cloud: bool = True,
        _experiment_dto: "ExperimentRecord | None" = None,
        **kwargs: Any,
    ) -> None:
        if not isinstance(name, str) or not (_skip_name_validation or _NAME.fullmatch(name)):
            raise UserErrorException(
                f"{name!r} cannot be an experiment's name: 1 to 255 letters, digits, '_' or '-', "
                "beginning with a letter or digit."
            )
        self._workspace = workspace
        self._name = name
        self._facts = _experiment_dto
        if self._facts is None and _create_in_cloud:
            self.refresh()

    # --- facts

    @property
    def workspace(self) -> "Workspace":
        """The workspace it belongs to."""
        return self._workspace

    @property
    def workspace_object(self) -> "Workspace":
        """The workspace it belongs to; the older name of `workspace`."""
        return self._workspace

    @property
    def name(self) -> str:
        """The experiment's name."""
        return self._name

    @property
    def id(self) -> str:
        """The experiment's id."""
        return self._record().id

    @property
    def tags(self) -> dict[str, str]:
        """The experiment's tags."""
        return dict(self._record().tags)

    @property
    def archived_time(self) -> datetime | None:
        """When it was made, if it is archived; None while it is active."""
        record = self._record()
        return datetime.fromtimestamp(record.created, UTC) if record.archived else None

    @property
    def portal_url(self) -> str:
        """The address of the server."""
        return self._workspace.discovery_url

    def get_portal_url(self) -> str:
        """Where the experiment is shown."""
        return f"{self.portal_url}/studio/experiments/{self._name}"

    @classmethod
    def get_docs_url(cls) -> str:
        """Where this class is described: its own docstring."""
        return f"{cls.__module__}.{cls.__qualname__}"

    def refresh(self) -> None:
        """Read the experiment's facts again."""
        self._facts = self._workspace._client.experiment_ensure(self._workspace.name, self._name)

    def _record(self) -> "ExperimentRecord":
        if self._facts is None:
            self.refresh()
        assert self._facts is not None
        return self._facts

    # --- running

    def submit(self, config: Any, tags: Mapping[str, str] | None = None, **kwargs: Any) -> "Run":
        """Run something: a Pipeline, a PublishedPipeline, a ScriptRunConfig.

        Options of pipelines (contracts §4): continue_on_step_failure, regenerate_outputs, pipeline_parameters,
        parent_run_id. Raises AzureMLException for what cannot be submitted, and NotImplementedError for what cannot be
        run in this version.
        """
        from azureml.core._submit import submit

        return submit(self, config, dict(tags or {}), kwargs)

    def start_logging(self, *args: Any, **kwargs: Any) -> "Run":
        """Begin an interactive run, conducted by this process.

        `outputs` names a folder whose files are kept when the run completes; `snapshot_directory` a folder whose
        snapshot is kept with the run; `display_name` and `tags` go to the run.
        """
        from azureml.core._interactive import start_logging

        return start_logging(self, **kwargs)

    def get_runs(
        self,
        type: str | None = None,
        tags: str | Mapping[str, str] | None = None,
        properties: str | Mapping[str, str] | None = None,
        include_children: bool = False,
    ) -> "Iterator[Run]":
        """Runs of the experiment, newest first."""
        from azureml.core.run import Run

        return Run.list(self, type=type, tags=tags, properties=properties, include_children=include_children)

    # --- changing it

    def archive(self) -> None:
        """Hide the experiment from listings; its runs stay."""
        self._change(archived=True)

    def reactivate(self, new_name: str | None = None) -> None:
        """Bring an archived experiment back, under its own name."""
        if new_name not in (None, self._name):
            raise unsupported("Renaming an experiment", "a new experiment of that name")
        self._change(archived=False)

    def tag(self, key: str, value: str | None = None) -> None:
        """Set one tag."""
        self.set_tags({key: value or ""})

    def set_tags(self, tags: Mapping[str, str]) -> None:
        """Set tags; others stay."""
        self._change(tags=self.tags | {str(k): str(v) for k, v in tags.items()})

    def remove_tags(self, tags: Sequence[str]) -> None:
        """Remove tags by key."""
        self._change(tags={k: v for k, v in self.tags.items() if k not in tags})

    def _change(self, **changes: Any) -> None:
        from stepworks.wire.workspaces import ExperimentChanges

        self._facts = self._workspace._client.experiment_change(
            self._workspace.name, self._name, ExperimentChanges(**changes)
        )

    @staticmethod
    def delete(workspace: "Workspace", experiment_id: str) -> None:
        """Remove an experiment that has no runs. Raises UserErrorException when it has, or is not there."""
        from stepworks.errors import Conflict

        found = [e for e in Experiment.list(workspace, view_type=ViewType.All) if e.id == experiment_id]
        if not found:
            raise ExperimentNotFound.of(experiment_id, workspace=workspace.name)
        try:
            workspace._client.experiment_delete(workspace.name, found[0].name)
        except Conflict as e:
            raise UserErrorException(str(e)) from e

    @staticmethod
    def list(
        workspace: "Workspace", experiment_name: str | None = None, view_type: str = "ActiveOnly", tags: object = None
    ) -> "list[Experiment]":
        """Experiments of a workspace: active ones, archived ones, or all; with a name, that one."""
        if view_type not in (ViewType.ActiveOnly, ViewType.All, ViewType.ArchivedOnly):
            raise UserErrorException(f"view_type is one of ActiveOnly, All, ArchivedOnly, not {view_type!r}.")
        wanted = _tag_filter(tags)
        return [
            Experiment(workspace, e.name, _skip_name_validation=True, _experiment_dto=e)
            for e in workspace._client.experiments(workspace.name)
            if experiment_name in (None, e.name)
            and (view_type == ViewType.All or e.archived == (view_type == ViewType.ArchivedOnly))
            and all(k in e.tags and (v is None or e.tags[k] == v) for k, v in wanted.items())
        ]

    @staticmethod
    def from_directory(path: str, auth: "AbstractAuthentication | None" = None) -> "Experiment":
        """The experiment of the folder's name, in the workspace its configuration names."""
        from pathlib import Path

        from azureml.core.workspace import Workspace

        return Experiment(Workspace.from_config(path, auth), Path(path).absolute().name)

    def __repr__(self) -> str:
        return f"Experiment(Name: {self._name},\nWorkspace: {self._workspace.name})"

    def _repr_html_(self) -> str:
        from azureml.core._html import facts_table

        return facts_table(
            {"Name": self._name, "Workspace": self._workspace.name, "Report Page": self.get_portal_url()}
        )


def _tag_filter(tags: object) -> dict[str, str | None]:
    """Tags to look for: a key, a dict of key and value (None: any value), or a sequence of keys."""
    if tags is None:
        return {}
    if isinstance(tags, str):
        return {tags: None}
    if isinstance(tags, Mapping):
        return {str(k): None if v is None else str(v) for k, v in tags.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(tags, Sequence):
        return {str(k): None for k in tags}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    raise AzureMLException(f"Tags to look for are a key, a dict or a list of keys, not {type(tags).__name__}.")
