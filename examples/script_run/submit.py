"""One script, without a pipeline: run it with settings, look at its metrics, register the model it has written."""

from pathlib import Path

from azureml.core import Experiment, ScriptRunConfig, Workspace

HERE = Path(__file__).resolve().parent


def main():
    workspace = Workspace.from_config()
    experiment = Experiment(workspace, "line-fit")
    best = None
    for rate in (0.1, 0.5):
        config = ScriptRunConfig(
            source_directory=str(HERE / "source"), script="fit.py", arguments=["--rate", rate], compute_target="local"
        )
        run = experiment.submit(config, tags={"rate": str(rate)})
        run.wait_for_completion(show_output=False)
        loss = run.get_metrics()["final loss"]
        print(f"rate {rate}: final loss {loss:.6f}")
        if best is None or loss < best[0]:
            best = loss, run
    loss, run = best
    model = run.register_model("line", model_path="outputs/line.json", properties={"loss": f"{loss:.6f}"})
    print(f"registered {model.name} version {model.version} of the run with rate {run.get_tags()['rate']}")
    return model


if __name__ == "__main__":
    main()
