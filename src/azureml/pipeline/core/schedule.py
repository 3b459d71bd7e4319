"""Schedules: `ScheduleRecurrence` says when, `Schedule` what is run (contracts §15). This version checks schedules, and
does not run them yet."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from azureml._unsupported import unsupported
from azureml.core.datastore import Datastore as Datastore
from azureml.core.experiment import Experiment as Experiment
from azureml.pipeline.core._published import PublishedPipeline as PublishedPipeline
from azureml.pipeline.core._time_zone import TimeZone as TimeZone

if TYPE_CHECKING:
    from azureml.core.workspace import Workspace
    from azureml.pipeline.core.run import PipelineRun

_WHAT = "Scheduling a pipeline"
_INSTEAD = "Experiment.submit, started by a scheduler of your machine such as cron"

_FREQUENCIES = ("Minute", "Hour", "Day", "Week", "Month")
_WEEK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIME_OF_DAY = re.compile(r"(\d{1,2}):(\d{2})")
_BLOB_TYPES = frozenset({"AzureBlob", "Local"})


class ScheduleRecurrence:
    """When a schedule runs: every `interval` minutes, hours, days, weeks or months, from `start_time` on.

    `time_of_day` is "h:mm" or "hh:mm"; or `hours` and `minutes` are lists. Raises ValueError at once for a
    `time_of_day` that is none or that comes with hours or minutes, and for a datetime with a zone; the rest is
    checked by `validate`, which creating a schedule calls.
    """

    def __init__(
        self,
        frequency: str,
        interval: int,
        start_time: "str | datetime | None" = None,
        time_zone: TimeZone | None = None,
        hours: Sequence[int] | None = None,
        minutes: Sequence[int] | None = None,
        week_days: Sequence[str] | None = None,
        time_of_day: str | None = None,
    ) -> None:
        self.frequency = frequency
        self.interval = interval
        self.start_time = _started(start_time)
        self.time_zone = TimeZone.UTC if start_time is not None and time_zone is None else time_zone
        self.hours = hours
        self.minutes = minutes
        self.week_days = week_days
        if time_of_day is not None:
            if hours is not None or minutes is not None:
                raise ValueError("A recurrence has either time_of_day, or hours and minutes, not both.")
            hour, minute = _time(time_of_day)
            self.hours, self.minutes = [hour], [minute]

    def validate(self) -> None:
        """Raise ValueError for what cannot be: every mistake is named."""
        wrong = list(self._mistakes())
        if wrong:
            raise ValueError(" ".join(wrong))

    def _mistakes(self) -> Sequence[str]:
        found: list[str] = []
        if self.frequency not in _FREQUENCIES:
            found.append(f"frequency is {self.frequency!r}; use one of {', '.join(_FREQUENCIES)}.")
        if isinstance(self.interval, bool) or not isinstance(self.interval, int) or self.interval < 1:
            found.append(f"interval is {self.interval!r}; give a whole number, 1 or more.")
        if self.time_zone is not None and not isinstance(self.time_zone, TimeZone):
            found.append(f"time_zone is {self.time_zone!r}; give a member of TimeZone.")
        for name, values, limit in (("hours", self.hours, 23), ("minutes", self.minutes, 59)):
            if values is None:
                continue
            if self.frequency not in ("Day", "Week"):
                found.append(f"{name} go with the frequency Day or Week, not {self.frequency}.")
            if any(isinstance(v, bool) or not isinstance(v, int) or not 0 <= v <= limit for v in values):
                found.append(f"{name} are {list(values)}; give whole numbers from 0 to {limit}.")
        if self.week_days is not None:
            if self.frequency != "Week":
                found.append(f"week_days go with the frequency Week, not {self.frequency}.")
            if any(day not in _WEEK_DAYS for day in self.week_days):
                found.append(f"week_days are {list(self.week_days)}; use {', '.join(_WEEK_DAYS)}.")
        return found

    def __str__(self) -> str:
        parts = ["Runs"]
        if self.hours is not None or self.minutes is not None:
            times = [f"{h}:{m:02}" for h in self.hours or (0,) for m in self.minutes or (0,)]
            parts.append("at " + ", ".join(times))
        if self.week_days:
            parts.append("on " + ", ".join(self.week_days))
        every = self.frequency if self.interval == 1 else f"{self.interval} {self.frequency}s"
        parts.append(f"every {every}")
        return " ".join(parts)

    def __repr__(self) -> str:
        return f"ScheduleRecurrence({self})"


class Schedule:
    """A schedule of a published pipeline or endpoint."""

    def __init__(
        self,
        workspace: "Workspace",
        id: str,
        name: str,
        description: str | None,
        pipeline_id: str | None,
        status: str,
        recurrence: ScheduleRecurrence | None,
        datastore_name: str | None,
        polling_interval: int | None,
        data_path_parameter_name: str | None,
        continue_on_step_failure: bool | None,
        path_on_datastore: str | None,
        _schedule_provider: Any = None,
        pipeline_endpoint_id: str | None = None,
    ) -> None:
        self._workspace = workspace
        self._id = id
        self._name = name
        self._description = description
        self._pipeline_id = pipeline_id
        self._status = status
        self._recurrence = recurrence
        self._datastore_name = datastore_name
        self._polling_interval = polling_interval
        self._data_path_parameter_name = data_path_parameter_name
        self._continue_on_step_failure = continue_on_step_failure
        self._path_on_datastore = path_on_datastore
        self._pipeline_endpoint_id = pipeline_endpoint_id

    # --- facts

    @property
    def id(self) -> str:
        """Its id."""
        return self._id

    @property
    def name(self) -> str:
        """Its name."""
        return self._name

    @property
    def description(self) -> str | None:
        """What it is for."""
        return self._description

    @property
    def pipeline_id(self) -> str | None:
        """The published pipeline it runs."""
        return self._pipeline_id

    @property
    def pipeline_endpoint_id(self) -> str | None:
        """The pipeline endpoint it runs."""
        return self._pipeline_endpoint_id

    @property
    def status(self) -> str:
        """Active or Disabled."""
        return self._status

    @property
    def recurrence(self) -> ScheduleRecurrence | None:
        """When it runs; None when it watches a datastore."""
        return self._recurrence

    @property
    def datastore_name(self) -> str | None:
        """The datastore it watches."""
        return self._datastore_name

    @property
    def path_on_datastore(self) -> str | None:
        """The folder it watches."""
        return self._path_on_datastore

    @property
    def polling_interval(self) -> int | None:
        """How often it looks, in minutes."""
        return self._polling_interval

    @property
    def data_path_parameter_name(self) -> str | None:
        """The pipeline parameter that gets the changed file."""
        return self._data_path_parameter_name

    @property
    def continue_on_step_failure(self) -> bool | None:
        """Whether steps that do not depend on a failed one go on."""
        return self._continue_on_step_failure

    # --- making, finding, changing

    @staticmethod
    def create(
        workspace: "Workspace",
        name: str,
        pipeline_id: str,
        experiment_name: str,
        recurrence: ScheduleRecurrence | None = None,
        description: str | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: Any = None,
        polling_interval: int = 5,
        data_path_parameter_name: str | None = None,
        continue_on_step_failure: bool | None = None,
        path_on_datastore: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
        status: str = "Active",
    ) -> "Schedule":
        """Not there yet: checks what it is given, then raises NotImplementedError.

        `status="Disabled"` is to make an inactive schedule (contracts §1.7). Raises ValueError for what contradicts
        itself (contracts §15).
        """
        check_trigger(recurrence, datastore, polling_interval, data_path_parameter_name, path_on_datastore)
        check_status(status)
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def create_for_pipeline_endpoint(
        workspace: "Workspace",
        name: str,
        pipeline_endpoint_id: str,
        experiment_name: str,
        recurrence: ScheduleRecurrence | None = None,
        description: str | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: Any = None,
        polling_interval: int = 5,
        data_path_parameter_name: str | None = None,
        continue_on_step_failure: bool | None = None,
        path_on_datastore: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
    ) -> "Schedule":
        """Not there yet: checks what it is given, then raises NotImplementedError."""
        check_trigger(recurrence, datastore, polling_interval, data_path_parameter_name, path_on_datastore)
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def get(
        workspace: "Workspace", id: str, _workflow_provider: Any = None, _service_endpoint: str | None = None
    ) -> "Schedule":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    @staticmethod
    def list(
        workspace: "Workspace",
        active_only: bool = True,
        pipeline_id: str | None = None,
        pipeline_endpoint_id: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
    ) -> "list[Schedule]":
        """There are none yet."""
        return []

    @staticmethod
    def get_all(
        workspace: "Workspace",
        active_only: bool = True,
        pipeline_id: str | None = None,
        pipeline_endpoint_id: str | None = None,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
    ) -> "list[Schedule]":
        """There are none yet; the older name of `list`."""
        return []

    @staticmethod
    def get_schedules_for_pipeline_id(
        workspace: "Workspace", pipeline_id: str, _workflow_provider: Any = None, _service_endpoint: str | None = None
    ) -> "list[Schedule]":
        """There are none yet."""
        return []

    @staticmethod
    def get_schedules_for_pipeline_endpoint_id(
        workspace: "Workspace",
        pipeline_endpoint_id: str,
        _workflow_provider: Any = None,
        _service_endpoint: str | None = None,
    ) -> "list[Schedule]":
        """There are none yet."""
        return []

    @staticmethod
    def load_yaml(
        workspace: "Workspace", filename: str, _workflow_provider: Any = None, _service_endpoint: str | None = None
    ) -> dict[str, Any]:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported("Reading a schedule from YAML", "the arguments of Schedule.create in Python")

    def update(
        self,
        name: str | None = None,
        description: str | None = None,
        recurrence: ScheduleRecurrence | None = None,
        pipeline_parameters: Mapping[str, Any] | None = None,
        status: str | None = None,
        wait_for_provisioning: bool = False,
        wait_timeout: int = 3600,
        datastore: Any = None,
        polling_interval: int | None = None,
        data_path_parameter_name: str | None = None,
        continue_on_step_failure: bool | None = None,
        path_on_datastore: str | None = None,
    ) -> None:
        """Not there yet: checks what it is given, then raises NotImplementedError."""
        if recurrence is not None:
            recurrence.validate()
            if self._datastore_name is not None:
                raise ValueError("A schedule that watches a datastore gets no recurrence. Create another schedule.")
        if self._recurrence is not None and (datastore is not None or path_on_datastore is not None):
            raise ValueError("A schedule with a recurrence watches no datastore. Create another schedule.")
        check_status(status or "Active")
        raise unsupported(_WHAT, _INSTEAD)

    def enable(self, wait_for_provisioning: bool = False, wait_timeout: int = 3600) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def disable(self, wait_for_provisioning: bool = False, wait_timeout: int = 3600) -> None:
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def get_pipeline_runs(self) -> "list[PipelineRun]":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def get_last_pipeline_run(self) -> "PipelineRun | None":
        """Not there yet. Raises NotImplementedError."""
        raise unsupported(_WHAT, _INSTEAD)

    def __str__(self) -> str:
        facts: dict[str, Any] = {
            "Name": self._name,
            "Id": self._id,
            "Status": self._status,
            "Pipeline Id": self._pipeline_id,
            "Pipeline Endpoint Id": self._pipeline_endpoint_id,
        }
        if self._recurrence is not None:
            facts["Recurrence Details"] = self._recurrence
        else:
            facts |= {"Datastore": self._datastore_name, "Path on Datastore": self._path_on_datastore}
        return "Schedule(" + ",\n".join(f"{k}: {v}" for k, v in facts.items()) + ")"

    __repr__ = __str__


def check_trigger(
    recurrence: ScheduleRecurrence | None,
    datastore: Any,
    polling_interval: int | None,
    data_path_parameter_name: str | None,
    path_on_datastore: str | None,
) -> None:
    """Raise ValueError unless a schedule has either a good recurrence or a datastore of files."""
    if recurrence is not None:
        if datastore is not None or data_path_parameter_name is not None or path_on_datastore is not None:
            raise ValueError(
                "A schedule with a recurrence has no datastore, data_path_parameter_name or path_on_datastore. "
                "Give either a recurrence or a datastore to watch."
            )
        recurrence.validate()
        return
    if datastore is None:
        raise ValueError("A schedule needs a recurrence, or a datastore to watch.")
    if getattr(datastore, "datastore_type", None) not in _BLOB_TYPES:
        raise ValueError(f"A schedule watches a blob datastore, not {getattr(datastore, 'datastore_type', datastore)}.")
    if polling_interval is not None and polling_interval < 1:
        raise ValueError(f"polling_interval is {polling_interval!r} minutes; give 1 or more.")


def check_status(status: str) -> None:
    """Raise ValueError for other than Active and Disabled."""
    if status not in ("Active", "Disabled"):
        raise ValueError(f"A schedule's status is Active or Disabled, not {status!r}.")


def _started(start_time: "str | datetime | None") -> str | None:
    if not isinstance(start_time, datetime):
        return start_time
    if start_time.tzinfo is not None:
        raise ValueError("start_time is a datetime without a zone; say the zone with time_zone=TimeZone.….")
    return start_time.strftime("%Y-%m-%dT%H:%M:%S")


def _time(time_of_day: str) -> tuple[int, int]:
    found = _TIME_OF_DAY.fullmatch(time_of_day) if isinstance(time_of_day, str) else None
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"time_of_day is {time_of_day!r}; write it as h:mm or hh:mm.")
    return int(found[1]), int(found[2])
