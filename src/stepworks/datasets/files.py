"""The files of a dataset: found, given the values of their paths, and chosen by the plan's operations."""

# pyright: reportUnknownParameterType=false, reportAttributeAccessIssue=false

import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from stepworks.datasets import glob, partition
from stepworks.datasets.expression import conjuncts, fields
from stepworks.datasets.operation import (
    DropColumns,
    Filter,
    KeepColumns,
    RandomSplit,
    Skip,
    Take,
    TakeSample,
    TimeRange,
    WithTimestampColumns,
)
from stepworks.datasets.partition import PartitionValue
from stepworks.datasets.plan import Plan, definition_id
from stepworks.datasets.resolver import FileEntry, Resolver
from stepworks.datasets.sampling import is_drawn
from stepworks.datasets.source import DatastorePath, Files, FileSource, LocalPath, SqlQuery, TypedColumn
from stepworks.errors import Conflict, DataMissing, InvalidInput
from stepworks.hashing import ContentId, content_hash, hash_bytes

if TYPE_CHECKING:
    import pyarrow as pa

PATH_COLUMN = "Path"


class DatasetFile(Struct, frozen=True):
    """One file of a dataset.

    `relative` is its place among the files of the dataset, beginning with a slash (what `to_path` lists and where a
    download or a mount has it); `values` are those of the partition columns.
    """

    entry: FileEntry
    relative: str
    values: dict[str, PartitionValue]

    @property
    def name(self) -> str:
        """The whole path: from the root of the datastore with a slash before it, or the web address."""
        return f"/{self.entry.path}" if self.entry.datastore is not None else self.entry.path


def files(plan: Plan, resolver: Resolver) -> tuple[DatasetFile, ...]:
    """The files of a file dataset, or those that a tabular one reads.

    A condition on partition columns leaves out files before anything of them is read. Raises DataMissing if a path
    stands for no file, InvalidInput for a file that does not have the partition format.
    """
    if isinstance(plan.source, SqlQuery):
        raise InvalidInput("A dataset of a SQL query has no files.", target="source")
    found = _found(plan.source, resolver)
    return _pruned(plan, found) if plan.is_tabular else _operated(plan, found)


def identity(plan: Plan, resolver: Resolver) -> ContentId:
    """The identity of a dataset's data: its definition and the path, size and content of each of its files.

    For a SQL query the content is its result.
    """
    if isinstance(plan.source, SqlQuery):
        from stepworks.datasets.batching import resized

        reader = resolver.query(plan.source)
        # In pieces of one size, as drivers cut results differently from one time to the next.
        rows = [hash_bytes(batch.serialize()) for batch in resized(reader, 1 << 16, reader.schema)]
        return content_hash("dataset-data/1", definition_id(plan), str(reader.schema), rows)
    listing = [
        (file.entry.datastore, file.entry.path, file.entry.size, resolver.identity(file.entry))
        for file in files(plan, resolver)
    ]
    return content_hash("dataset-data/1", definition_id(plan), listing)


def partition_values(
    plan: Plan, resolver: Resolver, keys: Sequence[str] | None = None
) -> tuple[dict[str, PartitionValue], ...]:
    """The different combinations of values of the partition columns `keys` (None: all), in order of the files.

    Raises InvalidInput if the dataset has no such partition column.
    """
    known = plan.partition_keys
    for key in keys or ():
        if key not in known:
            raise InvalidInput(
                f"'{key}' is no partition column.",
                target="partition_keys",
                remedy=f"There are: {', '.join(known) or 'none, as the dataset has no partition format'}.",
            )
    chosen = [{key: file.values[key] for key in keys or known} for file in files(plan, resolver)]
    return tuple({tuple(values.items()): values for values in chosen}.values())


def download(
    chosen: Iterable[DatasetFile], resolver: Resolver, folder: Path, *, overwrite: bool = False
) -> tuple[Path, ...]:
    """Copies of the files in a folder, at their relative paths, which appear complete or not at all.

    Raises Conflict if one is in the way and `overwrite` is not said; nothing is copied then.
    """
    pairs = [(file, folder / file.relative.lstrip("/")) for file in chosen]
    for _, target in pairs:
        if not overwrite and os.path.lexists(target):
            raise Conflict(
                f"The file '{target}' is there already.",
                target=str(target),
                remedy="Give another folder, or overwrite=True.",
            )
    for file, target in pairs:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.part")
        shutil.copyfile(resolver.local(file.entry), draft)
        os.replace(draft, target)
    return tuple(target for _, target in pairs)


def _found(source: FileSource, resolver: Resolver) -> tuple[DatasetFile, ...]:
    tabular = not isinstance(source, Files)
    found: list[tuple[FileEntry, str]] = []
    for path in source.paths:
        folder = _folder(path, entries := resolver.list(path))
        visible = [entry for entry in entries if not tabular or not _is_hidden(entry, folder)]
        found.extend((entry, folder) for entry in visible)
    if not found:
        raise DataMissing(
            "The dataset has no files.",
            target="path",
            remedy="Check its paths. Tables leave out files whose names begin with '_' or '.'.",
        )
    form = partition.parse(source.partition_format) if source.partition_format is not None else None
    base = _common(folder for entry, folder in found if not _is_web(entry))
    many = len({entry.datastore for entry, _ in found}) > 1
    return tuple(
        DatasetFile(
            entry, _relative(entry, base, named=many), {} if form is None else partition.match(form, _whole(entry))
        )
        for entry, _ in found
    )


def _folder(path: object, entries: Sequence[FileEntry]) -> str:
    """The folder that the files of a path are relative to: the folder given, or the one a glob or file lies in."""
    if not isinstance(path, (DatastorePath, LocalPath)):
        return ""
    given = os.path.abspath(path.path) if isinstance(path, LocalPath) else path.path.replace("\\", "/")
    given = "/".join(part for part in given.split("/") if part not in ("", "."))
    if given in (entry.path.lstrip("/") for entry in entries):
        return given.rpartition("/")[0]
    return glob.base(given) if glob.is_glob(given) else given


def _is_hidden(entry: FileEntry, folder: str) -> bool:
    """Bookkeeping of whoever wrote the folder (`_SUCCESS`, `.part.crc`), which holds no rows."""
    below = entry.path.lstrip("/").removeprefix(folder)
    values = (partition.NULL_TEXT, partition.EMPTY_TEXT)
    return any(part.startswith(("_", ".")) and part not in values for part in below.split("/"))


def _is_web(entry: FileEntry) -> bool:
    return entry.datastore is None and not entry.path.startswith("/")


def _whole(entry: FileEntry) -> str:
    return urlsplit(entry.path).path.lstrip("/") if _is_web(entry) else entry.path.lstrip("/")


def _common(folders: Iterable[str]) -> str:
    split = [folder.split("/") for folder in dict.fromkeys(folders)]
    parts: list[str] = []
    for level in zip(*split, strict=False):
        if len(set(level)) > 1:
            break
        parts.append(level[0])
    return "/".join(parts)


def _relative(entry: FileEntry, base: str, *, named: bool) -> str:
    if _is_web(entry):
        address = urlsplit(entry.path)
        parts = [part for part in address.path.split("/") if part not in ("", ".", "..")]
        return "/" + "/".join((address.scheme, address.netloc.replace(":", "_"), *parts))
    below = entry.path.lstrip("/").removeprefix(base).lstrip("/")
    return f"/{entry.datastore}/{below}" if named and entry.datastore is not None else f"/{below}"


def _operated(plan: Plan, chosen: tuple[DatasetFile, ...]) -> tuple[DatasetFile, ...]:
    for operation in plan.operations:
        match operation:
            case Take(count):
                chosen = chosen[:count]
            case Skip(count):
                chosen = chosen[count:]
            case TakeSample(share, seed):
                chosen = tuple(file for n, file in enumerate(chosen) if is_drawn(share, seed, n))
            case RandomSplit(share, seed, part):
                first = part == "first"
                chosen = tuple(file for n, file in enumerate(chosen) if is_drawn(share, seed, n) == first)
            case Filter() | TimeRange():
                chosen = _matching(plan, chosen, operation)
            case KeepColumns() | DropColumns() | WithTimestampColumns():
                raise InvalidInput(f"{type(operation).__name__} needs a tabular dataset.", target="operations")
    return chosen


def _pruned(plan: Plan, chosen: tuple[DatasetFile, ...]) -> tuple[DatasetFile, ...]:
    """The files that may hold rows which pass the conditions at the beginning of the plan."""
    assert not isinstance(plan.source, (SqlQuery, Files))
    known = set(plan.partition_keys) | ({PATH_COLUMN} if plan.source.include_path else set())
    coarse: str | None = None
    fine: str | None = None
    for operation in plan.operations:
        match operation:
            case WithTimestampColumns(fine, coarse):
                pass
            case KeepColumns() | DropColumns():
                pass
            case Filter(condition):
                for part in conjuncts(condition):
                    if fields(part) and fields(part) <= known:
                        chosen = _matching(plan, chosen, Filter(part))
            case TimeRange(column):
                if column in known:
                    chosen = _matching(plan, chosen, operation)
                elif column == fine and coarse is not None:
                    chosen = _covering(plan, chosen, coarse, operation)
            case _:
                break
    return chosen


def _matching(plan: Plan, chosen: tuple[DatasetFile, ...], operation: Filter | TimeRange) -> tuple[DatasetFile, ...]:
    from stepworks.datasets.predicate import mask, time_mask

    batch = path_columns(plan, chosen)
    passed = mask(operation.condition, batch) if isinstance(operation, Filter) else time_mask(operation, batch)
    return tuple(file for file, passes in zip(chosen, passed.to_pylist(), strict=True) if passes)


def _covering(plan: Plan, chosen: tuple[DatasetFile, ...], coarse: str, limits: TimeRange) -> tuple[DatasetFile, ...]:
    """The files whose partition overlaps a range of time."""
    assert not isinstance(plan.source, SqlQuery)
    if plan.source.partition_format is None or coarse not in plan.partition_keys:
        return chosen
    form = partition.parse(plan.source.partition_format)
    if not form.is_time(coarse):
        return chosen
    kept: list[DatasetFile] = []
    for file in chosen:
        own = file.values[coarse]
        assert isinstance(own, datetime)
        start, end = partition.interval(form, coarse, own)
        too_late = limits.end is not None and start > limits.end.as_datetime()
        too_early = limits.start is not None and end <= limits.start.as_datetime()
        if not too_late and not too_early:
            kept.append(file)
    return tuple(kept)


def path_columns(plan: Plan, chosen: Sequence[DatasetFile]) -> "pa.RecordBatch":
    """What is known of each file without reading it, one row a file, as an Arrow batch: the partition columns in their
    types, `Path`, and for file datasets also `Size` and `ModifiedTime`."""
    import pyarrow as pa

    from stepworks.datasets.columns import TIME, convert

    assert not isinstance(plan.source, SqlQuery)
    given: dict[str, TypedColumn] = (
        {} if isinstance(plan.source, Files) else {column.name: column for column in plan.source.set_column_types}
    )
    columns: dict[str, pa.Array] = {PATH_COLUMN: pa.array([file.name for file in chosen], pa.string())}
    if isinstance(plan.source, Files):
        columns["Size"] = pa.array([file.entry.size for file in chosen], pa.int64())
        times = [file.entry.modified for file in chosen]
        columns["ModifiedTime"] = pa.array(
            [None if t is None else datetime.fromtimestamp(t, UTC).replace(tzinfo=None) for t in times], TIME
        )
    if plan.source.partition_format is not None:
        form = partition.parse(plan.source.partition_format)
        for key in form.keys:
            column = pa.array([file.values[key] for file in chosen], TIME if form.is_time(key) else pa.string())
            columns[key] = convert(column, given[key].type) if key in given else column
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
