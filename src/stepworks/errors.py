"""One tree of errors; a class for each thing that a caller may want to catch.

    StepworksError
    ├── InvalidInput (ValueError)      what was given cannot be used, and how to mend it
    │   ├── InvalidGraph               all problems of a pipeline at once
    │   └── UnsafePath                 a path that leads out of its folder
    ├── NotFound (LookupError)         run, workspace, dataset … of that name or id
    │   └── ObjectMissing              bytes that a content address names are not there
    ├── Conflict                       exists already, or is in a state that does not allow it
    │   └── LeaseLost                  an attempt was given to another; this one may change nothing any more
    ├── NotAllowed (PermissionError)   no token, a wrong one, or a role that is too small
    ├── Unavailable (ConnectionError)  the server does not answer
    ├── CorruptRecords                 the database cannot be read
    ├── EnvironmentFailed              an environment could not be made; names the package
    └── DataMissing (LookupError)      input data of a step is not there

Every message says what, which, and what to do.
"""

from collections.abc import Sequence


class StepworksError(Exception):
    """Base of all errors raised by stepworks. `code` is stable and travels over REST."""

    code = "Error"
    http_status = 500

    def __init__(self, message: str, *, target: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.target = target
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}" if self.remedy else self.message


class InvalidInput(StepworksError, ValueError):
    """What was given cannot be used."""

    code = "InvalidInput"
    http_status = 400


class InvalidGraph(InvalidInput):
    """A pipeline that cannot run; `problems` has every reason, not only the first."""

    code = "InvalidGraph"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "The pipeline has a problem" if count == 1 else f"The pipeline has {count} problems"
        super().__init__(f"{head}:\n" + "\n".join(f"  - {p}" for p in self.problems))


class UnsafePath(InvalidInput):
    """A path that leads out of the folder it belongs to."""

    code = "UnsafePath"


class NotFound(StepworksError, LookupError):
    """Nothing of that name or id."""

    code = "NotFound"
    http_status = 404


class ObjectMissing(NotFound):
    """The bytes that a content address names are not in the object store."""

    code = "ObjectMissing"


class Conflict(StepworksError):
    """Exists already, or is in a state that does not allow the request."""

    code = "Conflict"
    http_status = 409


class LeaseLost(Conflict):
    """The attempt was given to another agent; what this one reports is not accepted any more."""

    code = "LeaseLost"


class NotAllowed(StepworksError, PermissionError):
    """No token, a wrong one, or one that may not do this."""

    code = "NotAllowed"
    http_status = 401


class Unavailable(StepworksError, ConnectionError):
    """The server does not answer."""

    code = "Unavailable"
    http_status = 503


class CorruptRecords(StepworksError):
    """The database cannot be read."""

    code = "CorruptRecords"


class EnvironmentFailed(StepworksError):
    """An environment could not be made; the message names the package."""

    code = "EnvironmentFailed"
    http_status = 422


class DataMissing(StepworksError, LookupError):
    """Input data of a step is not there."""

    code = "DataMissing"
    http_status = 422
