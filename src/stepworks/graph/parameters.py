"""Values of pipeline parameters: what was given, checked against what is declared, and as the text a script gets."""

from collections.abc import Mapping
from typing import cast

import msgspec

from stepworks.errors import InvalidInput
from stepworks.graph.document import DataPathValue, DatasetValue, Graph, Parameter, Scalar
from stepworks.graph.validate import has_type

Value = str | DataPathValue | DatasetValue


class Assignment(msgspec.Struct, frozen=True):
    """The value of every declared parameter: scalars as text, data as where it is. `warnings` are for people."""

    values: dict[str, Value]
    warnings: tuple[str, ...] = ()


def text_of(value: Scalar) -> str:
    """A scalar as a script receives it: True is "True" (contracts §8)."""
    return value if isinstance(value, str) else str(value)


def assign(graph: Graph, given: Mapping[str, object]) -> Assignment:
    """The values of a run submitted by the SDK (contracts §8).

    Raises InvalidInput, naming every mistake: an unknown name, or a value of another type than the default's
    (bool and int count as one type; "2" is not an int, and 2 is not a float).
    """
    declared = {p.name: p for p in graph.parameters}
    mistakes = [_unknown(name, declared) for name in given if name not in declared]
    mistakes += [
        f"Parameter '{name}' has the type {declared[name].type}, but was given {value!r} ({type(value).__name__})."
        for name, value in given.items()
        if name in declared and not has_type(value, declared[name].type)
    ]
    if mistakes:
        raise InvalidInput(
            " ".join(mistakes), target="pipeline_parameters", remedy="Give values of the types of the defaults."
        )
    return Assignment({p.name: _value(given.get(p.name, p.default)) for p in graph.parameters})


def assign_leniently(graph: Graph, given: Mapping[str, object]) -> Assignment:
    """The values of a run submitted over REST (contracts §8, §20): any scalar becomes text, unknown names only warn.

    Raises InvalidInput for null, lists and objects, and where data and scalars are confused.
    """
    declared = {p.name: p for p in graph.parameters}
    mistakes = [m for name, value in given.items() if (m := _mismatch(name, value, declared.get(name))) is not None]
    if mistakes:
        raise InvalidInput(
            " ".join(mistakes), target="ParameterAssignments", remedy="Give a text, number or boolean for each name."
        )
    values = {p.name: _value(given.get(p.name, p.default)) for p in graph.parameters}
    return Assignment(
        values, tuple(_unknown(name, declared) + " It is ignored." for name in given if name not in declared)
    )


def to_plain(given: Mapping[str, object]) -> dict[str, object]:
    """Given values in a form that JSON keeps: scalars as text, data as tagged objects; `from_plain` reads it back."""
    return {
        name: msgspec.to_builtins(v) if isinstance(v, DataPathValue | DatasetValue) else text_of(cast(Scalar, v))
        for name, v in given.items()
    }


def from_plain(stored: Mapping[str, object]) -> dict[str, object]:
    """What `to_plain` was given, with scalars as text."""
    return {
        name: msgspec.convert(v, DataPathValue | DatasetValue) if isinstance(v, dict) else v
        for name, v in stored.items()
    }


def _value(value: object) -> Value:
    return value if isinstance(value, DataPathValue | DatasetValue) else text_of(cast(Scalar, value))


def _unknown(name: str, declared: Mapping[str, Parameter]) -> str:
    known = ", ".join(f"'{n}'" for n in declared)
    return f"The pipeline has no parameter '{name}'; " + (f"it has {known}." if known else "it has none.")


def _mismatch(name: str, value: object, parameter: Parameter | None) -> str | None:
    is_data = isinstance(value, DataPathValue | DatasetValue)
    if not is_data and not isinstance(value, str | int | float):
        return f"Parameter '{name}' was given {'null' if value is None else repr(value)}, which is not a value."
    if parameter is None:
        return None
    if is_data and parameter.type not in {"datapath", "dataset"}:
        return f"Parameter '{name}' has the type {parameter.type}, but was given data."
    if not is_data and parameter.type in {"datapath", "dataset"}:
        remedy = "Use DataPathAssignments or DataSetDefinitionValueAssignments."
        return f"Parameter '{name}' is data, but was given {value!r}. {remedy}"
    return None
