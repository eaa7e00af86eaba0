from __future__ import annotations

from datetime import date, datetime

import pytest

from services.kernel.errors import InvalidInput
from services.reference.calendar import load_calendar
from services.reference.terms import SHANGHAI, Duration, Term, day_of, instant_of, parse_duration
from tests.unit.handover.world import at

CN = load_calendar()


def test_the_start_day_is_not_counted_and_the_last_day_rolls() -> None:
    assert Term(Duration(days=15), "calendar_roll_forward").after(date(2026, 2, 14), CN) == date(2026, 3, 2)
    assert Term(Duration(days=15)).after(date(2026, 2, 14), CN) == date(2026, 3, 1)


def test_the_first_of_march_that_works_stays() -> None:
    assert Term(Duration(days=14), "calendar_roll_forward").after(date(2026, 2, 14), CN) == date(2026, 2, 28)


def test_months_are_calendar_months() -> None:
    assert Term(parse_duration("P3Y")).after(date(2024, 2, 29), CN) == date(2027, 2, 28)
    assert Term(parse_duration("P1M")).after(date(2026, 1, 31), CN) == date(2026, 2, 28)
    assert Term(parse_duration("P6M")).before(date(2026, 8, 31), CN) == date(2026, 2, 28)


def test_the_earlier_of_both_counts_binds_agencies() -> None:
    term = Term(Duration(days=3), "earlier_of_both")
    assert term.before(date(2026, 2, 25), CN) == date(2026, 2, 13)
    assert term.after(date(2026, 3, 6), CN) == date(2026, 3, 9)


def test_half_a_term_is_rounded_up_to_whole_days() -> None:
    assert Term(Duration(days=2), "working").halved() == Term(Duration(days=1), "working")
    assert Term(Duration(days=5)).halved().duration.days == 3


def test_midnight_counts_for_the_day_that_ends() -> None:
    assert instant_of(date(2026, 3, 2), "end") == at("2026-03-03T00:00")
    assert day_of(at("2026-03-03T00:00")) == date(2026, 3, 2)
    assert day_of(at("2026-03-03T00:01")) == date(2026, 3, 3)
    assert instant_of(date(2026, 3, 2), "day") == at("2026-03-02T09:00")


@pytest.mark.parametrize("text", ["", "P", "15D", "P-1D", "P1W", "PT", "PD"])
def test_other_texts_are_no_durations(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_duration(text)


def test_hours_are_kept() -> None:
    assert parse_duration("PT24H") == Duration(hours=24)
    start = datetime(2026, 1, 31, 9, 30, tzinfo=SHANGHAI)
    assert parse_duration("P1M1DT2H").behind(start) == datetime(2026, 3, 1, 11, 30, tzinfo=SHANGHAI)
    assert parse_duration("PT24H").at_most(parse_duration("P1D"))


@pytest.mark.parametrize(
    ("months", "longest", "shortest"), [(1, 31, 28), (6, 184, 181), (12, 366, 365), (36, 1096, 1095), (48, 1461, 1461)]
)
def test_a_run_of_months_is_as_long_or_as_short_as_the_calendar_can_make_it(
    months: int, longest: int, shortest: int
) -> None:
    run = Duration(months=months)
    assert [run.at_most(Duration(days=longest - less)) for less in (0, 1)] == [True, False]
    assert [Duration(days=shortest + more).at_most(run) for more in (0, 1)] == [True, False]
