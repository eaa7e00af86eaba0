"""Quiet hours and how often somebody may try (specification §3.5, 民法典1033)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from services.kernel.errors import InvalidInput
from services.reference.contact_limits import (
    IN_ALL,
    PER_DAY,
    PER_WEEK,
    Contact,
    Kind,
    contact_limits,
    in_vain,
    read_quiet_hours,
)
from services.reference.policy import load_policy
from services.reference.terms import SHANGHAI

LIMITS = contact_limits(load_policy())


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def on(day: str, kind: Kind = "IN_VAIN") -> Contact:
    return Contact(at(f"{day}T10:00"), kind)


@pytest.mark.parametrize(
    ("instant", "allowed"),
    [
        ("2026-03-02T20:59", "2026-03-02T20:59"),
        ("2026-03-02T21:00", "2026-03-03T08:00"),
        ("2026-03-03T00:00", "2026-03-03T08:00"),
        ("2026-03-03T07:59", "2026-03-03T08:00"),
        ("2026-03-03T08:00", "2026-03-03T08:00"),
        ("2026-02-28T23:00", "2026-03-01T08:00"),
    ],
)
def test_nothing_is_announced_between_nine_in_the_evening_and_eight_in_the_morning(instant: str, allowed: str) -> None:
    assert LIMITS.quiet.next_allowed(at(instant)) == at(allowed)


def test_quiet_hours_within_one_day_end_the_same_day() -> None:
    noon = read_quiet_hours("12:00-14:00")
    assert noon.next_allowed(at("2026-03-02T13:00")) == at("2026-03-02T14:00")
    assert noon.next_allowed(at("2026-03-02T15:00")) == at("2026-03-02T15:00")


@pytest.mark.parametrize("text", ["", "21:00", "21-08h", "25:00-08:00"])
def test_unreadable_quiet_hours_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_quiet_hours(text)


@pytest.mark.parametrize(
    ("contacts", "broken"),
    [
        ([], None),
        ([on("2026-03-09")], PER_DAY),
        ([on("2026-03-09", "TALKED")], PER_DAY),
        ([on("2026-03-09", "MET")], PER_DAY),
        ([on("2026-03-08"), on("2026-03-05")], None),
        ([on("2026-03-03"), on("2026-03-05"), on("2026-03-08")], PER_WEEK),
        ([on("2026-03-02"), on("2026-03-05"), on("2026-03-08")], None),
        ([on("2026-03-10"), on("2026-03-11"), on("2026-03-12")], PER_WEEK),
        ([on("2026-03-06"), on("2026-03-12"), on("2026-03-15")], None),
        ([on("2026-03-06"), on("2026-03-08"), on("2026-03-12")], PER_WEEK),
        ([on("2026-03-03"), on("2026-03-04"), on("2026-03-10")], None),
        ([on("2026-03-05", "REPORTED"), on("2026-03-06"), on("2026-03-08")], None),
        ([on("2026-03-03", "MET"), on("2026-03-05"), on("2026-03-08")], None),
    ],
)
def test_one_attempt_a_day_three_in_seven_days_none_beside_a_contact(contacts: list[Contact], broken: str) -> None:
    assert LIMITS.broken(date(2026, 3, 9), contacts, voluntary=False) == broken


def test_a_voluntary_person_who_was_not_reached_three_times_is_left_alone() -> None:
    contacts = [on("2026-01-02"), on("2026-01-12"), on("2026-01-22")]
    assert LIMITS.broken(date(2026, 3, 9), contacts, voluntary=True) == IN_ALL
    assert LIMITS.broken(date(2026, 3, 9), contacts, voluntary=False) is None
    assert LIMITS.next_attempt(at("2026-03-09T09:00"), contacts, voluntary=True) is None


def test_whoever_was_reached_in_between_is_counted_anew() -> None:
    assert in_vain([on("2026-01-02"), on("2026-01-03"), on("2026-01-05", "TALKED"), on("2026-01-09")]) == 1


def test_the_next_attempt_waits_for_the_day_the_week_and_the_morning() -> None:
    week = [on("2026-03-03"), on("2026-03-05"), on("2026-03-08")]
    assert LIMITS.next_attempt(at("2026-03-08T22:00"), [], voluntary=False) == at("2026-03-09T08:00")
    assert LIMITS.next_attempt(at("2026-03-08T12:00"), [on("2026-03-08")], voluntary=False) == at("2026-03-09T08:00")
    assert LIMITS.next_attempt(at("2026-03-08T12:00"), week, voluntary=False) == at("2026-03-10T08:00")
