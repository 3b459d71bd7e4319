"""Which server a workspace is on: the one of the run that this script is a step of, one named by address, or the
local one, which is started if none runs."""

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from azureml.core._config import WorkspaceConfig

if TYPE_CHECKING:
    from stepworks.client.api import Client

DEFAULT_WORKSPACE = "default"

_RUN_VARIABLES = ("AZUREML_RUN_ID", "AZUREML_RUN_TOKEN", "AZUREML_SERVICE_ENDPOINT", "AZUREML_ARM_WORKSPACE_NAME")
_told: list[str] = []


def in_a_run(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process is a step or a submitted script (contracts §7)."""
    return all(environ.get(name) for name in _RUN_VARIABLES)


def run_client() -> "Client":
    """The client of the run this process belongs to."""
    from stepworks.connect import remote_client

    return remote_client(os.environ["AZUREML_SERVICE_ENDPOINT"], os.environ["AZUREML_RUN_TOKEN"])


def client_for(config: WorkspaceConfig) -> "Client":
    """The client of the server that a configuration means."""
    from azureml.exceptions import UserErrorException
    from stepworks import connect
    from stepworks.errors import InvalidInput

    if config.url is not None:
        try:
            return connect.remote_client(config.url, config.token)
        except InvalidInput as e:
            raise UserErrorException(f"The url in {config.path or 'the configuration'} cannot be used: {e}") from e
    if in_a_run() and config.workspace_name == os.environ["AZUREML_ARM_WORKSPACE_NAME"]:
        return run_client()
    return connect.local_client()


def default_config() -> WorkspaceConfig:
    """The workspace of a script that has no configuration: its run's, or the user's own, with one notice."""
    if in_a_run():
        return WorkspaceConfig(
            workspace_name=os.environ["AZUREML_ARM_WORKSPACE_NAME"],
            subscription_id=os.environ.get("AZUREML_ARM_SUBSCRIPTION", ""),
            resource_group=os.environ.get("AZUREML_ARM_RESOURCEGROUP", ""),
        )
    if not _told:
        from stepworks.home import Home

        _told.append(DEFAULT_WORKSPACE)
        home = Home.default(os.environ).root
        sys.stderr.write(f"No config.json found: using the local workspace '{DEFAULT_WORKSPACE}' in {home}.\n")
    return WorkspaceConfig(workspace_name=DEFAULT_WORKSPACE)
