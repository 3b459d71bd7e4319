import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepworks.errors import InvalidInput
from stepworks.records.base import Where, among, eq, prefix
from stepworks.records.codec import codec_of
from stepworks.records.conditions import Question, after_prefix, key_question, order_of, question
from stepworks.records.rows import Metric, Run

CODEC = codec_of(Run, plain=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


def test_a_question_is_a_shape_and_values() -> None:
    asked = question(
        Run,
        CODEC,
        [eq("id", "a"), eq("parent", None), Where("failure", "!=", None), among("number", {3}), prefix("name", "ab")],
    )
    assert asked == Question(
        (("id", "="), ("parent", "null"), ("failure", "not null"), ("number", "in"), ("name", ">="), ("name", "<")),
        ["a", [3], "ab", "ac"],
    )


def test_equal_shapes_whatever_the_values() -> None:
    shapes = {question(Run, CODEC, [eq("id", id), among("number", range(len(id)))]).shape for id in ("", "a", "abc")}
    assert len(shapes) == 1


@given(TEXT, TEXT)
def test_the_end_of_a_prefix_is_above_all_that_begin_with_it_and_not_above_others(start: str, other: str) -> None:
    end = after_prefix(start)
    for text in (start + other, other):
        assert (text >= start and (end is None or text < end)) == text.startswith(start)


def test_the_end_of_a_prefix_is_never_a_surrogate() -> None:
    assert after_prefix("a\ud7ff") == "a\ue000"
    assert after_prefix("a\U0010ffff") == "b"
    assert after_prefix("\U0010ffff") is None
    assert after_prefix("") is None


def test_the_question_for_a_key() -> None:
    codec = codec_of(Metric, plain=False)
    assert key_question(Metric, codec, ["r", 3]) == Question((("run", "="), ("seq", "=")), ["r", 3])
    with pytest.raises(TypeError, match=r"\(run, seq\); 1 values"):
        key_question(Metric, codec, ["r"])
    with pytest.raises(InvalidInput):
        key_question(Metric, codec, ["r", None])


def test_pages_end_with_the_key() -> None:
    assert order_of(Metric, ["-time"], paged=False) == (("time", True),)
    assert order_of(Metric, ["-time"], paged=True) == (("time", True), ("run", False), ("seq", False))
    assert order_of(Metric, ["-seq"], paged=True) == (("seq", True), ("run", False))


@pytest.mark.parametrize(
    "where",
    [
        Where("id", "like", "x"),  # pyright: ignore[reportArgumentType]
        Where("id", "in", "text"),
        Where("id", "in", 3),
        prefix("id", 3),  # pyright: ignore[reportArgumentType]
        Where("number", "prefix", "1"),
        among("parent", ["a", None]),
        eq("tags", {}),
    ],
)
def test_what_cannot_be_asked_is_refused(where: Where) -> None:
    with pytest.raises(InvalidInput):
        question(Run, CODEC, [where])
