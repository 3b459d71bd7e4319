"""Another path of the base exception."""

from azureml.exceptions._azureml_exception import AzureMLAggregatedException as AzureMLAggregatedException
from azureml.exceptions._azureml_exception import AzureMLException as AzureMLException
