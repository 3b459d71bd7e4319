"""Sweeps as values: what they take, what they refuse, and which try was best."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azureml.exceptions import AzureMLException
from azureml.train.hyperdrive import (
    BanditPolicy,
    BayesianParameterSampling,
    GridParameterSampling,
    HyperDriveConfig,
    HyperDriveRun,
    MedianStoppingPolicy,
    NoTerminationPolicy,
    PrimaryMetricGoal,
    RandomParameterSampling,
    TruncationSelectionPolicy,
    choice,
    lognormal,
    loguniform,
    normal,
    qlognormal,
    qloguniform,
    qnormal,
    quniform,
    randint,
    uniform,
)
from azureml.train.hyperdrive._ranking import ranked
from azureml.train.hyperdrive.exceptions import HyperDriveConfigException, HyperDriveServiceException

SCRIPT: Any = SimpleNamespace(run_config="rc", source_directory="src")
SPACE = {"a": choice(1, 2)}


def config(**more: Any) -> HyperDriveConfig:
    given = {
        "hyperparameter_sampling": RandomParameterSampling(SPACE),
        "primary_metric_name": "accuracy",
        "primary_metric_goal": PrimaryMetricGoal.MAXIMIZE,
        "max_total_runs": 4,
        "run_config": SCRIPT,
    }
    return HyperDriveConfig(**{**given, **more})


@pytest.mark.parametrize(
    ("expression", "means"),
    [
        (choice(1, 2), ["choice", [[1, 2]]]),
        (choice([1, 2]), ["choice", [[1, 2]]]),
        (choice(range(3)), ["choice", [[0, 1, 2]]]),
        (choice("one"), ["choice", [["one"]]]),
        (choice([1], [2]), ["choice", [[[1], [2]]]]),
        (randint(5), ["randint", [5]]),
        (uniform(0, 1), ["uniform", [0, 1]]),
        (quniform(0, 1, 0.1), ["quniform", [0, 1, 0.1]]),
        (loguniform(-3, 0), ["loguniform", [-3, 0]]),
        (qloguniform(-3, 0, 1), ["qloguniform", [-3, 0, 1]]),
        (normal(0, 1), ["normal", [0, 1]]),
        (qnormal(0, 1, 2), ["qnormal", [0, 1, 2]]),
        (lognormal(0, 1), ["lognormal", [0, 1]]),
        (qlognormal(0, 1, 2), ["qlognormal", [0, 1, 2]]),
    ],
)
def test_an_expression_is_a_name_and_its_arguments(expression: Any, means: Any) -> None:
    assert expression == means


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: choice(), "at least one"),
        (lambda: randint(0), "upper of randint"),
        (lambda: uniform(1, 0), "min_value of uniform is 1"),
        (lambda: normal(0, -1), "sigma of normal"),
        (lambda: quniform(0, 1, 0), "q of quniform"),
        (lambda: uniform("0", 1), "must be a number"),  # pyright: ignore
        (lambda: BanditPolicy(), "exactly one of slack_factor"),
        (lambda: BanditPolicy(slack_factor=0.1, slack_amount=1), "exactly one of slack_factor"),
        (lambda: BanditPolicy(slack_factor=-1), "slack_factor must be"),
        (lambda: MedianStoppingPolicy(evaluation_interval=0), "evaluation_interval must be"),
        (lambda: TruncationSelectionPolicy(100), "at most 99"),
        (lambda: GridParameterSampling({"a": uniform(0, 1)}), "GRID sampling does not take uniform"),
        (lambda: BayesianParameterSampling({"a": normal(0, 1)}), "does not take normal"),
        (lambda: RandomParameterSampling({}), "with entries"),
        (lambda: RandomParameterSampling({"a": 3}), "Use an expression"),
        (lambda: config(max_total_runs=0), "from 1 to 1000"),
        (lambda: config(max_concurrent_runs=5), "more than max_total_runs"),
        (lambda: config(primary_metric_goal="MAXIMIZE"), "primary_metric_goal must be a PrimaryMetricGoal"),
        (lambda: config(run_config=None), "exactly one of run_config"),
        (lambda: config(pipeline=object()), "run_config and pipeline was given"),
        (lambda: config(max_duration_minutes=10081), "max_duration_minutes"),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_made(make: Any, says: str) -> None:
    with pytest.raises(HyperDriveConfigException, match=says) as caught:
        make()
    assert isinstance(caught.value, AzureMLException)


def test_policies_and_samplings_are_json() -> None:
    assert BanditPolicy(evaluation_interval=2, slack_factor=0.1).to_json() == {
        "name": "Bandit",
        "properties": {"evaluation_interval": 2, "delay_evaluation": 0, "slack_factor": 0.1},
    }
    assert TruncationSelectionPolicy(20).truncation_percentage == 20
    assert NoTerminationPolicy().to_json() == {"name": "Default", "properties": {}}
    assert json.loads(json.dumps(RandomParameterSampling(SPACE).to_json())) == {
        "name": "RANDOM",
        "parameter_space": {"a": ["choice", [[1, 2]]]},
    }


def test_a_sweep_shows_what_it_runs() -> None:
    made = config()
    assert (made.run_config, made.source_directory, made.estimator, made.pipeline) == ("rc", "src", None, None)
    assert config(run_config=None, pipeline="p").run_config is None


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)), max_size=8), st.booleans())
def test_the_best_run_comes_first_and_those_without_the_metric_last(values: list[float | None], maximize: bool) -> None:
    metrics = {str(i): ({"m": v} if v is not None else {}) for i, v in enumerate(values)}
    found = ranked(metrics, metrics, "m", maximize=maximize)
    assert sorted(run for run, _ in found) == sorted(metrics)
    numbers = [v for _, v in found if v is not None]
    assert numbers == sorted((v for v in values if v is not None), reverse=maximize)
    assert [v for _, v in found[len(numbers) :]] == [None] * (len(values) - len(numbers))


class Sweep(HyperDriveRun):
    """Its tries are given."""

    def __init__(self, properties: dict[str, str] | None = None) -> None:
        experiment: Any = None
        super().__init__(experiment, "sweep")
        self._given = properties or {}

    def get_children(self, *_: Any, **__: Any) -> Any:
        return iter(
            [
                SimpleNamespace(id="a", status="Completed", tags={"hyperparameters": '{"x": 1}'}),
                SimpleNamespace(id="b", status="Failed", tags={"hyperparameters": '{"x": 2}'}),
                SimpleNamespace(id="c", status="Completed", tags={}),
            ]
        )

    def get_metrics(self) -> dict[str, Any]:
        return {"a": {"loss": [3.0, 1.0]}, "b": {"loss": 0.5}}

    def get_properties(self) -> dict[str, str]:
        return self._given


SMALLER = {"primary_metric_config": '{"name": "loss", "goal": "minimize"}'}


def test_the_best_run_is_the_one_with_the_best_value_it_ever_logged() -> None:
    best = Sweep(SMALLER).get_best_run_by_primary_metric()
    assert best is not None
    assert best.id == "b"
    best = Sweep(SMALLER).get_best_run_by_primary_metric(include_failed=False)
    assert best is not None
    assert best.id == "a"


def test_tries_are_sorted_by_the_metric() -> None:
    found = Sweep(SMALLER).get_children_sorted_by_primary_metric()
    assert [(f["run_id"], f["best_primary_metric"]) for f in found] == [("b", 0.5), ("a", 1.0), ("c", None)]
    top = Sweep(SMALLER).get_children_sorted_by_primary_metric(top=1, reverse=True, discard_no_metric=True)
    assert top == [
        {"run_id": "a", "hyperparameters": '{"x": 1}', "best_primary_metric": 1.0, "status": "Completed"},
    ]
    assert Sweep().get_hyperparameters() == {"a": '{"x": 1}', "b": '{"x": 2}'}


def test_a_sweep_without_its_metric_says_so() -> None:
    with pytest.raises(AzureMLException, match="does not say which metric"):
        Sweep().get_best_run_by_primary_metric()
    with pytest.raises(HyperDriveServiceException, match="without the configuration"):
        _ = Sweep().hyperdrive_config
