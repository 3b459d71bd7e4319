"""The Databricks section: clusters and libraries."""

from typing import Any

import pytest

from azureml.core.databricks import DatabricksCluster, DatabricksSection, MavenLibrary, PyPiLibrary
from azureml.exceptions import UserErrorException


@pytest.mark.parametrize(
    "facts",
    [
        {"existing_cluster_id": "c"},
        {"num_workers": 1},
        {"min_workers": 1, "max_workers": 2},
        {"num_workers": 1, "instance_pool_id": "p"},
    ],
)
def test_a_cluster_that_exists_or_has_a_size_is_good(facts: dict[str, Any]) -> None:
    DatabricksCluster(**facts).validate()


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"min_workers": 1},
        {"num_workers": 1, "min_workers": 1, "max_workers": 2},
        {"num_workers": 1, "max_workers": 2},
        {"num_workers": 1, "node_type": "n", "instance_pool_id": "p"},
    ],
)
def test_a_new_cluster_without_one_clear_size_is_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(UserErrorException):
        DatabricksCluster(**facts).validate()


def test_a_new_cluster_has_the_published_defaults() -> None:
    new = DatabricksCluster(num_workers=1)
    assert (new.spark_version, new.node_type) == ("10.4.x-scala2.12", "Standard_D3_v2")
    assert DatabricksCluster(existing_cluster_id="c").spark_version is None


def test_a_section_is_written_and_read_back() -> None:
    section = DatabricksSection()
    section.maven_libraries.append(MavenLibrary("g:a:1", exclusions=["x:y"]))
    section.pypi_libraries = [PyPiLibrary(package="p")]
    section.cluster = DatabricksCluster(existing_cluster_id="c")
    written = section._to_dict()
    assert written["pypiLibraries"] == [{"package": "p", "repo": ""}]
    assert DatabricksSection._from_dict(written)._to_dict() == written


def test_a_section_without_cluster_does_not_write_one() -> None:
    assert "cluster" not in DatabricksSection()._to_dict()


def test_sections_refuse_attributes_they_do_not_have() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'num_worker'\. Did you mean 'num_workers'"):
        DatabricksCluster().num_worker = 1  # type: ignore[attr-defined]
    with pytest.raises(UserErrorException, match="DatabricksCluster"):
        DatabricksSection().cluster = "c"
