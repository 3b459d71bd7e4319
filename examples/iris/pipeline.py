"""Prepare, train and compare on iris, written for the Azure ML SDK v1.

Nothing in here knows of stepworks: it is the code that teams have. Run it twice; the second time nothing runs again.
"""

from pathlib import Path

from azureml.core import Dataset, Experiment, Workspace
from azureml.core.compute import AmlCompute, ComputeTarget
from azureml.data import OutputFileDatasetConfig
from azureml.pipeline.core import Pipeline, PipelineData
from azureml.pipeline.core.graph import PipelineParameter
from azureml.pipeline.steps import PythonScriptStep

HERE = Path(__file__).resolve().parent


def cluster(workspace, name="cpu-cluster"):
    if name in workspace.compute_targets:
        return workspace.compute_targets[name]
    provisioning = AmlCompute.provisioning_configuration(vm_size="STANDARD_D2_V2", min_nodes=0, max_nodes=2)
    target = ComputeTarget.create(workspace, name, provisioning)
    target.wait_for_completion(show_output=False)
    return target


def iris(workspace):
    """The measurements, uploaded as a CSV file and read as a table."""
    store = workspace.get_default_datastore()
    store.upload_files([str(HERE / "iris.csv")], target_path="iris", overwrite=True, show_progress=False)
    return Dataset.Tabular.from_delimited_files([(store, "iris/iris.csv")])


def build(workspace):
    target = cluster(workspace)
    prepared = OutputFileDatasetConfig("prepared")
    forest = PipelineData("forest", datastore=workspace.get_default_datastore())
    linear = PipelineData("linear", datastore=workspace.get_default_datastore())
    report = OutputFileDatasetConfig("report").register_on_complete("iris-report")
    trees = PipelineParameter("trees", default_value=50)

    prepare = PythonScriptStep(
        name="prepare",
        script_name="prepare.py",
        source_directory=str(HERE / "prepare"),
        arguments=["--output", prepared],
        inputs=[iris(workspace).as_named_input("iris")],
        compute_target=target,
    )
    train_forest = PythonScriptStep(
        name="train forest",
        script_name="train.py",
        source_directory=str(HERE / "train"),
        arguments=["--data", prepared.as_input("data"), "--kind", "forest", "--trees", trees, "--model", forest],
        outputs=[forest],
        compute_target=target,
    )
    train_linear = PythonScriptStep(
        name="train linear",
        script_name="train.py",
        source_directory=str(HERE / "train"),
        arguments=["--data", prepared.as_input("data"), "--kind", "linear", "--model", linear],
        outputs=[linear],
        compute_target=target,
    )
    compare = PythonScriptStep(
        name="compare",
        script_name="compare.py",
        source_directory=str(HERE / "compare"),
        arguments=["--data", prepared.as_input("data"), "--models", forest, linear, "--report", report],
        inputs=[forest, linear],
        compute_target=target,
    )
    return Pipeline(workspace, steps=[prepare, train_forest, train_linear, compare])


def main():
    workspace = Workspace.from_config()
    run = Experiment(workspace, "iris").submit(build(workspace))
    run.wait_for_completion(show_output=True)
    (compared,) = run.find_step_run("compare")
    for name, value in sorted(compared.get_metrics().items()):
        print(f"{name}: {value}")
    return run


if __name__ == "__main__":
    main()
