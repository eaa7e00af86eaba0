from __future__ import annotations

from datetime import date

from services.reference.calendar import load_calendar
from services.reference.policy import load_policy
from services.timeline.domain.notice_quality import Notice, Quality, by_centre

LEAD = load_policy().term("notice.local_before_release")
PLANNED = date(2026, 4, 10)


def notice(centre: str, received: date, *, planned: date | None = PLANNED, corrected: bool = False) -> Notice:
    return Notice(centre, received, planned, corrected)


def test_notices_are_counted_by_centre_and_in_time_thirty_days_before() -> None:
    told = [
        notice("C1", date(2026, 3, 11)),
        notice("C1", date(2026, 3, 12), corrected=True),
        notice("C1", date(2026, 3, 12), planned=None),
        notice("C2", date(2026, 3, 1)),
    ]
    found = by_centre(told, LEAD, load_calendar())
    assert found == {"C1": Quality(1, 2, 1, 1, 1), "C2": Quality(1, 1, 0, 0, 0)}
