import pytest

from stepworks.agent.variables import (
    base_environment,
    check,
    has_own_variables,
    needs_cold_start,
    variables_of_datasets,
    variables_of_input,
    variables_of_output,
)
from stepworks.errors import InvalidInput
from stepworks.graph.document import DatasetValue, Input, Output


def port(name="raw", **facts):
    return Input(name, DatasetValue(id="d"), **facts)


def test_an_input_port_is_found_by_its_reference():
    assert variables_of_input(port(), "/data", is_file=True) == {"AZUREML_DATAREFERENCE_raw": "/data"}
    assert variables_of_input(port(mode="direct"), "id", is_file=False) == {}


def test_a_dataset_is_found_by_its_name():
    dataset = port(style="dataset", mode="direct")
    assert variables_of_input(dataset, "id", is_file=False) == {"raw": "id", "AZUREML_DATAREFERENCE_raw": "id"}


def test_a_dataset_of_one_file_is_found_in_upper_case_too():
    found = variables_of_input(port(style="dataset"), "/f.csv", is_file=True)
    assert found == {"raw": "/f.csv", "AZUREML_DATAREFERENCE_raw": "/f.csv", "RAW": "/f.csv"}


@pytest.mark.parametrize("name", ["path", "HOME", "LD_PRELOAD"])
def test_a_dataset_never_takes_a_variable_that_programs_need(name):
    found = variables_of_input(port(name, style="dataset"), "/f.csv", is_file=True)
    assert not {"PATH", "HOME", "LD_PRELOAD"} & set(found)


def test_outputs_are_found_as_inputs_are():
    assert variables_of_output(Output("made"), "/o") == {"AZUREML_DATAREFERENCE_made": "/o"}
    assert variables_of_output(Output("made", style="dataset"), "/o") == {
        "AZUREML_DATAREFERENCE_made": "/o",
        "made": "/o",
    }


def test_datasets_are_listed_for_the_run():
    inputs = [port("a", style="dataset", mode="direct"), port("b"), port("c", style="dataset")]
    outputs = [Output("x", style="dataset"), Output("y"), Output("z", style="dataset")]
    assert variables_of_datasets(inputs, outputs) == {
        "AZUREML_DATASET_ENVIRONMENT_VARS": "a:direct,c:mount",
        "AZUREML_DATASET_FILE_OUTPUTS": "x;z",
    }
    assert variables_of_datasets([], []) == {}


def test_a_step_does_not_see_what_is_the_agents():
    own = {
        "HOME": "/h",
        "PATH": "/bin:/usr/bin",
        "PYTHONPATH": "/mine",
        "PYTHONDONTWRITEBYTECODE": "1",
        "STEPWORKS_TOKEN": "secret",
        "AZUREML_RUN_ID": "other",
        "VIRTUAL_ENV": "/agent",
    }
    other = base_environment(own, "/env/bin/python", is_own=False, is_virtual=True)
    assert other == {"HOME": "/h", "PATH": "/env/bin:/bin:/usr/bin", "VIRTUAL_ENV": "/env"}
    same = base_environment(own, "/usr/bin/python", is_own=True, is_virtual=False)
    assert same == {"HOME": "/h", "PATH": "/usr/bin:/bin", "PYTHONPATH": "/mine"}


@pytest.mark.parametrize(
    "name", ["OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "PYTHONHASHSEED", "LD_PRELOAD", "STEPWORKS_COLD"]
)
def test_variables_that_are_read_at_import_need_a_cold_start(name):
    assert needs_cold_start(["AZUREML_RUN_ID", name])


@pytest.mark.parametrize("variables", [{"": "x"}, {"A=B": "x"}, {"A": "x\0y"}])
def test_variables_that_no_process_can_have_are_named(variables):
    with pytest.raises(InvalidInput, match="cannot be set"):
        check(variables)


def test_variables_of_the_service_need_nothing():
    names = ["AZUREML_RUN_ID", "AML_PARAMETER_rate", "STEPWORKS_ATTEMPT"]
    assert not needs_cold_start([*names, "MODE"])
    assert not has_own_variables(names)
    assert has_own_variables([*names, "MODE"])
