"""The paths that datasets are made of: (datastore, path), DataPath, DataReference, web addresses (contracts §18)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPath
from azureml.exceptions import UserErrorException
from stepworks.datasets.source import DatastorePath, WebPath
from stepworks.errors import StepworksError

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from stepworks.datasets.source import DataPath as PlanPath

_CLOUD = ("adl://", "wasb://", "wasbs://", "abfs://", "abfss://")
_HINT = "Upload it first, and give (datastore, 'path/on/datastore'); or give an http(s) address."


def plan_paths(given: Any) -> "tuple[tuple[PlanPath, ...], Workspace | None]":
    """The paths of a plan, and the workspace of their datastores (None when there is none).

    Takes one or a list of (datastore, path), DataPath, DataReference and http(s) addresses. Raises UserErrorException
    for local paths, None, and paths that leave their datastore.
    """
    items = [given] if _is_single(given) else list(given)
    if not items:
        raise UserErrorException(f"A dataset needs at least one path. {_HINT}")
    workspace: Workspace | None = None
    paths: list[PlanPath] = []
    for item in items:
        for datastore, path in _places(item):
            try:
                if datastore is None:
                    paths.append(WebPath(path))
                    continue
                paths.append(DatastorePath(datastore.name, path))
            except StepworksError as e:
                raise UserErrorException(str(e)) from e
            workspace = workspace or datastore.workspace
    return tuple(paths), workspace


def target_place(target: Any) -> tuple[Any, str]:
    """A place to write to as (datastore, path). Raises UserErrorException for what is none."""
    if hasattr(target, "datastore_type"):
        return target, ""
    if isinstance(target, DataPath) and target._datastore is not None:
        return target._datastore, (target.path_on_datastore or "").strip("/")
    if isinstance(target, DataReference):
        return target.datastore, (target.path_on_datastore or "").strip("/")
    if isinstance(target, tuple) and len(target) == 2 and hasattr(target[0], "datastore_type"):  # pyright: ignore[reportUnknownArgumentType]
        return target[0], str(target[1] or "").strip("/")  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    raise UserErrorException(f"A target is a datastore, a DataPath or (datastore, path), not {type(target).__name__}.")


def _is_single(given: Any) -> bool:
    if isinstance(given, tuple):
        return len(given) == 2 and hasattr(given[0], "datastore_type")  # pyright: ignore[reportUnknownArgumentType]
    return not isinstance(given, list | set | frozenset)


def _places(item: Any) -> list[tuple[Any, str]]:
    """One item as datastores and paths; a datastore of None is a web address."""
    if isinstance(item, str):
        return [(None, _address(item))]
    if isinstance(item, DataReference):
        return [(item.datastore, item.path_on_datastore or "")]
    if isinstance(item, DataPath):
        if item._datastore is None:
            raise UserErrorException("The DataPath has no datastore. Give it one.")
        return [(item._datastore, item.path_on_datastore or "")]
    if isinstance(item, tuple) and len(item) == 2 and hasattr(item[0], "datastore_type"):  # pyright: ignore[reportUnknownArgumentType]
        datastore, path = item  # pyright: ignore[reportUnknownVariableType]
        if isinstance(path, list | tuple):
            return [(datastore, str(p)) for p in path]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if not isinstance(path, str):
            raise UserErrorException(f"The path on datastore '{datastore.name}' is a text, not {path!r}.")  # pyright: ignore[reportUnknownMemberType]
        return [(datastore, path)]
    if item is None:
        raise UserErrorException(f"A dataset's path is None. {_HINT}")
    raise UserErrorException(f"A {type(item).__name__} is no path of a dataset. {_HINT}")


def _address(text: str) -> str:
    lower = text.lower()
    if lower.startswith(("http://", "https://")):
        return text
    if lower.startswith(_CLOUD):
        raise unsupported(
            f"A dataset of '{text.partition('://')[0]}://' addresses", "a datastore, or an http(s) address"
        )
    raise UserErrorException(f"'{text}' looks like a local path, and steps run elsewhere. {_HINT}")


def query_parts(query: Any) -> tuple[Any, str]:
    """A query as (datastore, SQL), from a DataPath or a tuple. Raises UserErrorException for what is none."""
    if isinstance(query, DataPath) and query._datastore is not None:
        return query._datastore, query.path_on_datastore or ""
    if (
        isinstance(query, Sequence)
        and not isinstance(query, str)
        and len(query) == 2
        and hasattr(query[0], "datastore_type")
    ):
        return query[0], str(query[1])
    raise UserErrorException("A query is given as (datastore, 'SELECT …') or a DataPath of them.")
