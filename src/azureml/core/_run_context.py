"""Which run this process is (contracts §7, §12)."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from azureml.core import _connection
from azureml.exceptions import RunEnvironmentException

if TYPE_CHECKING:
    from azureml.core._offline_run import _OfflineRun
    from azureml.core.run import Run

_current: "dict[tuple[int, str], Run]" = {}


def current_run(allow_offline: bool, environ: Mapping[str, str] = os.environ) -> "Run | _OfflineRun":
    """The run of this process: one object a run id, an offline run outside of jobs.

    Raises RunEnvironmentException outside of jobs when `allow_offline` is False.
    """
    if not _connection.in_a_run(environ):
        if not allow_offline:
            raise RunEnvironmentException
        from azureml.core._offline_run import _OfflineRun

        return _OfflineRun()
    # A forked child must not share its parent's connection.
    key = (os.getpid(), environ["AZUREML_RUN_ID"])
    run = _current.get(key)
    if run is None:
        run = _current[key] = _make(environ)
    return run


def _make(environ: Mapping[str, str]) -> "Run":
    from azureml.core.experiment import Experiment
    from azureml.core.run import _SubmittedRun
    from azureml.core.workspace import Workspace

    workspace = Workspace._of(_connection.default_config())
    experiment = Experiment(
        workspace, environ.get("AZUREML_ARM_PROJECT_NAME", ""), _skip_name_validation=True, _create_in_cloud=False
    )
    return _SubmittedRun(experiment, environ["AZUREML_RUN_ID"], outputs="outputs")
