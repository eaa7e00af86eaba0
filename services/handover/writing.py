"""What one transaction does to one saga: its events, outward messages, steps, row and alarms, in that order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.base import Event
from schemas.timers import TimerScheduled
from services.handover import saga_store, statutory
from services.handover.desk import Desk
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.words import CHANGING, Input, Step
from services.handover.saga_store import Held, StepRow
from services.kernel import deadlines, telemetry
from services.kernel.db import Connection
from services.kernel.deadlines import Deadline
from services.kernel.store import Cause, Draft

ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Taken:
    """One input and what the table made of it. `record`: the input's own event, where the saga's stream is its place."""

    given: Input
    step: Step
    record: Event | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The saga after, and the ids of its new events in order."""

    saga: Saga
    event_ids: tuple[str, ...]


async def write(desk: Desk, db: Connection, held: Held | None, taken: Sequence[Taken]) -> Written:
    """Write everything about one saga. `held`: as it was read, None for one that opens.

    Raises RetryTransaction or WrongVersion where somebody else was faster.
    """
    saga = _after(held, taken)
    now = desk.clock.now()
    drafts = [draft for one in taken for draft in _drafts(desk, saga, one, now)]
    event_ids = await _append(desk, db, saga, held.written if held else 0, drafts)
    await statutory.send(desk, db, taken, saga)
    rows = [_row(one) for one in taken if one.step.outcome in CHANGING or one.step.emits]
    steps = held.steps if held else 0
    if rows:
        await saga_store.add_steps(db, saga.handover_id, steps, rows, now)
    written = (held.written if held else 0) + len(drafts)
    await saga_store.save(db, held, Held(saga, steps + len(rows), written), now)
    await _set_alarms(desk, db, saga.handover_id, taken)
    return Written(saga, event_ids)


def _after(held: Held | None, taken: Sequence[Taken]) -> Saga:
    known = [one.step.after for one in taken if one.step.after]
    if known:
        return known[-1]
    if held is None:
        raise ValueError("没有可写的衔接 nothing to write")
    return held.saga


async def _append(desk: Desk, db: Connection, saga: Saga, written: int, drafts: list[Draft]) -> tuple[str, ...]:
    if not drafts:
        return ()
    stored = await desk.store.append(db, f"handover-{saga.handover_id}", saga.person_ref, written, drafts)
    return tuple(one.event_id for one in stored)


def _drafts(desk: Desk, saga: Saga, one: Taken, now: datetime) -> Iterator[Draft]:
    """The record itself at its business time, then what the hub says about it now."""
    policy = desk.policy.version
    trace = telemetry.traceparent()
    if one.record is not None:
        by = one.given.by
        said = Cause(
            correlation_id=saga.handover_id,
            actor_ref=by.actor if by else None,
            capacity=(by.capacity or by.role) if by else None,
            policy_version=policy,
            traceparent=trace,
        )
        yield Draft(one.record, one.given.at, said, one.given.id)
    caused = Cause(
        correlation_id=saga.handover_id, causation_id=one.given.id, policy_version=policy, traceparent=trace
    )
    for event in (*one.step.emits, *_scheduled(saga, one.step)):
        yield Draft(event, now, caused)


def _scheduled(saga: Saga, step: Step) -> Iterator[Event]:
    """Every armed alarm as a fact, unless the step says so itself."""
    if any(isinstance(event, TimerScheduled) for event in step.emits):
        return
    for timer in step.armed:
        yield TimerScheduled(
            person_ref=saga.person_ref,
            handover_id=saga.handover_id,
            timer=timer.name,
            due_at=timer.due_at,
            deadline_rev=timer.deadline_rev,
            occurrence=timer.occurrence,
            policy_key=timer.policy_key,
            calendar_version=timer.calendar_version,
        )


def _row(one: Taken) -> StepRow:
    step = one.step
    return StepRow(one.given.id, one.given.name, " ".join(step.rules), step.outcome, dict(step.patch))


async def _set_alarms(desk: Desk, db: Connection, saga_id: str, taken: Sequence[Taken]) -> None:
    """Stop first, then arm; of several inputs the last word about an alarm counts."""
    stopped: dict[str, None] = {}
    armed: dict[tuple[str, int, int], Timer] = {}
    for one in taken:
        for name in one.step.stopped:
            stopped[name] = None
            armed = {key: timer for key, timer in armed.items() if name not in {ALL, key[0]}}
        armed |= {(timer.name, timer.deadline_rev, timer.occurrence): timer for timer in one.step.armed}
    if stopped:
        await deadlines.stop(db, saga_id, None if ALL in stopped else stopped)
    if armed:
        await deadlines.arm(db, [_deadline(saga_id, timer) for timer in armed.values()])
        desk.armed()


def _deadline(saga_id: str, timer: Timer) -> Deadline:
    return Deadline(
        saga_id=saga_id,
        name=timer.name,
        deadline_rev=timer.deadline_rev,
        occurrence=timer.occurrence,
        due_at=timer.due_at,
        ordinal=timer.ordinal,
        policy_key=timer.policy_key,
        calendar_version=timer.calendar_version,
    )
