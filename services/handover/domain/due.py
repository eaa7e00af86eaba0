"""When a timer is due, by the exact text of its `due` in the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.handover.domain.saga import Saga, Timer
from services.handover.domain.table import TimerRule
from services.handover.domain.words import Context
from services.reference.calendar import Calendar
from services.reference.terms import Term, TimeOfDay, day_of, instant_of


@dataclass(frozen=True, slots=True)
class Dating:
    """What a due day is computed from. `started` is the day of the last start by a rule."""

    saga: Saga
    started: date
    term: Term
    context: Context

    @property
    def calendar(self) -> Calendar:
        return self.context.calendar

    @property
    def planned(self) -> date:
        """An unknown planned release counts as the start."""
        return self.saga.planned_release or self.started

    def after(self, start: date | None) -> date | None:
        """The last day of the term after that day; None where the day is not known."""
        return self.term.after(start, self.calendar) if start else None


def _halved(dating: Dating) -> date:
    return dating.term.halved().after(dating.started, dating.calendar)


def _early(dating: Dating) -> date:
    lead = dating.context.policy.term("early.first_contact_lead").after(dating.started, dating.calendar)
    return max(lead, dating.term.before(dating.planned, dating.calendar))


def _ladder_end(dating: Dating) -> date | None:
    signed = dating.saga.statutory
    if dating.saga.state == "STATUTORY_NOTIFIED" and signed:
        return dating.after(day_of(signed.signed_at))
    return dating.after(dating.saga.rung_clock)


def _raised(dating: Dating) -> date | None:
    standing = dating.saga.standing
    return dating.after(day_of(standing.raised_at)) if standing else None


def _closing(dating: Dating) -> date | None:
    rung_clock = dating.saga.rung_clock
    return dating.after(max(dating.started, rung_clock)) if rung_clock else None


DUE: Mapping[str, Callable[[Dating], date | None]] = {
    "started + policy": lambda dating: dating.after(dating.started),
    "started + policy / 2": _halved,
    "max(started + early.first_contact_lead, planned_release - policy)": _early,
    "max(started, planned_release - policy)": lambda dating: max(
        dating.started, dating.term.before(dating.planned, dating.calendar)
    ),
    "max(started, planned_release + policy)": lambda dating: max(
        dating.started, dating.term.after(dating.planned, dating.calendar)
    ),
    "rung_clock + policy": lambda dating: dating.after(dating.saga.rung_clock),
    "rung_clock + policy; in STATUTORY_NOTIFIED signed_at + policy": _ladder_end,
    "clock_start + policy": lambda dating: dating.saga.deadline,
    "deadline + policy": lambda dating: dating.after(dating.saga.deadline),
    "max(started, rung_clock) + policy": _closing,
    "agreed_date + policy": lambda dating: dating.after(dating.saga.agreed_date),
    "raised_at + policy": _raised,
}


def first_due(saga: Saga, rule: TimerRule, started: datetime, context: Context) -> Timer | None:
    """The timer as its rule dates it, occurrence 1; None where track or facts give it no due day."""
    key = rule.key_for(saga.track)
    if key is None:
        return None
    due = DUE[rule.due](Dating(saga, day_of(started), context.policy.term(key), context))
    return _timer(saga, rule, key, due, context) if due else None


def next_due(saga: Saga, rule: TimerRule, fired_at: datetime, context: Context) -> Timer | None:
    """The repetition after a firing; None where the timer does not repeat or the track never arms it."""
    if rule.again is None or rule.key_for(saga.track) is None:
        return None
    due = context.policy.term(rule.again).after(day_of(fired_at), context.calendar)
    return _timer(saga, rule, rule.again, due, context)


def _timer(saga: Saga, rule: TimerRule, key: str, due: date, context: Context) -> Timer:
    at: TimeOfDay = "day" if rule.at == "day" else "end"
    return Timer(
        name=rule.name,
        due_at=instant_of(due, at),
        deadline_rev=saga.deadline_rev,
        occurrence=1,
        policy_key=key,
        calendar_version=context.calendar.version_for(due),
        ordinal=rule.ordinal,
    )
