"""`AbstractDataset`: what file and tabular datasets have in common: identity, registration, use by steps."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from azureml.data import _service
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig as DatasetConsumptionConfig
from azureml.data.dataset_error_handling import executing, user_errors
from azureml.data.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from azureml.exceptions import UserErrorException as UserErrorException

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.data._condition import Condition
    from stepworks.datasets.plan import Plan
    from stepworks.datasets.resolver import FolderResolver
    from stepworks.wire.data import DatasetRecord


class AbstractDataset:
    """A dataset: a plan of what to read, evaluated when its data are asked for.

    Made by `Dataset.Tabular` and `Dataset.File`; calling the class raises UserErrorException.
    """

    File = FileDatasetFactory
    Tabular = TabularDatasetFactory

    _is_tabular = False
    _plan: "Plan"
    _workspace: "Workspace | None"
    _record: "DatasetRecord | None"

    def __init__(self) -> None:
        raise UserErrorException("Datasets are made by Dataset.Tabular.from_… and Dataset.File.from_files.")

    @classmethod
    def _of(cls, plan: "Plan", workspace: "Workspace | None" = None, record: "DatasetRecord | None" = None) -> Self:
        made = object.__new__(cls)
        made._plan = plan
        made._workspace = workspace
        made._record = record
        return made

    def _with(self, plan: "Plan") -> Self:
        return self._of(plan, self._workspace)

    @property
    def _resolver(self) -> "FolderResolver":
        from azureml.data._resolver import resolver_for

        return resolver_for(self._workspace)

    # --- finding

    @staticmethod
    def get_by_name(
        workspace: "Workspace", name: str, version: "int | str" = "latest", **kwargs: Any
    ) -> "AbstractDataset":
        """A registered dataset. Raises DatasetNotFound, which is a UserErrorException."""
        return _service.by_name(workspace, name, version)

    @staticmethod
    def get_by_id(workspace: "Workspace", id: str, **kwargs: Any) -> "AbstractDataset":
        """A saved dataset, registered or not. Raises DatasetNotFound."""
        return _service.by_id(workspace, id)

    @staticmethod
    def get_all(workspace: "Workspace") -> "dict[str, AbstractDataset]":
        """The newest version of each registered dataset, by name."""
        return _service.all_registered(workspace)

    # --- facts

    @property
    def id(self) -> str | None:
        """The id it is saved under; it is saved when that is first asked. None when its workspace is not known yet,
        as with a dataset of web addresses."""
        return None if self._workspace is None else self._saved_id(self._workspace)

    def _saved_id(self, workspace: "Workspace") -> str:
        """Its id in a workspace; saved there if it was not."""
        if self._record is not None and self._record.workspace == workspace.name:
            return self._record.id
        record = _service.save(workspace, self._plan)
        if self._workspace is None:
            self._workspace = workspace
        if self._workspace.name == workspace.name:
            self._record = record
        return record.id

    @property
    def name(self) -> str | None:
        """The name it is registered under, or None."""
        return None if self._record is None else self._record.name

    @property
    def version(self) -> int | None:
        """The registered version, or None."""
        return None if self._record is None else self._record.version

    @property
    def description(self) -> str | None:
        """The description of the registered version."""
        return None if self._record is None else self._record.description

    @property
    def tags(self) -> dict[str, str]:
        """The tags of the registered version."""
        return {} if self._record is None else dict(self._record.tags)

    @property
    def data_changed_time(self) -> datetime | None:
        """When the newest of its files was changed; None where that is not known."""
        from stepworks.datasets.files import files

        with executing():
            times = [f.entry.modified for f in files(self._plan, self._resolver) if f.entry.modified is not None]
        return datetime.fromtimestamp(max(times), UTC) if times else None

    @property
    def partition_keys(self) -> list[str]:
        """The columns that come from the paths of the files."""
        return list(self._plan.partition_keys)

    def get_partition_key_values(self, partition_keys: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """The different combinations of values of the partition keys (default: all keys)."""
        from stepworks.datasets.files import partition_values

        with executing():
            return [dict(values) for values in partition_values(self._plan, self._resolver, partition_keys)]

    # --- registration

    def register(
        self,
        workspace: "Workspace",
        name: str,
        description: str | None = None,
        tags: Mapping[str, str] | None = None,
        create_new_version: bool = False,
    ) -> Self:
        """Register it under a name; the registered dataset.

        Raises UserErrorException when the name is taken and no new version was asked for, or when an equal definition
        is registered under another name.
        """
        record = _service.register(
            workspace,
            self._saved_id(workspace),
            name,
            description=description,
            tags=tags,
            create_new_version=create_new_version,
        )
        return self._of(self._plan, workspace, record)

    def unregister_all_versions(self) -> None:
        """Forget its name and all versions; the data stay, and runs that used it still know it."""
        workspace, record = self._registration()
        assert record.name is not None
        _service.unregister(workspace, record.name)

    def update(self, description: str | None = None, tags: Mapping[str, str] | None = None) -> Self:
        """Change the description, or put other tags in place of the present ones; None keeps."""
        workspace, record = self._registration()
        changed = None if tags is None else dict.fromkeys(record.tags) | {str(k): str(v) for k, v in tags.items()}
        self._record = _service.change(workspace, record, tags=changed, description=description)
        return self

    def add_tags(self, tags: Mapping[str, str] | None = None) -> Self:
        """Add tags, or give present ones another value."""
        workspace, record = self._registration()
        changed = {str(k): str(v) for k, v in (tags or {}).items()}
        self._record = _service.change(workspace, record, tags=changed, description=None)
        return self

    def remove_tags(self, tags: Sequence[str] | None = None) -> Self:
        """Remove tags by key."""
        workspace, record = self._registration()
        self._record = _service.change(workspace, record, tags=dict.fromkeys(tags or ()), description=None)
        return self

    def _registration(self) -> "tuple[Workspace, DatasetRecord]":
        if self._workspace is None or self._record is None or self._record.name is None:
            raise UserErrorException("The dataset is not registered. Call register(workspace, name) first.")
        return self._workspace, self._record

    # --- use

    def as_named_input(self, name: str) -> DatasetConsumptionConfig:
        """It as an input of a step, by the name the script knows it by."""
        return DatasetConsumptionConfig(name, self)

    def filter(self, expression: "Condition") -> Self:
        """The rows (or files) for which a condition such as `ds["age"] > 30` holds."""
        from azureml.data._condition import condition

        return self._with(self._plan.filter(condition(expression)))

    def take(self, count: int) -> Self:
        """The first `count` rows (or files)."""
        with user_errors():
            return self._with(self._plan.take(count))

    def skip(self, count: int) -> Self:
        """All but the first `count` rows (or files)."""
        with user_errors():
            return self._with(self._plan.skip(count))

    def take_sample(self, probability: float, seed: int | None = None) -> Self:
        """Each row (or file) with that probability; without a seed one is drawn now and kept."""
        with user_errors():
            return self._with(self._plan.take_sample(probability, seed))

    def random_split(self, percentage: float, seed: int | None = None) -> tuple[Self, Self]:
        """Two datasets that share no row (or file); the first has about `percentage` (0 to 1) of them."""
        with user_errors():
            first, second = self._plan.random_split(percentage, seed)
        return self._with(first), self._with(second)

    def __getitem__(self, key: str) -> "Condition":
        from azureml.data._condition import column

        return column(key)

    def __repr__(self) -> str:
        facts = {"name": self.name, "version": self.version, "source": type(self._plan.source).__name__}
        shown = ", ".join(f"{k}={v!r}" for k, v in facts.items() if v is not None)
        return f"{type(self).__name__}({shown})"
