"""Another path of the exception for a server's error answer."""

from azureml.exceptions._http import ErrorResponseException as ErrorResponseException
