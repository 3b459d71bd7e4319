"""The exceptions: what they print, and which classes catch them (contracts §3)."""

import importlib
import pickle
import sys
import types

import pytest

from azureml import exceptions
from azureml.exceptions import (
    ActivityFailedException,
    AuthenticationException,
    AzureMLAggregatedException,
    AzureMLException,
    ComputeTargetException,
    ParallelRunException,
    ServiceException,
    UserErrorException,
    WebserviceException,
)
from azureml.exceptions import _lookups as lookups
from azureml.exceptions._http import ErrorResponseException, HttpResponse

ALL_LOOKUPS = lookups.LookupFailed.__subclasses__()


def test_str_is_the_message_the_inner_exception_and_a_json_error() -> None:
    error = UserErrorException("no", inner_exception=ValueError("why"), target="name")
    assert str(error) == (
        "UserErrorException:\n\tMessage: no\n\tInnerException why\n\tErrorResponse \n"
        '{\n    "error": {\n        "code": "UserError",\n        "message": "no",\n        "target": "name"\n    }\n}'
    )


def test_a_nested_code_is_shown_inside_the_outer_one() -> None:
    assert '"inner_error": {\n            "code": "Authentication"' in str(AuthenticationException("no"))


def test_message_and_inner_exception_can_be_set() -> None:
    error = AzureMLException("one")
    inner = KeyError("k")
    error.message, error.inner_exception = "two", inner
    assert (error.message, error.inner_exception) == ("two", inner)
    assert "Message: two" in str(error)


def test_a_failed_activity_says_so_before_the_details() -> None:
    assert ActivityFailedException(error_details="{}").message == "Activity Failed:\n{}"


def test_an_aggregate_has_a_line_for_each() -> None:
    assert AzureMLAggregatedException(["a", UserErrorException("b")]).message == "a\nb"


def test_parallel_run_exception_refuses_an_unknown_code() -> None:
    assert ParallelRunException("m", code="Retry.Sleep", delay_seconds=3).delay_seconds == 3
    with pytest.raises(ValueError, match=r"Retry\.NoRetry"):
        ParallelRunException("m", code="again")


def test_every_exception_derives_from_the_base_directly_but_authentication() -> None:
    classes = [c for c in vars(exceptions).values() if isinstance(c, type) and c is not AzureMLException]
    indirect = {c.__name__ for c in classes if AzureMLException not in c.__bases__}
    assert indirect == {"AuthenticationException"}


@pytest.mark.parametrize("kind", ALL_LOOKUPS)
def test_a_failed_lookup_is_caught_as_each_kind_that_code_expects(kind: type[lookups.LookupFailed]) -> None:
    error = kind.of("x")
    for expected in (AzureMLException, ErrorResponseException, LookupError):
        assert isinstance(error, expected)
    assert error.response.status_code == 404
    assert str(error).startswith(f"{kind.__name__}:\n\tMessage: {error.message}\n")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (lookups.DatastoreNotFound, UserErrorException),
        (lookups.DatasetNotFound, UserErrorException),
        (lookups.ModelNotFound, WebserviceException),
        (lookups.ModelNotFound, exceptions.ModelNotFoundException),
        (lookups.ComputeTargetNotFound, ComputeTargetException),
        (lookups.WorkspaceNotFound, exceptions.WorkspaceException),
        (lookups.WorkspaceNotFound, exceptions.ProjectSystemException),
        (lookups.RunNotFound, ServiceException),
    ],
)
def test_a_failed_lookup_is_the_historic_class_too(kind: type, expected: type) -> None:
    assert issubclass(kind, expected)


def test_a_failed_lookup_names_the_closest_known_name() -> None:
    message = lookups.DatastoreNotFound.of("workspaceblobstor", known=["workspaceblobstore", "x"]).message
    assert message == "There is no datastore 'workspaceblobstor'. Did you mean 'workspaceblobstore'?"


def test_a_failed_lookup_lists_what_there_is_when_nothing_is_close() -> None:
    message = lookups.ModelNotFound.of("zzz", known=["b", "a"], workspace="ws").message
    assert message == "ModelNotFound: There is no model 'zzz' in workspace 'ws'. There are: a, b."


def test_the_compute_message_holds_the_word_that_code_searches_for() -> None:
    assert "ComputeTargetNotFound" in lookups.ComputeTargetNotFound.of("cpu").message


@pytest.fixture
def msrest(monkeypatch: pytest.MonkeyPatch) -> type[Exception]:
    """A stand-in for the library, imported by the program."""

    class HttpOperationError(Exception):
        def __init__(self, deserialize: object, response: object) -> None:
            raise AssertionError("our exceptions do not run msrest's constructor")

        def __str__(self) -> str:
            return "msrest's text"

    module = types.ModuleType("msrest.exceptions")
    module.HttpOperationError = HttpOperationError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "msrest.exceptions", module)
    return HttpOperationError


def test_a_failed_lookup_is_caught_as_msrest_error_once_msrest_is_imported(msrest: type[Exception]) -> None:
    with pytest.raises(msrest) as caught:
        raise lookups.DatastoreNotFound.of("x")
    assert isinstance(caught.value, lookups.DatastoreNotFound)
    assert type(caught.value).__name__ == "DatastoreNotFound"
    assert "There is no datastore 'x'" in str(caught.value)


def test_a_plain_error_response_is_caught_as_msrest_error_too(msrest: type[Exception]) -> None:
    error = ErrorResponseException("gone", HttpResponse(410, text='{"a": 1}'))
    assert isinstance(error, msrest)
    assert (str(error), error.response.status_code, error.response.json()) == ("gone", 410, {"a": 1})


def test_without_msrest_nothing_of_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "msrest.exceptions", raising=False)
    assert type(lookups.DatastoreNotFound.of("x")) is lookups.DatastoreNotFound
    assert "msrest.exceptions" not in sys.modules


def test_a_failed_lookup_survives_pickling(msrest: type[Exception]) -> None:
    error = lookups.RunNotFound.of("r1")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again).__name__, again.message, again.response) == ("RunNotFound", error.message, error.response)


def test_a_service_exception_has_the_facts_of_what_it_wraps() -> None:
    wrapped = ErrorResponseException("bad", HttpResponse(400))
    error = ServiceException(wrapped)
    assert (error.status_code, error.message, error.inner_exception) == (400, "bad", wrapped)


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("azureml._common.exceptions", AzureMLException),
        ("azureml._restclient.exceptions", ServiceException),
        ("azureml._restclient.models.error_response", ErrorResponseException),
        ("azureml._restclient.models", ErrorResponseException),
        ("azureml.pipeline.core._restclients.aeva.models.error_response", ErrorResponseException),
    ],
)
def test_private_paths_lead_to_the_same_classes(module: str, expected: type) -> None:
    assert getattr(importlib.import_module(module), expected.__name__) is expected
