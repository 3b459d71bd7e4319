"""What a user asks a step's environment to be. A value: nothing here looks at a disk, an index or an interpreter."""

from collections.abc import Mapping
from typing import Any

import msgspec

from stepworks.hashing import ContentId, content_hash


class EnvironmentSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An environment as the user declared it (contracts §19); it travels inside the graph document.

    `name` and `version` are labels. `python_version` is text as conda writes it ("3.8", "3.8.13", ">=3.9") or None
    for the version that runs the server. `pip` has requirement lines, `conda` conda's match specifications without
    `python` and `pip`, `pip_options` options such as `--extra-index-url=…`, one each. With `user_managed` the
    packages are the user's own affair: the interpreter is `interpreter_path`, or the one that runs the server.
    `docker`, `spark` and `r` are kept as they were given: containers may use them, other kinds record them.
    """

    name: str | None = None
    version: str | None = None
    python_version: str | None = None
    pip: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    pip_options: tuple[str, ...] = ()
    variables: Mapping[str, str] = {}
    user_managed: bool = False
    interpreter_path: str | None = None
    docker: dict[str, Any] | None = None
    spark: dict[str, Any] | None = None
    r: dict[str, Any] | None = None


def packages_identity(spec: EnvironmentSpec) -> ContentId:
    """The identity of what has to be installed: labels, variables and recorded sections are not in it."""
    return content_hash(
        "environment-packages/1",
        spec.python_version,
        spec.pip,
        spec.conda,
        spec.channels,
        spec.pip_options,
        spec.user_managed,
        spec.interpreter_path,
    )
