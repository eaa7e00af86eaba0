"""One handover as the figures see it: a fold of its public facts that never fails (specification §5.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, TypeAlias

from services.reference.terms import SHANGHAI, date_of, day_of
from services.timeline.domain.board import Fact
from services.timeline.domain.kpi_place import NOWHERE, Place, accepted, offered, unassigned

UNTRACKED: Final = "VOLUNTARY"
"""What a handover is until an order or a prison's notice says otherwise (§3.4.1-5)."""


@dataclass(frozen=True, slots=True)
class End:
    """How it ended, why, and on which day."""

    state: str
    cause: str
    on: date


@dataclass(frozen=True, slots=True)
class Revoked:
    """An order that was revoked: on which day, and the deadline that it had set."""

    on: date
    deadline: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One handover of one person. Days are of Asia/Shanghai.

    `opened_by`: the fact that opened it; `held`: the first hold after release; `excused`: the report gave an excuse;
    `error`: it was entered in error; `place`: who answers now; `before_report`: who did before the report.
    """

    handover_id: str
    person_ref: str
    version: int = 0
    opened_by: str | None = None
    track: str = UNTRACKED
    place: Place = NOWHERE
    before_report: Place | None = None
    released: date | None = None
    deadline: date | None = None
    reported: date | None = None
    held: date | None = None
    hold: str | None = None
    excused: bool = False
    end: End | None = None
    revoked: Revoked | None = None
    error: bool = False


Change: TypeAlias = Callable[[Case, Fact], Case]


def evolve(case: Case, fact: Fact) -> Case:
    """The case after a fact. A fact that was seen before changes nothing."""
    if fact.version <= case.version:
        return case
    change = CHANGES.get(fact.name)
    return replace(change(case, fact) if change else case, version=fact.version)


def nameless(case: Case) -> Case:
    """What figures look at, of nobody: a day within the window becomes the last day of the window.

    Under a revoked order two windows count, and days stay as they are.
    """

    def within(on: date | None) -> date | None:
        if on is None or case.deadline is None or case.revoked:
            return on
        return max(on, case.deadline)

    end = replace(case.end, on=within(case.end.on) or case.end.on) if case.end else None
    return replace(
        case,
        handover_id="",
        person_ref="",
        version=0,
        opened_by=None,
        before_report=None,
        reported=within(case.reported),
        held=within(case.held),
        end=end,
    )


def day(value: object) -> date | None:
    """A day or an instant of a payload, as a day; None where there is none."""
    if not isinstance(value, str):
        return None
    found = datetime.fromisoformat(value)
    return date_of(found) if found.tzinfo else found.replace(tzinfo=SHANGHAI).date()


def _offered(case: Case, fact: Fact) -> Case:
    place = offered(case.place, fact.data.get("station_id"))
    return replace(case, track=fact.data.get("track") or case.track, place=place)


def _accepted(case: Case, fact: Fact) -> Case:
    return replace(case, place=accepted(case.place, fact.data.get("station_id")))


def _declined(case: Case, _fact: Fact) -> Case:
    return replace(case, place=unassigned(case.place))


def _window_opened(case: Case, fact: Fact) -> Case:
    """Facts of before 2026-12 do not say when the release was; the clock starts with it or with the order."""
    released = day(fact.data.get("released_at")) or case.released or day(fact.data.get("clock_start"))
    deadline = day(fact.data.get("deadline"))
    uncounted = "PRISON" if deadline is None else case.track
    return replace(case, released=released or date_of(fact.time), deadline=deadline, track=uncounted, hold=None)


def _progressed(case: Case, fact: Fact) -> Case:
    """A release that became known after the report decides about it."""
    if fact.data.get("cause") != "PersonReleased":
        return case
    released = day(fact.data.get("released_at")) or date_of(fact.time)
    return replace(case, released=case.released or released, deadline=day(fact.data.get("deadline")) or case.deadline)


def _recomputed(case: Case, fact: Fact) -> Case:
    return replace(case, deadline=day(fact.data.get("deadline")) or case.deadline)


def _reported(case: Case, fact: Fact) -> Case:
    """The first report counts; one that opens an ended handover again ends its end."""
    if case.reported:
        return case
    reported = day(fact.data.get("at")) or date_of(fact.time)
    excused = fact.data.get("excuse_code") is not None
    found = replace(_accepted(case, fact), before_report=case.place)
    return replace(found, reported=reported, excused=excused, end=None, hold=None)


def _invalidated(case: Case, _fact: Fact) -> Case:
    """The report gives back who answered before it."""
    return replace(case, reported=None, excused=False, place=case.before_report or case.place, before_report=None)


def _held(case: Case, fact: Fact) -> Case:
    since = case.held or date_of(fact.time)
    return replace(case, hold=str(fact.data.get("reason") or ""), held=since if case.released else None)


def _track_changed(case: Case, fact: Fact) -> Case:
    left = fact.data.get("from_track") == "ORDERED"
    revoked = Revoked(date_of(fact.time), case.deadline) if left else None
    return replace(case, track=fact.data.get("to_track") or case.track, revoked=revoked)


def _closed(case: Case, fact: Fact) -> Case:
    """An order that is revoked without any other ground ends the handover and is no order any more."""
    end = End(str(fact.data.get("terminal_state") or ""), str(fact.data.get("cause") or ""), date_of(fact.time))
    by_revocation = end.cause == "OrderRevoked" and case.revoked is None
    revoked = Revoked(end.on, case.deadline) if by_revocation else case.revoked
    return replace(case, end=end, revoked=revoked, error=case.error or end.cause == "EnteredInError")


def _scheduled(case: Case, fact: Fact) -> Case:
    """Nothing is armed once a handover has ended: an alarm means that it was opened again.

    A calendar year that becomes known moves the report deadline by its alarm alone.
    """
    due = fact.data.get("due_at") if fact.data.get("name") == "T_DEADLINE" else None
    deadline = day_of(datetime.fromisoformat(due)) if isinstance(due, str) else case.deadline
    return replace(case, end=None, deadline=deadline)


def _reopened(case: Case, _fact: Fact) -> Case:
    """It goes on, so it was no error; routing starts anew."""
    return replace(case, end=None, error=False, place=unassigned(case.place), before_report=None)


CHANGES: Final[Mapping[str, Change]] = {
    "HandoverOffered": _offered,
    "HandoverReoffered": _offered,
    "HandoverAccepted": _accepted,
    "HandoverDeclined": _declined,
    "DistrictAssigned": _accepted,
    "ReportWindowOpened": _window_opened,
    "HandoverProgressed": _progressed,
    "DeadlinesRecomputed": _recomputed,
    "PersonReported": _reported,
    "ReportInvalidated": _invalidated,
    "HandoverHeld": _held,
    "HandoverResumed": lambda case, _: replace(case, hold=None),
    "TrackChanged": _track_changed,
    "HandoverClosed": _closed,
    "EnteredInError": lambda case, _: replace(case, error=True),
    "OpsReopened": _reopened,
    "HandoverReturned": _reopened,
    "TimerScheduled": _scheduled,
}
