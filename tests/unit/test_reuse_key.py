"""What is in the reuse key, and what is not (DESIGN §6, contracts §20)."""

from collections.abc import Callable

import msgspec
import pytest

from stepworks.graph.document import (
    Command,
    DataPathValue,
    Input,
    InputPath,
    Output,
    OutputPath,
    ParameterValue,
    Registration,
    Script,
    Step,
    Text,
)
from stepworks.reuse.key import Facts, facts, family, input_fact, reuse_key

replace = msgspec.structs.replace
RAW = Input("raw", DataPathValue("store", "a"), mode="mount")
STEP = Step(
    id="1",
    name="train",
    work=Script(
        "train.py", ((Text("--n"),), (Text("x"), ParameterValue("n")), (InputPath("raw"),), (OutputPath("model"),))
    ),
    snapshot="snapshot-1",
    inputs=(RAW,),
    outputs=(Output("model"),),
    parameters={"depth": 3},
    variables={"SEED": "1"},
)
PARAMETERS = {"n": "10", "unused": "1"}


def key(
    step: Step = STEP, *, parameters: dict[str, str] = PARAMETERS, environment: str = "lock", data: str = "content"
) -> str:
    inputs = {port.name: input_fact(port, data, summary="a file", run="r", output="o") for port in step.inputs}
    return reuse_key(facts(step, parameters=parameters, environment=environment, inputs=inputs, pins="p"))


def work(*arguments: tuple[object, ...], script: str = "train.py") -> Step:
    return replace(STEP, work=Script(script, arguments))  # type: ignore[arg-type]


def with_input(**changes: object) -> Step:
    return replace(STEP, inputs=(replace(RAW, **changes),))


def with_output(**changes: object) -> Step:
    return replace(STEP, outputs=(replace(STEP.outputs[0], **changes),))


@pytest.mark.parametrize(
    "changed",
    [
        lambda: key(work((Text("--n"),))),
        lambda: key(replace(STEP, work=Script("other.py", STEP.work.arguments))),  # type: ignore[union-attr]
        lambda: key(replace(STEP, work=Command(STEP.work.arguments))),  # type: ignore[union-attr]
        lambda: key(replace(STEP, snapshot="snapshot-2")),
        lambda: key(replace(STEP, snapshot=None)),
        lambda: key(replace(STEP, parameters={"depth": 4})),
        lambda: key(replace(STEP, parameters={})),
        lambda: key(replace(STEP, variables={"SEED": "2"})),
        lambda: key(replace(STEP, version="2")),
        lambda: key(replace(STEP, outputs=(*STEP.outputs, Output("more")))),
        lambda: key(with_output(mode="upload")),
        lambda: key(with_output(style="dataset")),
        lambda: key(with_output(reader="csv")),
        lambda: key(with_input(mode="download")),
        lambda: key(with_input(style="dataset")),
        lambda: key(with_input(reader="csv")),
        lambda: key(parameters=PARAMETERS | {"n": "20"}),
        lambda: key(environment="another lock"),
        lambda: key(data="other content"),
    ],
)
def test_what_the_result_depends_on_is_in_the_key(changed: Callable[[], str]) -> None:
    assert changed() != key()


@pytest.mark.parametrize(
    "same",
    [
        lambda: key(replace(STEP, name="another", id="2", comment="hello")),
        lambda: key(replace(STEP, compute="big", timeout_seconds=9, allow_reuse=False, settings={"nodes": 2})),
        lambda: key(replace(STEP, run_after=("x",))),
        lambda: key(with_input(source=DataPathValue("elsewhere", "b"))),
        lambda: key(with_output(datastore="other", path="a/{run-id}", register=Registration("name"))),
        lambda: key(parameters=PARAMETERS | {"unused": "2"}),
    ],
)
def test_names_places_compute_and_unused_parameters_are_not_in_the_key(same: Callable[[], str]) -> None:
    assert same() == key()


def test_equal_command_lines_are_equal_however_they_are_declared() -> None:
    assert key(work((Text("a"), Text("b")))) == key(work((Text("ab"),)))


def test_the_borders_of_arguments_count() -> None:
    assert key(work((Text("a"),), (Text("b"),))) != key(work((Text("ab"),)))


def test_text_that_looks_like_a_port_is_not_one() -> None:
    assert key(work((Text("input"), Text("raw")))) != key(work((InputPath("raw"),)))


def test_a_parameter_renders_to_its_value() -> None:
    one = facts(work((ParameterValue("n"),)), parameters={"n": "5"}, environment="e", inputs={})
    assert one.arguments == ((("parameter", "n"),),)
    assert one.parameters == {"n": "5", "depth": "3"}


def test_variables_are_kept_as_hashes_only() -> None:
    step = replace(STEP, variables={"PASSWORD": "open sesame"})
    kept = msgspec.json.encode(facts(step, parameters=PARAMETERS, environment="e", inputs={}))
    assert b"PASSWORD" in kept
    assert b"sesame" not in kept


def test_facts_survive_the_records() -> None:
    inputs = {"raw": input_fact(RAW, "content", summary="1 file", run="r", output="o")}
    now = facts(STEP, parameters=PARAMETERS, environment="lock", inputs=inputs)
    stored = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(now)))
    again = msgspec.convert(stored, Facts)
    assert again == now
    assert reuse_key(again) == reuse_key(now)


def test_a_family_is_the_same_declared_work() -> None:
    assert family(STEP) == family(replace(STEP, snapshot="2", parameters={}, outputs=()))
    assert family(STEP) != family(work(script="other.py"))
    assert family(STEP) != family(replace(STEP, name="another"))
