"""All problems of a graph at once, each with the step, the port and the remedy."""

import pytest

from stepworks.errors import InvalidGraph
from stepworks.graph.document import (
    Command,
    DataPathValue,
    DatasetValue,
    FromParameter,
    Graph,
    Input,
    InputPath,
    Output,
    OutputPath,
    Parameter,
    ParameterValue,
    Registration,
    Script,
    Step,
    StepOutput,
    Text,
)
from stepworks.graph.validate import check, problems


def step(id: str = "prep", **more: object) -> Step:
    return Step(**({"id": id, "name": id, "work": Script("run.py")} | more))


def graph(*steps: Step, **more: object) -> Graph:
    return Graph(steps=steps, **more)


def takes(step_id: str, port: str = "out", name: str = "data") -> Input:
    return Input(name=name, source=StepOutput(step=step_id, port=port))


def test_an_empty_graph_is_good() -> None:
    assert problems(Graph()) == ()


def test_a_graph_with_everything_in_order_is_good() -> None:
    prep = step(
        "prep",
        inputs=(
            Input(name="raw", source=FromParameter(name="place")),
            Input(name="lake", source=DatasetValue(name="d")),
        ),
        outputs=(Output(name="out", path="results/{run-id}"),),
        work=Script("a/run.py", ((Text("--n"), ParameterValue("n")), (InputPath("raw"),), (OutputPath("out"),))),
        parameters={"n": ParameterValue("n"), "m": 3},
    )
    train = step("train", inputs=(takes("prep"),), run_after=("prep",), timeout_seconds=5)
    parameters = (Parameter("place", "datapath", DataPathValue("store", "a")), Parameter("n", "int", 1))
    assert problems(graph(prep, train, parameters=parameters, outputs={"result": StepOutput("prep", "out")})) == ()


def test_all_problems_are_told_at_once() -> None:
    wrong = graph(
        step("a", inputs=(takes("nobody"),)), step("a", timeout_seconds=0), outputs={"x": StepOutput("a", "y")}
    )
    with pytest.raises(InvalidGraph) as caught:
        check(wrong)
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (
            graph(step("prepare", outputs=(Output(name="out"),)), step("train", inputs=(takes("prep"),))),
            "Step 'train': input 'data' comes from step 'prep', which isn't in this pipeline. Did you mean 'prepare'? "
            "Add the step that produces it.",
        ),
        (
            graph(step("prep", outputs=(Output(name="features"),)), step("train", inputs=(takes("prep", "feature"),))),
            "Step 'train': input 'data' comes from output 'feature' of step 'prep', which has no such output. "
            "Did you mean 'features'?",
        ),
        (
            graph(step(run_after=("later",))),
            "Step 'prep' is to run after 'later', which isn't in this pipeline. Add that step to it.",
        ),
        (graph(step(run_after=("prep",))), "Step 'prep' is to run after itself. Take that out."),
        (
            graph(step(inputs=(takes("prep"),), outputs=(Output(name="out"),))),
            "Step 'prep': input 'data' is an output of the step itself. Take it from another step.",
        ),
        (
            graph(step(work=Script("run.py", ((InputPath("raw"),),)))),
            "Step 'prep' has the input 'raw' in its arguments, but not among its inputs. Add it to inputs=[…].",
        ),
        (
            graph(step(work=Script("run.py", ((OutputPath("x"),),)), outputs=(Output(name="y"),))),
            "Step 'prep' has the output 'x' in its arguments, but not among its outputs. Add it to outputs=[…].",
        ),
        (
            graph(step(work=Script("run.py", ((ParameterValue("rat"),),))), parameters=(Parameter("rate", "int", 1),)),
            "Step 'prep' uses the pipeline parameter 'rat', which isn't declared. Did you mean 'rate'? Declare it.",
        ),
        (
            graph(
                step(work=Script("run.py", ((ParameterValue("p"),),))),
                parameters=(Parameter("p", "datapath", DataPathValue("s", "x")),),
            ),
            "Step 'prep' uses the pipeline parameter 'p' as text, but it is data. Make it an input of the step.",
        ),
        (
            graph(step(inputs=(Input("raw", FromParameter("n")),)), parameters=(Parameter("n", "int", 1),)),
            "Step 'prep': input 'raw' is the pipeline parameter 'n' of type int. Give it data as default.",
        ),
        (
            graph(step(), parameters=(Parameter("n", "int", "2"),)),
            "The pipeline parameter 'n' has the type int, but its default is '2'. Give it a default of that type.",
        ),
        (
            graph(step(), parameters=(Parameter("n", "int", 2), Parameter("n", "int", 3))),
            "The pipeline parameter 'n' is declared twice. Declare it once.",
        ),
        (
            graph(step(outputs=(Output("out"), Output("out")))),
            "Step 'prep' has two outputs named 'out'. Rename one of them.",
        ),
        (
            graph(step(inputs=(Input("a", DataPathValue("s")), Input("a", DataPathValue("s"))))),
            "Step 'prep' has two inputs named 'a'. Rename one of them.",
        ),
        (
            graph(step(inputs=(Input("a", DataPathValue("s")),), outputs=(Output("a"),))),
            "Step 'prep' has an input and an output named 'a'. Rename one: its script can't tell them apart.",
        ),
        (
            graph(step(inputs=(Input("a-b", DataPathValue("s")),))),
            "Step 'prep': input 'a-b' can't have that name. Names of inputs and outputs are letters, digits and '_'.",
        ),
        (
            graph(step(inputs=(Input("1a", DatasetValue(id="x"), style="dataset"),))),
            "Step 'prep': input '1a' can't have that name. Names of datasets are letters, digits and '_'; "
            "no digit comes first.",
        ),
        (
            graph(step(outputs=(Output("out", mode="download"),))),
            "Step 'prep': output 'out' has the mode 'download'. Outputs have mount or upload.",
        ),
        (
            graph(step(inputs=(Input("a", DatasetValue()),))),
            "Step 'prep': input 'a' is a dataset without id and without name. Save or register it first.",
        ),
        (
            graph(step(outputs=(Output("out", register=Registration("")),))),
            "Step 'prep': output 'out' is to be registered as a dataset without a name. Give it one.",
        ),
        (graph(step(work=Command(()))), "Step 'prep' has an empty command. Say what it is to run."),
        (graph(step(work=Script(""))), "Step 'prep' has no script. Name one in its source directory."),
        (
            graph(step(), outputs={"final": StepOutput("train", "model")}),
            "The pipeline output 'final' comes from step 'train', which isn't in this pipeline. Add that step.",
        ),
        (
            graph(
                step(parameters={"n": 1}, work=Script("a.py", ((ParameterValue("n"),),))),
                parameters=(Parameter("n", "int", 2),),
            ),
            "Step 'prep' has two values for 'n': in its arguments and in params. Rename one.",
        ),
    ],
)
def test_a_problem_says_what_where_and_what_to_do(wrong: Graph, problem: str) -> None:
    assert problems(wrong) == (problem,)


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x"])
def test_a_script_outside_of_the_snapshot_is_refused(path: str) -> None:
    assert "leads out of its folder" in problems(graph(step(work=Script(path))))[0]


@pytest.mark.parametrize("port", [Output("out", path="a/../../b"), Output("out", source_globs=("a/../../*",))])
def test_an_output_outside_of_its_datastore_is_refused(port: Output) -> None:
    assert "leads out of its folder" in problems(graph(step(outputs=(port,))))[0]


def test_a_cycle_is_told_by_the_names_of_its_steps() -> None:
    out = (Output(name="out"),)
    prep = step("1", name="prep", inputs=(takes("2"),), outputs=out)
    train = step("2", name="train", inputs=(takes("1"),), outputs=out)
    assert problems(graph(prep, train)) == ("Pipeline has a cycle: prep → train → prep.",)


def test_cycles_apart_from_each_other_are_all_told() -> None:
    steps = [step(a, run_after=(b,)) for a, b in ("ab", "ba", "cd", "dc")]
    assert problems(graph(*steps)) == ("Pipeline has a cycle: a → b → a.", "Pipeline has a cycle: c → d → c.")


def test_steps_that_share_a_name_are_told_apart_by_their_ids() -> None:
    wrong = graph(step("1", name="prep", run_after=("x",)), step("2", name="prep"))
    assert problems(wrong)[0].startswith("Step 'prep (1)' is to run after 'x'")


def test_braces_in_names_do_no_harm() -> None:
    assert problems(graph(step("{}"), step("{}")))[0] == "Two steps have the id '{}'. Give every step an id of its own."


def test_a_long_chain_is_checked_without_recursion() -> None:
    steps = [step(str(i), run_after=(str(i - 1),) if i else ()) for i in range(5000)]
    assert problems(graph(*steps)) == ()
