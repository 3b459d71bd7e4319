"""A dozen of the random rounds of `tests.crash.rounds`."""

import pytest
from tests.crash.rounds import play_many


@pytest.mark.timeout(900)
@pytest.mark.slow
def test_whatever_is_killed_no_run_is_lost_doubled_or_left_running():
    summary = play_many(12, seed=7, within=1.0)
    assert summary.problems == []
    assert summary.rounds == 12
