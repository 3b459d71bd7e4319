"""Values of pipeline parameters: contracts §8 and §20."""

import msgspec
import pytest

from stepworks.errors import InvalidInput
from stepworks.graph.document import DataPathValue, DatasetValue, Graph, Parameter
from stepworks.graph.parameters import Assignment, assign, assign_leniently, from_plain, text_of, to_plain

PLACE = DataPathValue("store", "a/b")
GRAPH = Graph(
    parameters=(
        Parameter("text", "string", "x"),
        Parameter("whole", "int", 10),
        Parameter("real", "float", 0.5),
        Parameter("flag", "bool", True),
        Parameter("place", "datapath", PLACE),
    )
)
DEFAULTS = {"text": "x", "whole": "10", "real": "0.5", "flag": "True", "place": PLACE}


def test_defaults_are_texts_and_places() -> None:
    assert assign(GRAPH, {}) == Assignment(DEFAULTS)


@pytest.mark.parametrize(("value", "text"), [(True, "True"), (3, "3"), (0.25, "0.25"), ("a", "a"), (1e100, "1e+100")])
def test_scalars_travel_as_python_writes_them(value: object, text: str) -> None:
    assert text_of(value) == text  # type: ignore[arg-type]


def test_given_values_replace_defaults() -> None:
    other = DataPathValue("store", "c")
    given = {"whole": 20, "flag": False, "place": other}
    assert assign(GRAPH, given).values == DEFAULTS | {"whole": "20", "flag": "False", "place": other}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("whole", "2"),
        ("whole", 2.0),
        ("real", 2),
        ("text", 2),
        ("place", "a/b"),
        ("place", DatasetValue(id="d")),
        ("text", None),
    ],
)
def test_the_sdk_wants_the_type_of_the_default(name: str, value: object) -> None:
    with pytest.raises(InvalidInput, match=name):
        assign(GRAPH, {name: value})


def test_bool_and_int_count_as_one_type() -> None:
    assert assign(GRAPH, {"whole": True, "flag": 0}).values == DEFAULTS | {"whole": "True", "flag": "0"}


def test_the_sdk_refuses_unknown_names_and_tells_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"no parameter 'wole'; it has 'text', 'whole'"):
        assign(GRAPH, {"wole": 1})


def test_rest_takes_any_scalar_as_text() -> None:
    given = {"whole": "20", "real": 2, "text": True, "flag": "yes"}
    expected = DEFAULTS | {"whole": "20", "real": "2", "text": "True", "flag": "yes"}
    assert assign_leniently(GRAPH, given).values == expected


def test_rest_warns_of_unknown_names() -> None:
    found = assign_leniently(Graph(), {"1": "united", "2": "city"})
    assert found == Assignment(
        {},
        (
            "The pipeline has no parameter '1'; it has none. It is ignored.",
            "The pipeline has no parameter '2'; it has none. It is ignored.",
        ),
    )


@pytest.mark.parametrize(
    ("name", "value"), [("text", None), ("text", [1]), ("text", PLACE), ("place", "a/b"), ("x", None)]
)
def test_rest_refuses_what_is_no_value(name: str, value: object) -> None:
    with pytest.raises(InvalidInput, match=name):
        assign_leniently(GRAPH, {name: value})


def test_a_datapath_parameter_may_get_a_dataset_over_rest() -> None:
    dataset = DatasetValue(name="d", version="2")
    assert assign_leniently(GRAPH, {"place": dataset}).values["place"] == dataset


def test_given_values_survive_json() -> None:
    given = {"whole": 20, "flag": True, "place": PLACE, "data": DatasetValue(id="7")}
    stored = msgspec.json.decode(msgspec.json.encode(to_plain(given)))
    assert from_plain(stored) == {"whole": "20", "flag": "True", "place": PLACE, "data": DatasetValue(id="7")}
