"""Deadlines around holidays, make-up workdays, 29 February and unknown years (specification §2.7, G-8)."""

from __future__ import annotations

from datetime import date

import pytest

from services.handover import views
from tests.unit.handover.world import World, at

KNOWN = "CN:2024.1,2025.1,2026.1"
UNKNOWN = f"{KNOWN}+provisional"


def report_deadline(released: str, served: str | None = None) -> tuple[date, str, str]:
    """Last day, instant of T_DEADLINE and calendar version, as the API shows them."""
    start = served or released
    world = World(start).noticed("ORDER", planned=released).ordered(start).offered().accepted().released(released)
    shown = next(one for one in views.whole(world.known, world.now)["timers"] if one["name"] == "T_DEADLINE")
    assert shown["policy_key"] == "report.deadline.ordered"
    assert world.known.deadline is not None
    return world.known.deadline, shown["due_at"], shown["calendar_version"]


def test_g8_the_fifteenth_day_is_a_sunday_and_rolls_to_monday() -> None:
    last, due, version = report_deadline("2026-02-14", served="2026-02-10")
    assert (last, due, version) == (date(2026, 3, 2), "2026-03-03T00:00:00+08:00", KNOWN)


def test_g8_the_fifteenth_day_is_a_make_up_saturday_and_stays() -> None:
    last, due, version = report_deadline("2026-02-13", served="2026-02-10")
    assert (last, due, version) == (date(2026, 2, 28), "2026-03-01T00:00:00+08:00", KNOWN)


@pytest.mark.parametrize(
    ("released", "last", "version"),
    [
        ("2026-02-01", date(2026, 2, 24), KNOWN),  # the 15th day is 除夕; the first working day is ten days later
        ("2026-02-08", date(2026, 2, 24), KNOWN),  # the last day of Spring Festival
        ("2026-09-16", date(2026, 10, 8), KNOWN),  # National Day
        ("2026-09-25", date(2026, 10, 10), KNOWN),  # Saturday 10 October is worked
        ("2026-09-05", date(2026, 9, 20), KNOWN),  # Sunday 20 September is worked
        ("2024-02-14", date(2024, 2, 29), KNOWN),
        ("2026-12-17", date(2027, 1, 1), UNKNOWN),  # New Year's Day counts as a Friday while the year is unknown
        ("2028-02-14", date(2028, 2, 29), UNKNOWN),
        ("2028-02-04", date(2028, 2, 21), UNKNOWN),  # a Saturday rolls even then
    ],
)
def test_the_last_day_to_report(released: str, last: date, version: str) -> None:
    found = report_deadline(released)
    assert (found[0], found[2]) == (last, version)


def test_an_agencys_two_working_days_count_the_make_up_saturday_and_leap_over_the_festival() -> None:
    world = World("2026-02-13").noticed(planned="2026-06-01").offered()
    accept = world.known.timers["T_ACCEPT"]
    assert (accept.due_at, accept.policy_key, accept.calendar_version) == (
        at("2026-02-25T00:00"),  # 24:00 of the 24th: the 14th is the first working day, the 24th the second
        "accept.within",
        KNOWN,
    )


def test_the_grace_after_the_deadline_is_a_working_day() -> None:
    world = World("2026-09-16").ordered_waiting("2026-09-16").until("2026-10-09")
    assert world.known.timers["T_SIGN"].due_at == at("2026-10-10T00:00")
