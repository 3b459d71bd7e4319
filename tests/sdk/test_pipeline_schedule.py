"""Recurrences and schedules: what is checked, what is said (contracts §1.7, §15)."""

from datetime import UTC, datetime

import pytest
from tests.sdk.doubles import WorkspaceDouble

from azureml.pipeline.core import Schedule, ScheduleRecurrence, TimeZone


@pytest.fixture
def workspace(tmp_path):
    return WorkspaceDouble(tmp_path)


def test_a_time_of_day_is_hours_and_minutes():
    made = ScheduleRecurrence("Day", 1, time_of_day="9:05")
    assert (made.hours, made.minutes) == ([9], [5])


@pytest.mark.parametrize("time", ["9", "9:5", "25:00", "12:60", "noon", 9])
def test_another_time_of_day_is_refused_at_once(time):
    with pytest.raises(ValueError, match="h:mm"):
        ScheduleRecurrence("Day", 1, time_of_day=time)


def test_a_time_of_day_does_not_go_with_hours():
    with pytest.raises(ValueError, match="not both"):
        ScheduleRecurrence("Day", 1, hours=[1], time_of_day="1:00")


def test_a_start_without_a_zone_is_in_utc_and_a_datetime_is_written_as_text():
    made = ScheduleRecurrence("Hour", 1, start_time=datetime(2020, 1, 2, 3, 4, 5))
    assert (made.start_time, made.time_zone) == ("2020-01-02T03:04:05", TimeZone.UTC)
    assert ScheduleRecurrence("Hour", 1).time_zone is None
    with pytest.raises(ValueError, match="without a zone"):
        ScheduleRecurrence("Hour", 1, start_time=datetime(2020, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"frequency": "Year"}, "Minute, Hour, Day, Week, Month"),
        ({"interval": 0}, "1 or more"),
        ({"interval": True}, "1 or more"),
        ({"hours": [24]}, "0 to 23"),
        ({"minutes": [60]}, "0 to 59"),
        ({"frequency": "Hour", "hours": [1]}, "Day or Week"),
        ({"week_days": ["Monday"]}, "frequency Week"),
        ({"frequency": "Week", "week_days": ["Lundi"]}, "week_days"),
        ({"time_zone": "UTC"}, "member of TimeZone"),
    ],
)
def test_the_rest_is_checked_by_validate(given, problem):
    made = ScheduleRecurrence(**{"frequency": "Day", "interval": 1} | given)
    with pytest.raises(ValueError, match=problem):
        made.validate()


def test_every_mistake_is_named_at_once():
    with pytest.raises(ValueError, match=r"frequency is 'Year'.*interval is 0"):
        ScheduleRecurrence("Year", 0).validate()


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (ScheduleRecurrence("Minute", 15), "Runs every 15 Minutes"),
        (ScheduleRecurrence("Day", 1), "Runs every Day"),
        (
            ScheduleRecurrence("Week", 2, hours=[1, 14], minutes=[0], week_days=["Monday"]),
            "Runs at 1:00, 14:00 on Monday every 2 Weeks",
        ),
    ],
)
def test_a_recurrence_in_words(made, text):
    made.validate()
    assert str(made) == text


def test_a_schedule_in_words(workspace):
    made = Schedule(workspace, "i", "n", "d", "p", "Active", ScheduleRecurrence("Day", 1), None, None, None, None, None)
    assert str(made) == (
        "Schedule(Name: n,\nId: i,\nStatus: Active,\nPipeline Id: p,\nPipeline Endpoint Id: None,\n"
        "Recurrence Details: Runs every Day)"
    )
    watching = Schedule(workspace, "i", "n", "d", "p", "Active", None, "store", 5, None, None, "in")
    assert "Datastore: store,\nPath on Datastore: in" in str(watching)


def test_creating_checks_first_and_then_says_what_to_do_instead(workspace):
    store = workspace.datastore()
    create = (workspace, "n", "p", "e")
    for given, problem in (
        ({}, "needs a recurrence, or a datastore"),
        ({"recurrence": ScheduleRecurrence("Day", 1), "datastore": store}, "either a recurrence or a datastore"),
        ({"recurrence": ScheduleRecurrence("Day", 0)}, "1 or more"),
        ({"datastore": workspace.datastore("workspacefilestore")}, "blob datastore"),
        ({"datastore": store, "polling_interval": 0}, "polling_interval"),
        ({"datastore": store, "status": "Asleep"}, "Active or Disabled"),
    ):
        with pytest.raises(ValueError, match=problem):
            Schedule.create(*create, **given)
    for given in ({"recurrence": ScheduleRecurrence("Day", 1), "status": "Disabled"}, {"datastore": store}):
        with pytest.raises(NotImplementedError, match=r"Experiment\.submit"):
            Schedule.create(*create, **given)
    assert Schedule.list(workspace) == []


def test_zones_have_the_names_that_windows_gives_them():
    assert len(TimeZone) == 131
    assert TimeZone.WEuropeStandardTime.value == "W. Europe Standard Time"
