"""Late facts and corrected ones are told from the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.kernel.clock import SHANGHAI
from services.timeline.marks import corrected, late
from services.timeline.projections.person_timeline import Item

START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


def item(number: int, name: str, *, happened: float = 0, recorded: float = 0, **data: str) -> Item:
    """A fact; `happened` and `recorded` in days from the start."""
    times = START + timedelta(days=happened), START + timedelta(days=recorded)
    return Item(str(number), name, *times, "s", (1, number), "stream", dict(data))


def test_a_change_corrects_its_own_notice_and_no_other() -> None:
    first = item(1, "ReleaseNoticeReceived", notice_no="A")
    other = item(2, "ReleaseNoticeReceived", notice_no="B")
    change = item(3, "ReleaseDateChanged", recorded=1, notice_no="A")
    assert corrected([first, other, change]) == {"1": "3"}


def test_a_fact_is_corrected_by_the_first_correction() -> None:
    facts = [item(number, "ReleaseDateChanged", recorded=number, notice_no="A") for number in (1, 2, 3)]
    assert corrected(facts) == {"1": "2", "2": "3"}


def test_only_what_was_known_before_is_corrected() -> None:
    undone = item(1, "ReportInvalidated", handover_id="h")
    again = item(2, "PersonReported", recorded=1, handover_id="h")
    assert corrected([again, undone]) == {}


def test_late_is_a_day_after_it_happened_and_behind_something_newer() -> None:
    known = item(1, "ContactMade", happened=5, recorded=5)
    released = item(2, "PersonReleased", happened=3, recorded=6)
    soon = item(3, "ContactMade", happened=4.5, recorded=5.2)
    assert late([released, known, soon]) == {"2"}


def test_the_first_thing_known_is_never_late() -> None:
    assert late([item(1, "ReleaseNoticeReceived", happened=0, recorded=9)]) == frozenset()


def test_what_was_recorded_at_one_instant_is_not_late_because_of_each_other() -> None:
    assert (
        late([item(1, "PersonRegistered", happened=9, recorded=9), item(2, "PersonReleased", recorded=9)])
        == frozenset()
    )
