"""Paths of the SDK that published code imports from though they are private."""

from azureml.pipeline.core._restclients.aeva.models.error_response import (
    ErrorResponseException as ErrorResponseException,
)
