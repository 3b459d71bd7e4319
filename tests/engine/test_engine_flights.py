"""Single flight."""

from stepworks.engine.flights import Flights


class Who:
    """Somebody who is compared by identity."""


A, B, C = Who(), Who(), Who()


def test_nobody_waits_for_nobody() -> None:
    assert not Flights[Who]().join("k", A)


def test_those_who_wait_get_what_the_leader_brings() -> None:
    flights = Flights[Who]()
    flights.lead("k", A)
    assert flights.join("k", B)
    assert flights.join("k", C)
    assert flights.land("k", A) == (B, C)
    assert len(flights) == 0


def test_when_the_leader_fails_the_next_one_leads() -> None:
    flights = Flights[Who]()
    flights.lead("k", A)
    flights.join("k", B)
    flights.join("k", C)
    assert flights.leave("k", A) is B
    assert not flights.join("k", B)
    assert flights.land("k", B) == (C,)


def test_one_who_waits_may_leave() -> None:
    flights = Flights[Who]()
    flights.lead("k", A)
    flights.join("k", B)
    assert flights.leave("k", B) is None
    assert flights.land("k", A) == ()


def test_the_last_one_to_leave_ends_the_flight() -> None:
    flights = Flights[Who]()
    flights.lead("k", A)
    assert flights.leave("k", A) is None
    assert len(flights) == 0


def test_one_who_runs_beside_the_leader_lands_nobody() -> None:
    flights = Flights[Who]()
    flights.lead("k", A)
    flights.lead("k", B)
    flights.join("k", C)
    assert flights.land("k", B) == ()
    assert flights.land("k", A) == (C,)


def test_keys_are_apart() -> None:
    flights = Flights[Who]()
    flights.lead("k", A)
    assert not flights.join("l", B)
    assert flights.leave("l", B) is None
