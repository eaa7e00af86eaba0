"""K-01 case by case, as the row of specification §5.4 says, and its golden fixtures."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import repeat
from typing import Any, TypeAlias

import pytest

from services.kernel.clock import SHANGHAI
from services.reference.calendar import load_calendar
from services.reference.policy import load_policy
from services.timeline.domain.board import Fact
from services.timeline.domain.cube import Reading, Verdict, cell, judge, percent
from services.timeline.domain.kept_case import read, written
from services.timeline.domain.kpi_case import Case, evolve

RELEASE = datetime(2026, 3, 10, 10, 0, tzinfo=SHANGHAI)
DEADLINE = date(2026, 3, 25)
LONG_AFTER = datetime(2026, 12, 1, tzinfo=SHANGHAI)
EVER, CALENDAR = load_policy().term("kpi.ever_reported_within"), load_calendar()
OPEN, UNKNOWN, ELSEWHERE = Verdict("open"), Verdict("unknown"), Verdict("elsewhere")
ON_TIME = Verdict("counted", on_time=True, ever=True)
LATE = Verdict("counted", ever=True)
EXCUSED = Verdict("counted", ever=True, excused_late=True)
NEVER = Verdict("counted")


def excluded(reason: str) -> Verdict:
    return Verdict("excluded", reason)


class Life:
    """One handover told fact by fact; days count from the release."""

    def __init__(self, track: str = "ORDERED") -> None:
        self.case = Case(handover_id="H", person_ref="P")
        self.tell("HandoverOffered", -10, station_id="A04-S011", track=track)

    def tell(self, kind: str, days: float, /, **data: Any) -> Life:  # noqa: ANN401
        fact = Fact(kind, self.case.version + 1, RELEASE + timedelta(days=days), data)
        self.case = evolve(self.case, fact)
        return self

    def released(self, **data: Any) -> Life:  # noqa: ANN401
        known = {"released_at": RELEASE.isoformat(), "clock_start": RELEASE.isoformat(), "deadline": str(DEADLINE)}
        return self.tell("ReportWindowOpened", 0, **{**known, **data})

    def reported(self, days: float, **data: Any) -> Life:  # noqa: ANN401
        at = (RELEASE + timedelta(days=days)).isoformat()
        return self.tell("PersonReported", days, **{"at": at, "station_id": "A04-S011", **data})

    def closed(self, state: str, days: float, cause: str = "") -> Life:
        return self.tell("HandoverClosed", days, terminal_state=state, cause=cause)

    def revoked(self, days: float) -> Life:
        self.tell("TrackChanged", days, from_track="ORDERED", to_track="VOLUNTARY", cause="OrderRevoked")
        return self.tell("DeadlinesRecomputed", days, deadline="2026-03-17")

    def seen(self, track: str = "ORDERED", now: datetime = LONG_AFTER) -> Verdict:
        return judge(read(written(self.case)), track, Reading(now, EVER, CALENDAR))


def served_late() -> Life:
    life = Life("VOLUNTARY").released(deadline="2026-03-17")
    life.tell("TrackChanged", 12, from_track="VOLUNTARY", to_track="ORDERED", cause="OrderServed")
    return life.tell("DeadlinesRecomputed", 12, deadline="2026-04-07", cause="OrderServed")


def held(life: Life, days: float, reason: str = "MEDICAL") -> Life:
    return life.tell("HandoverHeld", days, reason=reason, resume_state="AWAITING_REPORT")


def known_after_report(life: Life) -> Life:
    """The report came first; the release that became known decides about it."""
    data = {"released_at": RELEASE.isoformat(), "deadline": str(DEADLINE), "cause": "PersonReleased"}
    return life.tell("HandoverProgressed", 3, **data)


CASES = {
    "in time": (Life().released().reported(5), ON_TIME),
    "on the last day": (Life().released().reported(15), ON_TIME),
    "a day late": (Life().released().reported(16), LATE),
    "on day 180": (Life().released().reported(180), LATE),
    "on day 181": (Life().released().reported(181), NEVER),
    "never": (Life().released(), NEVER),
    "after a statutory outcome": (Life().released().closed("CLOSED_AUTHORITY", 40), NEVER),
    "not released": (Life(), ELSEWHERE),
    "died before reporting": (Life().released().closed("CLOSED_DECEASED", 3), excluded("DIED")),
    "died after the window": (Life().released().closed("CLOSED_DECEASED", 90), NEVER),
    "imprisoned in the window": (Life().released().closed("CLOSED_CUSTODY", 4), excluded("CUSTODY")),
    "detained in the window": (held(Life().released(), 4, "CUSTODY"), excluded("CUSTODY")),
    "imprisoned after the window": (Life().released().closed("CLOSED_CUSTODY", 60), NEVER),
    "cancelled": (Life().released().closed("CLOSED_CANCELLED", 40, "OpsClosed"), excluded("CANCELLED")),
    "entered in error": (
        Life().released().reported(2).tell("EnteredInError", 3).closed("CLOSED_CANCELLED", 3, "EnteredInError"),
        excluded("ENTERED_IN_ERROR"),
    ),
    "moved to another city": (Life().released().closed("CLOSED_REDIRECTED", 6), excluded("REDIRECTED")),
    "order revoked in the window": (Life().released().revoked(6), excluded("ORDER_REVOKED")),
    "order revoked after the window": (Life().released().revoked(20), NEVER),
    "reported late, then revoked": (Life().released().reported(17).revoked(20), LATE),
    "order revoked, no ground left": (
        Life().released().closed("CLOSED_CANCELLED", 6, "OrderRevoked"),
        excluded("ORDER_REVOKED"),
    ),
    "late after a hold in the window": (held(Life().released(), 6).tell("HandoverResumed", 20).reported(21), EXCUSED),
    "late after a hold that came too late": (held(Life().released(), 20).reported(21), LATE),
    "late with an excuse": (Life().released().reported(17, excuse_code={"v": 1}), EXCUSED),
    "in time in spite of a hold": (held(Life().released(), 6).tell("HandoverResumed", 8).reported(9), ON_TIME),
    "reported before the release was known": (known_after_report(Life().reported(2)), ON_TIME),
    "reported, release never known": (Life().reported(2), ELSEWHERE),
    "walk-in": (known_after_report(Life().reported(1, place_kind="WALK_IN")), ON_TIME),
    "at home": (Life().released().reported(3, place_kind="HOME"), ON_TIME),
    "at another station": (Life().released().reported(3, station_id="A06-S002", place_kind="OTHER_STATION"), ON_TIME),
    "report found invalid": (Life().released().reported(3).tell("ReportInvalidated", 5), NEVER),
    "invalid, then a late one": (Life().released().reported(3).tell("ReportInvalidated", 5).reported(20), LATE),
    "order served after release": (served_late().reported(25), ON_TIME),
    "order served after release, late": (served_late().reported(29), LATE),
    "reopened by a report": (Life().released().closed("CLOSED_AUTHORITY", 40).reported(50), LATE),
    "reopened by operators": (
        Life().released().closed("CLOSED_CANCELLED", 4, "OpsClosed").tell("TimerScheduled", 5).released(),
        NEVER,
    ),
    "entered in error, then opened again": (
        Life()
        .released()
        .tell("EnteredInError", 3)
        .closed("CLOSED_CANCELLED", 3, "EnteredInError")
        .tell("OpsReopened", 4)
        .reported(6),
        ON_TIME,
    ),
    "in time after a calendar year moved the deadline": (
        Life().released().tell("TimerScheduled", 1, name="T_DEADLINE", due_at="2026-04-01T00:00:00+08:00").reported(21),
        ON_TIME,
    ),
    "late after a calendar year moved the deadline": (
        Life().released().tell("TimerScheduled", 1, name="T_DEADLINE", due_at="2026-04-01T00:00:00+08:00").reported(22),
        LATE,
    ),
    "another alarm moves no deadline": (
        Life().released().tell("TimerScheduled", 1, name="T_L4", due_at="2026-04-01T00:00:00+08:00").reported(21),
        LATE,
    ),
    "prison": (Life("PRISON").released(deadline=None), ELSEWHERE),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_ordered_case_counts_as_the_specification_says(name: str) -> None:
    life, verdict = CASES[name]
    assert life.seen() == verdict


def test_before_the_deadlines_last_midnight_a_case_is_open() -> None:
    last_evening = datetime(2026, 3, 25, 23, 59, tzinfo=SHANGHAI)
    assert Life().released().reported(5).seen(now=last_evening) == OPEN
    assert Life().released().seen(now=last_evening + timedelta(minutes=1)) == NEVER


def test_without_a_deadline_nobody_can_say() -> None:
    life = Life().released()
    life.case = evolve(
        Case(handover_id="H", person_ref="P", track="ORDERED", released=RELEASE.date()), Fact("X", 1, RELEASE, {})
    )
    assert life.seen() == UNKNOWN


def test_nobody_is_in_two_denominators() -> None:
    for name, (life, _) in CASES.items():
        counted = [track for track in ("ORDERED", "VOLUNTARY") if life.seen(track).kind in {"counted", "open"}]
        assert len(counted) <= 1, name


def test_who_stays_voluntarily_after_a_revoked_order_is_measured_by_the_target() -> None:
    assert Life().released().revoked(6).reported(7).seen("VOLUNTARY") == ON_TIME
    assert Life().released().revoked(6).reported(9).seen("VOLUNTARY") == LATE
    assert Life("VOLUNTARY").released(deadline="2026-03-17").seen("VOLUNTARY") == NEVER


Told: TypeAlias = tuple[str, dict[str, str]]
OFFER: Told = ("HandoverOffered", {"station_id": "A06-S002"})
FALSE_REPORT: Told = ("PersonReported", {"station_id": "A07-S003"})
INVALID: Told = ("ReportInvalidated", {})
ACCEPTED: Told = ("HandoverAccepted", {})
REASSIGNED: Told = ("HandoverReoffered", {"station_id": "A06-S002"})
DECLINED: Told = ("HandoverDeclined", {})
ANSWERS: dict[str, tuple[tuple[Told, ...], str]] = {
    "the first offer's district, before anybody accepts": ((), "A04-S011"),
    "the next offer's district, while nobody has accepted": ((OFFER,), "A06-S002"),
    "the old station, until the new one accepts": ((ACCEPTED, REASSIGNED), "A04-S011"),
    "the new station, once it has accepted": ((ACCEPTED, REASSIGNED, ACCEPTED), "A06-S002"),
    "the district of the one that declined": ((ACCEPTED, OFFER, DECLINED), "A06-S002"),
    "the station that registered the report": ((ACCEPTED, FALSE_REPORT), "A07-S003"),
    "the station of before a report that was none": ((ACCEPTED, FALSE_REPORT, INVALID), "A04-S011"),
    "that one, though another had been asked": ((ACCEPTED, REASSIGNED, FALSE_REPORT, INVALID), "A04-S011"),
    "the one that was asked before, once it accepts": (
        (ACCEPTED, REASSIGNED, FALSE_REPORT, INVALID, ACCEPTED),
        "A06-S002",
    ),
    "the next offer's district, after a reopening": ((ACCEPTED, ("OpsReopened", {}), OFFER), "A06-S002"),
}


@pytest.mark.parametrize("who", ANSWERS)
def test_a_case_is_where_somebody_answers_for_the_person(who: str) -> None:
    told, station = ANSWERS[who]
    life = Life().released()
    for day, (kind, data) in enumerate(told, 1):
        life.tell(kind, day, **data)
    assert read(written(life.case)).place.station == station


def cohort(on_time: int, late: int, never: int) -> list[Verdict]:
    return [*repeat(ON_TIME, on_time), *repeat(LATE, late), *repeat(NEVER, never)]


def test_g_1_the_seeds_cohort() -> None:
    found = cohort(2553, 59, 34)
    assert (cell(found, ever=False).rate, cell(found, ever=True).rate) == ("96.49", "98.72")
    assert (cell(found, ever=True).num, cell(found, ever=True).den) == (2612, 2646)


def test_g_2_the_same_without_early_intervention() -> None:
    assert cell(cohort(0, 741, 1905), ever=True).rate == "28.00"


def test_what_does_not_count_is_published_by_reason() -> None:
    found = cell([*cohort(2, 1, 1), excluded("DIED"), excluded("DIED"), OPEN, UNKNOWN, EXCUSED, ELSEWHERE], ever=True)
    assert (found.num, found.den, found.excluded, found.open, found.unknown) == (4, 5, Counter(DIED=2), 1, 1)
    assert found.excused_late == 1


@pytest.mark.parametrize(("num", "den", "said"), [(1, 3, "33.33"), (2, 3, "66.67"), (1, 800, "0.13"), (0, 5, "0.00")])
def test_percentages_round_half_up(num: int, den: int, said: str) -> None:
    assert percent(num, den) == said


def test_nobody_is_no_rate() -> None:
    assert percent(0, 0) is None
