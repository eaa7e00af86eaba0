"""Arming, stopping, firing and carrying of timers (specification §3.4.1-6, -9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from services.handover.domain.due import first_due, next_due
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.table import ALL
from services.handover.domain.words import Context, TimerKey

CARRIED = frozenset({"T_ROUTE", "T_ACCEPT_REMIND", "T_ACCEPT", "T_ACCEPT_DISTRICT", "T_ASSIGN", "T_ONBOARD", "T_HOLD"})
BEFORE_ACCEPTANCE = frozenset({"NOTICED", "OFFERED"})


def stop(saga: Saga, names: Iterable[str]) -> Saga:
    """The saga without these armed timers; ALL stops every one."""
    gone = set(names)
    kept = {} if ALL in gone else {name: timer for name, timer in saga.timers.items() if name not in gone}
    return replace(saga, timers=kept)


def start(saga: Saga, name: str, context: Context, now: datetime) -> Saga:
    """Arm it, or move its due instant; the number grows only if the last one fired in this revision."""
    timer = first_due(saga, context.table.timers[name], now, context)
    return _armed(_started(saga, name, now), timer)


def repeat(saga: Saga, name: str, context: Context, fired_at: datetime) -> Saga:
    """Arm the next occurrence after its own firing."""
    rule = context.table.timers[name]
    timer = next_due(saga, rule, fired_at, context) if rule.again else first_due(saga, rule, fired_at, context)
    return _armed(_started(saga, name, fired_at), timer)


def consume(saga: Saga, name: str) -> Saga:
    """It came due: it is armed no more and its number is used up, whether it acted or not."""
    kept = {armed: timer for armed, timer in saga.timers.items() if armed != name}
    return replace(saga, timers=kept, fired=_with(saga.fired, name), fired_here=_with(saga.fired_here, name))


def armed(saga: Saga, key: TimerKey) -> Timer | None:
    """The armed timer of exactly that key."""
    timer = saga.timers.get(key.name)
    same = timer and (timer.deadline_rev, timer.occurrence) == (key.deadline_rev, key.occurrence)
    return timer if same else None


def firing_instant(timer: Timer, now: datetime) -> datetime:
    """When it counts as fired: at its due instant, or now if the hub comes a day or more too late."""
    return timer.due_at if now.astimezone(timer.due_at.tzinfo).date() == timer.due_at.date() else now


def recompute(before: Saga, after: Saga, context: Context, now: datetime) -> tuple[Saga, bool]:
    """Arm the state's timers in a new revision if anything that dates them changed; says whether it did."""
    if before.state == after.state and not _dates_changed(before, after, context, now):
        return after, False
    return new_revision(after, context, now), True


def new_revision(saga: Saga, context: Context, now: datetime) -> Saga:
    """The next revision: carried timers keep due instant and number, the state's list is armed anew."""
    fresh = forget_revision(saga)
    carried = {n: replace(t, deadline_rev=fresh.deadline_rev) for n, t in saga.timers.items() if n in CARRIED}
    numbers = {name: timer.occurrence for name, timer in carried.items()}
    fresh = replace(fresh, timers=carried, numbers=numbers)
    for name in _wanted(fresh, context):
        if name not in carried and not (name in CARRIED and name in fresh.fired_here):
            fresh = _arm_first(fresh, name, context, now)
    return fresh


def forget_revision(saga: Saga) -> Saga:
    """The next revision with nothing armed, raised or fired in it."""
    return replace(
        saga,
        deadline_rev=saga.deadline_rev + 1,
        timers={},
        numbers={},
        fired=(),
        raised=(),
        stood_down=False,
        standing=None,
        draft_withheld=False,
    )


def _wanted(saga: Saga, context: Context) -> tuple[str, ...]:
    listed = context.table.recompute.get(saga.state, ())
    still_to_accept = saga.place.assignment != "ACCEPTED" and saga.state not in BEFORE_ACCEPTANCE
    return (*listed, "T_ASSIGN") if still_to_accept else listed


def _arm_first(saga: Saga, name: str, context: Context, now: datetime) -> Saga:
    started = saga.started.get(name, now)
    known = _started(saga, name, started)
    return _armed(known, first_due(known, context.table.timers[name], started, context))


def _dates_changed(before: Saga, after: Saga, context: Context, now: datetime) -> bool:
    seen = (before.track, before.clock_start, before.rung_clock)
    if seen != (after.track, after.clock_start, after.rung_clock):
        return True
    listed = context.table.recompute.get(after.state, ())
    return any(_due(before, name, context, now) != _due(after, name, context, now) for name in listed)


def _due(saga: Saga, name: str, context: Context, now: datetime) -> datetime | None:
    timer = first_due(saga, context.table.timers[name], saga.started.get(name, now), context)
    return timer.due_at if timer else None


def _armed(saga: Saga, timer: Timer | None) -> Saga:
    if timer is None:
        return saga
    number = saga.numbers.get(timer.name, 1) + (timer.name in saga.fired)
    known = replace(timer, occurrence=number)
    return replace(
        saga,
        timers={**saga.timers, timer.name: known},
        numbers={**saga.numbers, timer.name: number},
        fired=tuple(name for name in saga.fired if name != timer.name),
        fired_here=tuple(name for name in saga.fired_here if name != timer.name),
    )


def _started(saga: Saga, name: str, now: datetime) -> Saga:
    return replace(saga, started={**saga.started, name: now})


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else tuple(sorted((*names, name)))
