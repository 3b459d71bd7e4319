"""Rows for tests: small ones by hand, and hypothesis strategies for every row type of the records."""

import types
import typing
from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from hypothesis import strategies as st

from stepworks.records.columns import Column, Kind, columns_of
from stepworks.records.rows import Attempt, Metric, Row, Run

# Everything that text may hold but lone surrogates, which are no Unicode.
_JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_INTEGERS = st.integers(-(2**63), 2**63 - 1)
_JSON_REALS = st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | _INTEGERS | _JSON_REALS | _JSON_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_JSON_TEXT, inner, max_size=3),
    max_leaves=6,
)
_COLUMNS: Mapping[Kind, st.SearchStrategy[Any]] = {
    "text": _TEXT,
    "integer": _INTEGERS,
    "real": st.floats(),
    "boolean": st.booleans(),
    "bytes": st.binary(max_size=12),
}


def a_run(id: str = "run", **changes: Any) -> Run:
    """A run that is running."""
    run = Run(
        id=id, workspace="w", experiment="e", type="azureml.StepRun", root=id, number=1, status="Running", created=1.0
    )
    return msgspec.structs.replace(run, **changes)


def an_attempt(id: str = "attempt", **changes: Any) -> Attempt:
    """A queued attempt of the run "run"."""
    attempt = Attempt(id=id, workspace="w", run="run", root="run", number=1, state="queued", pool="local", created=1.0)
    return msgspec.structs.replace(attempt, **changes)


def metrics(count: int, run: str = "run") -> list[Metric]:
    """So many values of one metric."""
    return [Metric(run=run, seq=seq, name="loss", kind="scalar", value=seq / 2, time=1e9 + seq) for seq in range(count)]


def rows(row: type[Row]) -> st.SearchStrategy[Row]:
    """Any row of a type."""
    return st.builds(row, **{column.name: _column(column) for column in columns_of(row).values()})


def comparable(row: Row) -> list[Any]:
    """The fields of a row, such that NaN equals NaN."""
    return ["NaN" if value != value else value for value in msgspec.structs.astuple(row)]


def _column(column: Column) -> st.SearchStrategy[Any]:
    some = _json(column.type) if column.kind == "json" else _COLUMNS[column.kind]
    return st.none() | some if column.nullable else some


def _json(annotation: Any) -> st.SearchStrategy[Any]:
    scalars: dict[Any, st.SearchStrategy[Any]] = {
        str: _JSON_TEXT,
        int: _INTEGERS,
        float: _JSON_REALS,
        bool: st.booleans(),
        type(None): st.none(),
        object: _JSON,
        Any: _JSON,
    }
    if annotation in scalars:
        return scalars[annotation]
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([_json(part) for part in arguments])
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(_json(arguments[0]), max_size=3).map(tuple)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return st.dictionaries(_JSON_TEXT, _json(arguments[1]), max_size=3)
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        hints = typing.get_type_hints(annotation)
        return st.builds(annotation, **{name: _json(hints[name]) for name in annotation.__struct_fields__})
    raise TypeError(f"No strategy for {annotation}.")
