"""Timers that come due: each acts once or is ignored with a reason (specification §3.4.1-3, -9)."""

from __future__ import annotations

from collections.abc import Sequence

from services.handover.domain import timers
from services.handover.domain.evolve import evolve
from services.handover.domain.follow import followed
from services.handover.domain.guards import holds
from services.handover.domain.ladder import compressed
from services.handover.domain.move import Asked
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.steps import ignored, moved, nothing
from services.handover.domain.transitions import run
from services.handover.domain.words import Context, Input, Step, TimerKey


def decide_due(saga: Saga, due: Sequence[Timer], context: Context) -> list[tuple[Timer, Step]]:
    """A step for each timer that is due now, in order of due instant and table; lower rungs are compressed.

    One that an earlier one moved beyond now is left out: it stays armed under its number and will come due.
    """
    ordered = sorted(due, key=lambda timer: (timer.due_at, timer.ordinal))
    armed = ((timer, timers.armed(saga, key_of(timer))) for timer in ordered)
    skipped = compressed(timer for timer, known in armed if known and known.due_at <= context.now)
    steps: list[tuple[Timer, Step]] = []
    for timer in ordered:
        known = timers.armed(saga, key_of(timer))
        if known and known.due_at > context.now:
            continue
        step = fire(saga, input_of(timer, context), context, skipped)
        saga = evolve(saga, step)
        steps.append((timer, step))
    return steps


def fire(saga: Saga | None, given: Input, context: Context, skipped: frozenset[str] = frozenset()) -> Step:
    """The step of one firing. `skipped`: names of rungs that a higher one makes needless now."""
    timer = timers.armed(saga, given.timer) if saga and given.timer else None
    if saga is None or timer is None:
        return nothing(saga, "ignored", _why_not_armed(saga, given))
    if context.now < timer.due_at:
        return nothing(saga, "ignored", "NOT_DUE")
    consumed = timers.consume(saga, timer.name)
    if timer.name in skipped:
        return ignored(saga, consumed, "COMPRESSED")
    return _acted(saga, consumed, given, timer, context)


def key_of(timer: Timer) -> TimerKey:
    """What tells this firing from every other."""
    return TimerKey(timer.name, timer.deadline_rev, timer.occurrence)


def input_of(timer: Timer, context: Context) -> Input:
    """The input that a due timer is."""
    number = f"{timer.name}/{timer.deadline_rev}/{timer.occurrence}"
    return Input(timer.name, number, timer.due_at, context.now, timer=key_of(timer))


def _acted(saga: Saga, consumed: Saga, given: Input, timer: Timer, context: Context) -> Step:
    rules = context.table.rules.get((saga.state, timer.name), ())
    asked = Asked(consumed, given, context, timer)
    rule = next((one for one in rules if holds(one.guard, asked)), None)
    if rule is None:
        return ignored(saga, consumed, "GUARD" if rules else "NO_RULE")
    return moved(saga, followed([run(rule, consumed, given, context, timer)]))


def _why_not_armed(saga: Saga | None, given: Input) -> str:
    moved_on = saga and given.timer and saga.deadline_rev != given.timer.deadline_rev
    return "OLD_REVISION" if moved_on else "STOPPED"
