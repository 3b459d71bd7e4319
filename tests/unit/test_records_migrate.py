import pytest

from stepworks.records.migrate import HEAD, State, state_of


@pytest.mark.parametrize(
    ("tables", "stamp", "state"),
    [
        (set(), None, "empty"),
        ({"runs"}, None, "foreign"),
        ({"alembic_version"}, None, "older"),
        ({"runs", "alembic_version"}, None, "foreign"),
        ({"runs", "alembic_version"}, HEAD, "current"),
        ({"runs", "alembic_version"}, "9999", "newer"),
    ],
)
def test_what_is_to_be_done_with_a_database(tables: set[str], stamp: str | None, state: State) -> None:
    assert state_of(tables, stamp) == state
