"""What one transaction does to one saga: its events, outward messages, steps, row and alarms, in that order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.base import Event
from schemas.progress import CompensationPlanned
from services.handover import alarms, recalls, saga_store, statutory
from services.handover.desk import Desk
from services.handover.domain.decide import evolve
from services.handover.domain.emits import timer_facts
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.words import Input, Step
from services.handover.saga_store import Held, StepRow
from services.kernel import telemetry
from services.kernel.db import Connection
from services.kernel.store import Cause, Draft


@dataclass(frozen=True, slots=True)
class Taken:
    """One input, what the table made of it, and the saga after.

    `record`: the input's own event, where the saga's stream is its place; `timer`: the alarm that the input is.
    """

    given: Input
    step: Step
    after: Saga
    record: Event | None = None
    timer: Timer | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The saga after, and the ids of its new events in order."""

    saga: Saga
    event_ids: tuple[str, ...]


def taken(saga: Saga | None, given: Input, step: Step, record: Event | None = None) -> Taken:
    """A fact or command with the saga that it leads to."""
    return Taken(given, step, evolve(saga, step), record)


async def write(desk: Desk, db: Connection, held: Held | None, done: Sequence[Taken]) -> Written:
    """Write everything about one saga. `held`: as it was read, None for one that opens; `done` is not empty.

    Raises RetryTransaction or WrongVersion where somebody else was faster.
    """
    saga, now, known = done[-1].after, desk.clock.now(), held.written if held else 0
    drafts = [draft for one in done for draft in _drafts(one, now)]
    event_ids = await _append(desk, db, saga, known, drafts)
    for one in done:
        for message in one.step.outward:
            await statutory.send(desk, db, one.after, message, _caused(one))
        for plan in (event for event in one.step.emits if isinstance(event, CompensationPlanned)):
            await recalls.issue(desk, db, one.after, plan, _caused(one))
    steps = [_row(one) for one in done if one.step.patch]
    await saga_store.save(db, held, Held(saga, known + len(drafts)), steps, now)
    await alarms.settle(desk, db, held.saga if held else None, [(one.step, one.after) for one in done])
    return Written(saga, event_ids)


def said(saga: Saga, given: Input) -> Cause:
    """By whom a record was sent, in which capacity, for which handover."""
    by = given.by
    return Cause(
        correlation_id=saga.handover_id,
        actor_ref=by.actor if by else None,
        capacity=(by.capacity or by.role) if by else None,
        policy_version=saga.policy_version,
        traceparent=telemetry.traceparent(),
    )


def _caused(one: Taken) -> Cause:
    return Cause(
        correlation_id=one.after.handover_id,
        causation_id=one.given.id,
        policy_version=one.after.policy_version,
        traceparent=telemetry.traceparent(),
    )


async def _append(desk: Desk, db: Connection, saga: Saga, written: int, drafts: list[Draft]) -> tuple[str, ...]:
    if not drafts:
        return ()
    stored = await desk.store.append(db, f"handover-{saga.handover_id}", saga.person_ref, written, drafts)
    return tuple(one.event_id for one in stored)


def _drafts(one: Taken, now: datetime) -> Iterator[Draft]:
    """The record itself at its business time, or the alarm; then what the hub says about it now, and new alarms."""
    if one.record is not None:
        yield Draft(one.record, one.given.at, said(one.after, one.given), one.given.id)
    caused = _caused(one)
    for event in (*_came_due(one), *one.step.emits, *timer_facts("TimerScheduled", one.after, one.step.armed)):
        yield Draft(event, now, caused)


def _came_due(one: Taken) -> tuple[Event, ...]:
    if one.timer is None:
        return ()
    if one.step.outcome == "ignored":
        return timer_facts("TimerIgnored", one.after, [one.timer], one.step.reason)
    return timer_facts("TimerFired", one.after, [one.timer])


def _row(one: Taken) -> StepRow:
    step = one.step
    return StepRow(one.after.steps, one.given.id, one.given.name, " ".join(step.rules), step.outcome, step.patch)
