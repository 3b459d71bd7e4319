"""Constructing steps: what is refused, what ports and arguments become (contracts §1, §5–§7)."""

import logging
from pathlib import Path

import pytest
from tests.sdk.doubles import WorkspaceDouble

from azureml.data import OutputFileDatasetConfig
from azureml.data.data_reference import DataReference
from azureml.data.datapath import DataPath, DataPathComputeBinding
from azureml.data.dataset_consumption_config import DatasetConsumptionConfig
from azureml.data.dataset_factory import FileDatasetFactory, TabularDatasetFactory
from azureml.pipeline.core import PipelineData, PipelineParameter
from azureml.pipeline.core.graph import InputPortBinding, OutputPortBinding
from azureml.pipeline.steps import CommandStep, PythonScriptStep
from stepworks.graph.document import (
    Command,
    DataPathValue,
    FromParameter,
    InputPath,
    OutputPath,
    ParameterValue,
    Script,
    Text,
)


@pytest.fixture
def store(tmp_path):
    return WorkspaceDouble(tmp_path).datastore()


@pytest.fixture
def table(store):
    return TabularDatasetFactory.from_delimited_files((store, "t.csv"), validate=False)


@pytest.fixture
def files(store):
    return FileDatasetFactory.from_files((store, "f"), validate=False)


def step(*arguments, name="step", **given):
    return PythonScriptStep("run.py", name=name, arguments=list(arguments), **given)


def inputs(made):
    return {p.name: p.mode for p in made._declared.inputs}


def outputs(made):
    return [p.name for p in made._declared.outputs]


# --- arguments


def test_plain_arguments_travel_as_text():
    assert step("--a", 1, 2.5, True, None, Path("x/y"))._arguments == (
        (Text("--a"),),
        (Text("1"),),
        (Text("2.5"),),
        (Text("True"),),
        (Text("None"),),
        (Text("x/y"),),
    )


def test_objects_stand_for_their_ports(store):
    reference, made = DataReference(store, "ref", "a"), PipelineData("made", output_name="written")
    read = PipelineData("read")
    parameter = PipelineParameter("p", 3)
    built = step(reference, read, made, parameter, inputs=[reference, read], outputs=[made])
    assert built._arguments == (
        (InputPath("ref"),),
        (InputPath("read"),),
        (OutputPath("written"),),
        (ParameterValue("p"),),
    )


def test_tokens_in_the_middle_of_a_text_are_what_they_stand_for(store, files):
    reference, made = DataReference(store, "ref", "a"), PipelineData("made")
    out, data = OutputFileDatasetConfig("out"), files.as_named_input("data").as_mount()
    built = step(
        f"--x={reference}/sub",
        f"{made}",
        f"[{data.arg_val}]",
        f"{out.arg_val}/a.csv:{data}",
        "parameter:n and parameter:unknown",
        "$AZUREML_DATAREFERENCE_nobody",
        inputs=[reference, data],
        outputs=[made, out],
        params={"n": PipelineParameter("count", 1), "m": 2},
    )
    assert built._arguments == (
        (Text("--x="), InputPath("ref"), Text("/sub")),
        (OutputPath("made"),),
        (Text("["), InputPath("data"), Text("]")),
        (OutputPath("out"), Text("/a.csv:"), InputPath("data")),
        (ParameterValue("count"), Text(" and parameter:unknown")),
        (Text("$AZUREML_DATAREFERENCE_nobody"),),
    )


def test_a_param_that_is_no_parameter_is_put_in_as_it_is():
    assert step("parameter:m", params={"m": 2})._arguments == ((Text("2"),),)


def test_arguments_may_be_a_set_and_parameters_are_hashable():
    parameter = PipelineParameter("p", "v")
    built = PythonScriptStep("run.py", arguments={parameter})
    assert built._arguments == ((ParameterValue("p"),),)


def test_a_data_path_parameter_is_an_input_bound_as_its_pair_says(store):
    parameter = PipelineParameter("folder", DataPath(store, "in"))
    pair = (parameter, DataPathComputeBinding("download"))
    built = step("--folder", pair, inputs=[pair])
    assert inputs(built) == {"folder": "download"}
    assert built._declared.inputs[0].source == FromParameter("folder")
    assert built._arguments[1] == (InputPath("folder"),)


def test_a_fixed_data_path_is_an_input_too(store):
    pair = (DataPath(store, "in", "folder"), DataPathComputeBinding())
    built = step(pair, inputs=[pair])
    assert built._declared.inputs[0].source == DataPathValue("workspaceblobstore", "in")


def test_a_parameter_whose_default_is_data_adds_an_input_of_its_name(store, table, files):
    built = step(PipelineParameter("t", table), PipelineParameter("f", files))
    assert inputs(built) == {"t": "direct", "f": "mount"}
    assert built._arguments == ((InputPath("t"),), (InputPath("f"),))


# --- datasets and outputs that are in the arguments only


def test_datasets_and_dataset_outputs_in_arguments_are_added_by_themselves(table):
    built = step("--in", table.as_named_input("t"), "--out", OutputFileDatasetConfig("o"))
    assert (inputs(built), outputs(built)) == ({"t": "direct"}, ["o"])


def test_one_dataset_in_inputs_and_downloaded_in_arguments_is_one_input_and_download_wins(files):
    given = files.as_named_input("data")
    built = step("--in", given.as_download("/tmp/d"), inputs=[given])
    assert inputs(built) == {"data": "download"}
    assert built._declared.inputs[0].path_on_compute == "/tmp/d"


def test_two_datasets_of_one_name_are_two_and_refused(files, table):
    with pytest.raises(ValueError, match="two inputs are named 'data'"):
        step(table.as_named_input("data"), inputs=[files.as_named_input("data")])


def test_an_output_named_again_in_a_later_step_is_its_input():
    out = OutputFileDatasetConfig("out")
    first, second = step("--out", out, name="first"), step("--in", out, name="second")
    assert outputs(first) == ["out"]
    assert outputs(second) == []
    assert second._declared.inputs[0].origin is out
    assert second._arguments[1] == (InputPath("input_1"),)


def test_the_same_step_made_again_still_makes_its_output():
    out = OutputFileDatasetConfig("out")
    step("--out", out, name="first")
    again = step("--out", out, name="first")
    assert outputs(again) == ["out"]
    assert out._producer is again


def test_an_output_that_is_in_inputs_is_an_input():
    out = OutputFileDatasetConfig("out")
    built = step(out, inputs=[out])
    assert outputs(built) == []
    assert built._arguments == ((InputPath("input_1"),),)


def test_names_nobody_chose_are_the_same_in_every_build(store, files):
    def build():
        out, more = OutputFileDatasetConfig(), OutputFileDatasetConfig("named")
        reference = store.path("a")
        return step(
            files.as_mount(), f"--out={out.arg_val}", more, f"{reference}", inputs=[reference], outputs=[out]
        ), out

    (one, out), (other, _) = build(), build()
    assert one._arguments == other._arguments
    assert (list(inputs(one)), outputs(one)) == (["input_1", "input_2"], ["output_1", "named"])
    assert out.name == "output_1"


def test_an_input_with_the_name_of_an_output_is_renamed_and_arguments_follow():
    read, made = PipelineData("data"), PipelineData("data")
    built = step("--in", read, "--out", made, f"{made}", inputs=[read], outputs=[made])
    assert (list(inputs(built)), outputs(built)) == (["INPUT_data"], ["data"])
    assert built._arguments[1::2] == ((InputPath("INPUT_data"),), (OutputPath("data"),))
    assert built._arguments[4] == (OutputPath("data"),)


def test_a_dataset_given_as_a_tuple_is_found_when_the_step_starts():
    built = step(DatasetConsumptionConfig("d", ("workspace", "name", 3), "mount"))
    source = built._declared.inputs[0].source
    assert (source.id, source.name, source.version) == (None, "name", "3")


# --- what is refused


@pytest.mark.parametrize("name", ["a-b", "a b", "a.b", ""])
def test_names_of_ports_are_word_characters(name):
    for make in (PipelineData, InputPortBinding, OutputPortBinding):
        with pytest.raises(ValueError, match="letters, digits"):
            make(name)


def test_a_reference_with_a_bad_name_is_refused_by_the_step(store):
    with pytest.raises(ValueError, match="'a-b' cannot be the name of an input"):
        step(inputs=[DataReference(store, "a-b")])


def test_all_problems_of_a_step_are_told_at_once(store, table):
    reference, lost = DataReference(store, "ref"), PipelineData("lost")
    with pytest.raises(ValueError) as caught:
        step(
            lost,
            table,
            name="train",
            inputs=[table, reference, DataReference(store, "ref"), "text"],
            outputs=[reference, PipelineData("o"), PipelineData("o")],
        )
    problems = caught.value.problems
    assert len(problems) == 7
    told = str(caught.value)
    assert told.startswith("Step 'train' has 7 problems:")
    for fragment in (
        "Use dataset.as_named_input('a_name').",
        "two inputs are named 'ref'",
        "a str cannot be an input",
        "a DataReference cannot be an output",
        "two outputs are named 'o'",
        "the PipelineData 'lost' is in the arguments, but neither in inputs nor in outputs",
        "a dataset is in the arguments without a name",
    ):
        assert fragment in told


def test_a_parameter_that_is_also_a_param_is_refused():
    with pytest.raises(Exception, match="also a key of params"):
        step(PipelineParameter("p", 1), params={"p": 2})


def test_one_key_in_params_and_runconfig_params_is_refused():
    with pytest.raises(ValueError, match="NodeCount"):
        step(params={"NodeCount": 1}, runconfig_pipeline_params={"NodeCount": PipelineParameter("n", 2)})


def test_a_step_needs_a_script():
    with pytest.raises(ValueError, match="script_name"):
        PythonScriptStep("")


@pytest.mark.parametrize("default", [None, [], {}, object()])
def test_a_parameter_has_a_default_of_a_kind_that_travels(default):
    with pytest.raises(ValueError, match="default of pipeline parameter 'p'"):
        PipelineParameter("p", default)


def test_pipeline_data_is_mounted_or_uploaded():
    with pytest.raises(ValueError, match="mount or upload"):
        PipelineData("d", output_mode="download")


# --- old spellings


def test_target_is_the_old_spelling_of_compute_target():
    assert step(target="cluster")._compute == "cluster"
    assert step(target="old", compute_target="new")._compute == "new"


def test_hash_paths_are_accepted_with_a_warning(caplog):
    with caplog.at_level(logging.WARNING, logger="azureml.pipeline"):
        step(hash_paths=["a.ipynb"])
    assert "hash_paths" in caplog.text


def test_a_step_is_named_for_its_script():
    assert PythonScriptStep("sub/run.py").name == "sub/run.py"


# --- commands


def test_a_command_is_a_text_or_a_list_of_parts(files):
    out, data = OutputFileDatasetConfig("o"), files.as_named_input("d").as_mount()
    built = CommandStep(["python", "x.py", "--in", data, f"--out={out.arg_val}"], inputs=[data], outputs=[out])
    assert built.name == "CommandStep_python"
    assert built._work == Command(
        (
            (Text("python"),),
            (Text("x.py"),),
            (Text("--in"),),
            (InputPath("d"),),
            (Text("--out="), OutputPath("o")),
        )
    )
    assert CommandStep("echo 'a b' && ls")._work == Command(((Text("echo 'a b' && ls"),),))


def test_a_command_comes_from_the_run_configuration_if_none_is_given():
    from azureml.core import ScriptRunConfig
    from azureml.core.runconfig import RunConfiguration

    runconfig = RunConfiguration(command="echo hi")
    assert CommandStep(runconfig=runconfig)._work == Command(((Text("echo hi"),),))
    config = ScriptRunConfig("src", command=["echo", "ho"])
    built = CommandStep(name="n", runconfig=config)
    assert (built._work, built._source_directory) == (Command(((Text("echo"),), (Text("ho"),))), "src")
    with pytest.raises(ValueError, match="needs a command"):
        CommandStep()


def test_a_script_step_runs_its_script():
    assert step("a")._work == Script("run.py", ((Text("a"),),))
