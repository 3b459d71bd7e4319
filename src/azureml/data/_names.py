"""Names of ports and datasets: the rules (contracts §2), and names that nobody chose."""

import re
import warnings

from azureml.exceptions import UserErrorException
from stepworks.ids import new_hex

_DATASET_NAME = re.compile(r"[a-zA-Z_]\w*", re.ASCII)
_TROUBLE = frozenset(
    {"path", "home", "user", "shell", "term", "lang", "pwd", "logname", "ld_library_path", "pythonpath"}
)


class GeneratedName(str):
    """A name that nobody chose, new each time a script runs.

    A step puts a name in its place that is the same in every build, else nothing that uses one would ever be reused.
    """

    __slots__ = ()


def generated(prefix: str, digits: int = 8) -> GeneratedName:
    """`prefix` and hexadecimal digits."""
    return GeneratedName(prefix + new_hex(digits))


def dataset_name(name: str, what: str) -> str:
    """The name of a dataset input or output, which becomes an environment variable of the step.

    Raises UserErrorException for other than letters, digits and '_', or a digit at the beginning; only warns about
    names that hide a variable programs rely on.
    """
    if not isinstance(name, str) or not _DATASET_NAME.fullmatch(name):
        raise UserErrorException(
            f"{name!r} cannot be the name of {what}: letters, digits and '_', not beginning with a digit. "
            "It becomes an environment variable of the step."
        )
    if name.lower() in _TROUBLE:
        warnings.warn(
            f"The name '{name}' of {what} is also that of an environment variable; choose another.", stacklevel=3
        )
    return name
