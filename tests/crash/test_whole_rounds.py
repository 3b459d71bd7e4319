"""A dozen of the random rounds of `tests.crash.rounds`."""

from tests.crash.rounds import play_many


def test_whatever_is_killed_no_run_is_lost_doubled_or_left_running():
    summary = play_many(12, seed=7, within=1.0)
    assert summary.problems == []
    assert summary.rounds == 12
