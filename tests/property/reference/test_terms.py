from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from services.reference.calendar import load_calendar
from services.reference.terms import DAY_KINDS, Duration, Term

CN = load_calendar()
DAYS = st.dates(date(2023, 6, 1), date(2028, 6, 1))
NUMBERS = st.integers(min_value=0, max_value=60)


@given(DAYS, NUMBERS, st.sampled_from(sorted(DAY_KINDS)))
def test_a_longer_term_never_ends_earlier(day: date, number: int, kind: str) -> None:
    shorter, longer = (Term(Duration(days=n), kind) for n in (number, number + 1))  # type: ignore[arg-type]
    assert day <= shorter.after(day, CN) <= longer.after(day, CN)


@given(DAYS, NUMBERS)
def test_counting_working_days_back_returns(day: date, number: int) -> None:
    start = CN.roll_forward(day)
    assert CN.add_working(CN.add_working(start, number), -number) == start


@given(DAYS, NUMBERS)
def test_a_person_never_gets_less_than_the_plain_days(day: date, number: int) -> None:
    plain = Term(Duration(days=number)).after(day, CN)
    assert Term(Duration(days=number), "calendar_roll_forward").after(day, CN) >= plain
    assert Term(Duration(days=number), "earlier_of_both").after(day, CN) <= plain
