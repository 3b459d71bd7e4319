"""Another path of the exceptions that carry an HTTP response."""

from azureml.exceptions._http import AzureMLRestClientException as AzureMLRestClientException
from azureml.exceptions._http import ServiceException as ServiceException
