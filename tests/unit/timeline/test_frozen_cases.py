"""A case without its person gives the same figures as before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product

from services.kernel.clock import SHANGHAI
from services.reference.calendar import load_calendar
from services.reference.terms import Term, parse_duration
from services.timeline.domain.cube import TRACKS, Reading, judge
from services.timeline.domain.kept_case import read, written
from services.timeline.domain.kpi_case import Case, End, Revoked, nameless

DAY = date(2026, 3, 9)
DEADLINE = DAY + timedelta(days=15)
DAYS = (None, DAY + timedelta(days=3), DEADLINE, DEADLINE + timedelta(days=5), DAY + timedelta(days=200))
CASE = Case(handover_id="01H", person_ref="01P", version=9, opened_by="01E", released=DAY, deadline=DEADLINE)


def cases() -> list[Case]:
    revoked = (None, Revoked(DAY + timedelta(days=2), DEADLINE), Revoked(DEADLINE + timedelta(days=1), DEADLINE))
    ends = (None, *(End(state, "x", day) for state in ("CLOSED_CUSTODY", "CLOSED_CANCELLED") for day in DAYS if day))
    return [
        replace(CASE, track=track, reported=reported, held=held, end=end, revoked=order, excused=excused)
        for track, reported, held, end, order, excused in product(
            (*TRACKS, "PRISON"), DAYS, DAYS, ends, revoked, (False, True)
        )
    ]


def test_every_figure_judges_a_nameless_case_as_it_judged_the_case() -> None:
    ever, calendar = Term(parse_duration("P180D")), load_calendar()
    for now in (DAY + timedelta(days=1), DEADLINE + timedelta(days=1), DAY + timedelta(days=900)):
        reading = Reading(datetime(now.year, now.month, now.day, tzinfo=SHANGHAI), ever, calendar)
        for case, track in product(cases(), TRACKS):
            assert judge(read(written(nameless(case))), track, reading) == judge(case, track, reading), (case, track)


def test_a_nameless_case_says_neither_who_nor_on_which_day_they_came_in_time() -> None:
    first, second = (
        replace(CASE, person_ref=who, reported=DAY + timedelta(days=day)) for who, day in (("A", 1), ("B", 9))
    )
    assert nameless(first) == nameless(second)
    assert (nameless(first).handover_id, nameless(first).person_ref, nameless(first).opened_by) == ("", "", None)
