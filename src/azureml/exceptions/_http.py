"""Failures that carry an HTTP response, in the shape that published code catches.

Such code catches `msrest.exceptions.HttpOperationError`. msrest is slow to import and often not installed, so it is
not imported here: an exception is made an instance of that class too if the program has imported it by the time the
exception is raised, which it must have to be able to name it in an `except`.
"""

import functools
import json
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from azureml.exceptions._azureml_exception import AzureMLException


class HttpResponse(NamedTuple):
    """The part of a response that handlers look at."""

    status_code: int
    text: str = ""
    reason: str = ""
    headers: Mapping[str, str] = {}

    @property
    def content(self) -> bytes:
        return self.text.encode()

    def json(self) -> Any:
        """The body, parsed; ValueError if it is not JSON."""
        return json.loads(self.text)


class ErrorResponseException(Exception):
    """The server answered with an error; `response.status_code` tells which (contracts §3)."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        return Exception.__new__(_catchable_as_msrest(cls), *args)

    def __init__(self, message: str = "", response: Any = None, error: Any = None) -> None:
        Exception.__init__(self, message)
        self.message = message
        self.response = response
        self.error = error

    def __str__(self) -> str:
        return str(self.message)

    def __reduce__(self) -> tuple[Any, ...]:
        cls = type(self)
        return getattr(cls, "_declared", cls), self.args, dict(self.__dict__)


class AzureMLRestClientException(ErrorResponseException):
    """An `ErrorResponseException` under the name that older code catches."""


class ServiceException(AzureMLRestClientException, AzureMLException):
    """The server refused a request of the SDK. `status_code`, `response` and `error` come from its answer."""

    def __init__(self, error_response_exception: Any, **kwargs: Any) -> None:
        message = getattr(error_response_exception, "message", None) or str(error_response_exception)
        inner = error_response_exception if isinstance(error_response_exception, BaseException) else None
        AzureMLException.__init__(self, message, inner_exception=kwargs.pop("inner_exception", inner), **kwargs)
        self.response: Any = getattr(error_response_exception, "response", None)
        self.error: Any = getattr(error_response_exception, "error", None)
        self.status_code: int | None = getattr(self.response, "status_code", None)
        self.details: Any = getattr(self.error, "details", None)

    def __str__(self) -> str:
        return AzureMLException.__str__(self)


def _catchable_as_msrest(cls: type[Any]) -> type[Any]:
    module = sys.modules.get("msrest.exceptions")
    base = getattr(module, "HttpOperationError", None)
    if not isinstance(base, type) or issubclass(cls, base):
        return cls
    return _joined(cls, base)


@functools.cache
def _joined(cls: Any, base: type) -> Any:
    names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "_declared": cls}
    return type(cls.__name__, (cls, base), names)
