"""A name or id that nothing answers to.

Over the years the SDK raised different classes for it, and published code catches any of them, so each exception here
is several at once. `X.of(name, known=…)` words the message.
"""

from collections.abc import Iterable
from typing import ClassVar, Self

from azureml.exceptions._azureml_exception import (
    AzureMLException,
    ComputeTargetException,
    ModelNotFoundException,
    ProjectSystemException,
    UserErrorException,
    WebserviceException,
    WorkspaceException,
)
from azureml.exceptions._http import ErrorResponseException, HttpResponse, ServiceException


class LookupFailed(ErrorResponseException, AzureMLException, LookupError):
    """Nothing of that name or id. `response.status_code` is 404."""

    noun: ClassVar[str] = "object"
    prefix: ClassVar[str] = ""  # a word that handlers search the message for

    def __init__(self, exception_message: str, inner_exception: BaseException | None = None) -> None:
        AzureMLException.__init__(self, exception_message, inner_exception=inner_exception)
        self.response = HttpResponse(404, text=exception_message, reason="Not Found")
        self.error = None
        self.status_code = 404
        self.found_multiple = False

    def __str__(self) -> str:
        return AzureMLException.__str__(self)

    @classmethod
    def of(
        cls,
        name: str,
        *,
        known: Iterable[str] = (),
        workspace: str | None = None,
        inner_exception: BaseException | None = None,
    ) -> Self:
        """The exception for `name`, with the closest of the `known` names if one is close."""
        import difflib

        where = f" in workspace '{workspace}'" if workspace else ""
        message = f"{cls.prefix}There is no {cls.noun} '{name}'{where}."
        names = sorted(known)
        close = difflib.get_close_matches(name, names, n=1)
        if close:
            message += f" Did you mean '{close[0]}'?"
        elif names:
            message += f" There are: {', '.join(names[:20])}{', …' if len(names) > 20 else ''}."
        return cls(message, inner_exception)


class DatastoreNotFound(LookupFailed, UserErrorException):
    """Caught as UserErrorException, or as msrest's HttpOperationError in code before 2021."""

    noun = "datastore"


class DatasetNotFound(LookupFailed, UserErrorException):
    """No dataset of that name, id or version."""

    noun = "dataset"


class EnvironmentNotFound(LookupFailed, UserErrorException):
    """No environment of that name, version or label."""

    noun = "environment"


class ComputeTargetNotFound(LookupFailed, ComputeTargetException):
    """The message holds "ComputeTargetNotFound", by which published code tells it from other failures."""

    noun = "compute target"
    prefix = "ComputeTargetNotFound: "


class ModelNotFound(LookupFailed, ModelNotFoundException, WebserviceException):
    """No model of that name, id or version."""

    noun = "model"
    prefix = "ModelNotFound: "


class ExperimentNotFound(LookupFailed, UserErrorException, ServiceException):
    """No experiment of that name or id."""

    noun = "experiment"


class RunNotFound(LookupFailed, UserErrorException, ServiceException):
    """No run of that id."""

    noun = "run"


class WorkspaceNotFound(LookupFailed, ProjectSystemException, WorkspaceException, UserErrorException):
    """No workspace of that name."""

    noun = "workspace"


class SecretNotFound(LookupFailed, UserErrorException, ServiceException):
    """No secret of that name in the key vault."""

    noun = "secret"


class PublishedPipelineNotFound(LookupFailed, UserErrorException):
    """No published pipeline of that id or name."""

    noun = "published pipeline"


class PipelineEndpointNotFound(LookupFailed, UserErrorException):
    """No pipeline endpoint of that id or name."""

    noun = "pipeline endpoint"


class ScheduleNotFound(LookupFailed, UserErrorException):
    """No schedule of that id."""

    noun = "schedule"


class PipelineDraftNotFound(LookupFailed, UserErrorException):
    """No pipeline draft of that id."""

    noun = "pipeline draft"


class ModuleNotFound(LookupFailed, UserErrorException):
    """No module of that name, id or version."""

    noun = "module"
