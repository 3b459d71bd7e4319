"""What reads the files of a tabular source: the port, and what its parts share.

A reader is first asked for a *sketch*, the columns and types that the beginning of the data suggests, so that a
preview reads what it shows. When data turns out not to fit the sketch, `read` raises `Misfit`; whoever reads then
asks for a *survey*, which looks at all of it, and begins again.
"""

# pyright: reportUnknownParameterType=false

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa


class Misfit(Exception):
    """The data does not fit the shape that it is read in."""


@dataclass(frozen=True)
class Shape:
    """The columns of a source and their types.

    `loose` names columns whose texts the fast parser does not take ("+1"); they are read as text and parsed after.
    `complete` says that all data was looked at, so nothing can misfit.
    """

    schema: pa.Schema
    loose: frozenset[str] = field(default=frozenset())
    complete: bool = False


class TableReader(Protocol):
    """Reads one kind of file. `files` are positions in the list of files that it was made for."""

    def sketch(self, names: Collection[str] | None = None) -> Shape:
        """The shape as the beginning of the data suggests. With `names`, types of other columns may be unsure."""
        ...

    def survey(self, names: Collection[str] | None) -> Shape:
        """The shape after a look at all data. With `names`, types of other columns may be unsure."""
        ...

    def read(self, number: int, shape: Shape, names: list[str], *, rows: int | None) -> Iterator[pa.RecordBatch]:
        """The rows of a file in order, with just the columns `names`, in the types of the shape.

        A column that the file lacks is null. `rows` is about how many will be wanted; None: all. Raises Misfit as
        said above, InvalidInput for data that cannot be read, naming the file.
        """
        ...

    def names(self, number: int) -> list[str]:
        """The columns of a file."""
        ...


@dataclass(frozen=True)
class LocalFile:
    """A file of the source on this machine, and the name to call it by in messages."""

    path: Path
    name: str


def selected(columns: dict[str, pa.Array], count: int, shape: Shape, names: list[str]) -> pa.RecordBatch:
    """A batch of the columns `names`; those that are not there are null."""
    kinds = [shape.schema.field(name).type for name in names]
    arrays = [
        columns[name] if name in columns else pa.nulls(count, kind) for name, kind in zip(names, kinds, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(list(zip(names, kinds, strict=True))))
