"""Curated environments by their published names."""

import pytest

from stepworks.environments.curated import curated, is_curated, list_curated
from stepworks.environments.requirements import to_requirements
from stepworks.errors import NotFound


@pytest.mark.parametrize(
    "name",
    [
        "AzureML-Tutorial",
        "AzureML-Minimal",
        "AzureML-AutoML",
        "AzureML-Scikit-learn-0.20.3",
        "AzureML-sklearn-0.24-ubuntu18.04-py37-cpu",
        "AzureML-sklearn-1.0-ubuntu20.04-py38-cpu",
        "AzureML-sklearn-1.5",
        "AzureML-PyTorch-1.6-CPU",
        "AzureML-PyTorch-1.6-GPU",
        "AzureML-TensorFlow-2.2-GPU",
        "AzureML-lightgbm-3.2-ubuntu18.04-py37-cpu",
        "AzureML-ACPT-pytorch-1.11-py38-cuda11.3-gpu",
    ],
)
def test_published_names_resolve_whatever_the_case_of_the_letters(name: str):
    assert name in list_curated()
    assert curated(name.lower()) == curated(name.upper()) == curated(name)
    assert curated(name.lower()).name == name


def test_every_listed_name_resolves_without_a_problem():
    assert [name for name in list_curated() if to_requirements(curated(name)).problems] == []


def test_an_image_that_is_not_listed_resolves_by_family_and_version():
    assert curated("AzureML-tensorflow-2.9-ubuntu20.04").pip == curated("AzureML-TensorFlow-2.3-CPU").pip
    assert curated("AzureML-sklearn-1.6").pip == curated("AzureML-sklearn-1.5").pip


def test_an_unknown_name_lists_near_ones():
    with pytest.raises(NotFound, match=r"AzureML-Tutorail.*Near names: AzureML-Tutorial"):
        curated("AzureML-Tutorail")


@pytest.mark.parametrize(("name", "answer"), [("azureml-x", True), ("AZUREML-X", True), ("my-azureml-x", False)])
def test_curated_names_have_a_prefix_of_their_own(name: str, answer: bool):
    assert is_curated(name) is answer
