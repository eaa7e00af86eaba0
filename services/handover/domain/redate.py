"""Armed alarms dated anew when the calendar learns a year (specification §2.7, §3.4.1-6).

No rule of the table runs, so the revision does not grow and DeadlinesRecomputed is not said: an alarm moves within its
revision and keeps its number. What the law counts against the person moves to later only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from services.handover.domain.clocks import deadline_of, settled
from services.handover.domain.due import first_due, next_due
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.steps import changed
from services.handover.domain.words import Context, Step
from services.reference.calendar import PROVISIONAL
from services.reference.terms import day_of

AGAINST_THE_PERSON: Final = frozenset({"T_DEADLINE", "T_SIGN", "T_VOL_CLOSE"})


def redated(saga: Saga, context: Context) -> Step | None:
    """The step that brings deadline and alarms up to the calendar of the context; None where nothing moves."""
    known = settled(saga, context)
    timers = {name: _again(saga, known, timer, context) for name, timer in saga.timers.items()}
    after = replace(known, timers=timers)
    return changed(saga, after, "folded") if after != saga else None


def _again(before: Saga, after: Saga, timer: Timer, context: Context) -> Timer:
    """The alarm by the same dating that gave it its due instant; as it was where that cannot be told."""
    started = before.started.get(timer.name)
    if started is None or timer.calendar_version == context.calendar.version_for(day_of(timer.due_at)):
        return timer
    rule = context.table.timers[timer.name]
    then = replace(context, calendar=context.calendar.as_of(timer.calendar_version))
    # a fact between learning and now may have moved the deadline, but not the alarm
    for known in (before, replace(before, deadline=deadline_of(before, then))):
        for dated in (first_due, next_due):
            was, now = dated(known, rule, started, then), dated(after, rule, started, context)
            if was and now and was.due_at == timer.due_at:
                return _moved(timer, now)
    return timer


def _moved(timer: Timer, now: Timer) -> Timer:
    if now.due_at < timer.due_at and timer.name in AGAINST_THE_PERSON:
        return timer
    if now.due_at == timer.due_at and not timer.calendar_version.endswith(PROVISIONAL):
        return timer
    return replace(timer, due_at=now.due_at, calendar_version=now.calendar_version)
