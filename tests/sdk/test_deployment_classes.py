"""Deployments, images and links are declared and configured, and say what to use instead."""

import inspect
import logging
from pathlib import Path
from typing import Any

import pytest

from azureml.core.image import ContainerImage, Image
from azureml.core.image.image import Asset
from azureml.core.linked_service import (
    LinkedService,
    LinkedServiceConfiguration,
    SynapseWorkspaceLinkedServiceConfiguration,
)
from azureml.core.private_endpoint import PrivateEndPoint, PrivateEndPointConfig
from azureml.core.profile import ModelProfile
from azureml.core.resource_configuration import ResourceConfiguration
from azureml.core.util import NewLoggingLevel
from azureml.core.webservice import AciWebservice, AksEndpoint, AksWebservice, LocalWebservice, Webservice
from azureml.core.webservice.webservice import AutoScaler, ContainerResourceRequirements
from azureml.exceptions import UserErrorException, WebserviceException

WS: Any = None


def test_published_code_that_looks_first_finds_nothing_and_is_told_when_it_deploys() -> None:
    with pytest.raises(WebserviceException, match="WebserviceNotFound: there is no web service 'svc'"):
        Webservice(WS, name="svc")
    with pytest.raises(NotImplementedError, match=r"^Webservice\.deploy_from_model isn't available here"):
        AciWebservice.deploy_from_model(WS, "svc", [], None)
    assert Webservice.list(WS) == []


@pytest.mark.parametrize("kind", [AciWebservice, AksWebservice, AksEndpoint])
def test_a_service_that_is_not_there_is_told(kind: Any) -> None:
    with pytest.raises(WebserviceException, match="WebserviceNotFound"):
        kind(WS, "svc")


def test_a_local_service_takes_its_own_parameter() -> None:
    with pytest.raises(WebserviceException, match="WebserviceNotFound"):
        LocalWebservice(WS, "svc", must_exist=False)


def test_configurations_keep_what_they_are_given() -> None:
    aci = AciWebservice.deploy_configuration(cpu_cores=1, memory_gb=2, tags={"a": "b"}, auth_enabled=True)
    assert (aci.cpu_cores, aci.memory_gb, aci.tags, aci.auth_enabled) == (1, 2, {"a": "b"}, True)
    aks = AksWebservice.deploy_configuration(autoscale_enabled=True, gpu_cores=1, blobfuse_enabled=False)
    assert (aks.autoscale_enabled, aks.gpu_cores, aks.blobfuse_enabled) == (True, 1, False)
    endpoint = AksEndpoint.deploy_configuration(version_name="v", traffic_percentile=20, num_replicas=2)
    assert (endpoint.version_name, endpoint.traffic_percentile, endpoint.num_replicas) == ("v", 20, 2)
    assert LocalWebservice.deploy_configuration(port=6789).port == 6789


@pytest.mark.parametrize(
    ("configure", "given", "message"),
    [
        (AciWebservice, {"cpu_cores": 0}, "cpu_cores is 0"),
        (AciWebservice, {"ssl_enabled": True}, "ssl_cname"),
        (AciWebservice, {"vnet_name": "v"}, "subnet_name"),
        (AciWebservice, {"primary_key": "k"}, "go together"),
        (AksWebservice, {"auth_enabled": True, "token_auth_enabled": True}, "not both"),
        (AksWebservice, {"autoscale_enabled": True, "num_replicas": 2}, "num_replicas"),
        (AksWebservice, {"memory_gb": -1}, "memory_gb is -1"),
        (AksEndpoint, {"traffic_percentile": 120}, "0 to 100"),
        (LocalWebservice, {"port": 0}, "port is 0"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(configure: Any, given: dict[str, Any], message: str) -> None:
    with pytest.raises(WebserviceException, match=message):
        configure.deploy_configuration(**given)


def test_keys_of_a_service_are_printed_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    configuration = AciWebservice.deploy_configuration(cpu_cores=1, primary_key="hidden", secondary_key="hidden")
    configuration.print_deploy_configuration()
    printed = capsys.readouterr().out
    assert '"cpu_cores": 1' in printed
    assert "hidden" not in printed + repr(configuration)


def test_values_are_written_in_camel_case_and_read_back() -> None:
    needs = ContainerResourceRequirements(1, 2.5, gpu=1)
    assert needs.serialize() == {"cpu": 1, "memoryInGB": 2.5, "gpu": 1, "cpuLimit": None, "memoryInGBLimit": None}
    for value in (needs, AutoScaler(True, 3, 1, 10, 70), Asset("i", "m", True, "u")):
        assert type(value).deserialize(value.serialize()) == value
    assert AutoScaler.deserialize(None) is None


def test_images_are_not_built(tmp_path: Path) -> None:
    with pytest.raises(WebserviceException, match="ImageNotFound"):
        Image(WS, name="i")
    assert Image.list(WS) == []
    script = tmp_path / "score.py"
    script.write_text("")
    configuration = ContainerImage.image_configuration(str(script), "python", conda_file="c.yml")
    assert (configuration.execution_script_path, configuration.conda_file) == (str(script), "c.yml")
    with pytest.raises(NotImplementedError, match=r"Image\.create isn't available"):
        ContainerImage.create(WS, "i", [], configuration)
    with pytest.raises(WebserviceException, match="no scoring script"):
        ContainerImage.image_configuration(str(tmp_path / "gone.py"), "python")
    with pytest.raises(WebserviceException, match="runtime is 'cobol'"):
        ContainerImage.image_configuration(str(script), "cobol")


def test_profiles_links_and_private_endpoints_are_not_kept() -> None:
    with pytest.raises(WebserviceException, match="ModelProfileNotFound"):
        ModelProfile(WS, "p")
    assert LinkedService.list(WS) == []
    with pytest.raises(NotImplementedError, match="SynapseCompute"):
        LinkedService.get(WS, "l")
    with pytest.raises(UserErrorException, match="SynapseWorkspace"):
        LinkedServiceConfiguration()
    with pytest.raises(UserErrorException, match="resource_group"):
        SynapseWorkspaceLinkedServiceConfiguration("s", "", "n")
    assert SynapseWorkspaceLinkedServiceConfiguration("s", "g", "n").name == "n"
    with pytest.raises(NotImplementedError, match="network"):
        PrivateEndPoint().delete()
    assert PrivateEndPointConfig("n", "v").vnet_name == "v"


def test_what_is_not_available_keeps_its_published_parameters() -> None:
    parameters = inspect.signature(AksEndpoint.create_version).parameters
    assert list(parameters)[:3] == ["self", "version_name", "autoscale_enabled"]


def test_a_resource_configuration_checks_its_numbers() -> None:
    needs = ResourceConfiguration(cpu=1, memory_in_gb=0.5)
    assert ResourceConfiguration.deserialize(needs.serialize()) == needs
    assert ResourceConfiguration.deserialize(None) is None
    with pytest.raises(WebserviceException, match="gpu is 0"):
        ResourceConfiguration(gpu=0)


def test_a_logging_level_lasts_for_the_block() -> None:
    logger = logging.getLogger("stepworks.test.level")
    logger.setLevel(logging.INFO)
    with NewLoggingLevel("stepworks.test.level", logging.ERROR):
        assert logger.level == logging.ERROR
    assert logger.level == logging.INFO
