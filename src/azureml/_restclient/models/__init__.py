"""Paths of the SDK that published code imports from though they are private."""

from azureml._restclient.models.error_response import ErrorResponseException as ErrorResponseException
