"""Datastores of a Databricks file system."""

from typing import TYPE_CHECKING

from azureml.data import constants
from azureml.data.abstract_datastore import AbstractDatastore as AbstractDatastore

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace


class DBFSDatastore(AbstractDatastore):
    """The file system of a Databricks workspace."""

    def __init__(self, workspace: "Workspace", name: str) -> None:
        super().__init__(workspace, name, constants.DBFS)
