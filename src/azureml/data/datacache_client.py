"""The module of the old SDK's cache client: there are no caches, and so nothing in it but names it shared."""

from azureml.core.authentication import ServicePrincipalAuthentication as ServicePrincipalAuthentication
from azureml.data.azure_storage_datastore import AzureBlobDatastore as AzureBlobDatastore
from azureml.data.file_dataset import FileDataset as FileDataset
from azureml.exceptions import UserErrorException as UserErrorException
