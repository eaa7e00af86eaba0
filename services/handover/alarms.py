"""A saga's alarms as rows of the kernel: stop first, then arm; of several inputs the last word about one counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from services.handover.desk import Desk
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.words import Step
from services.kernel import deadlines
from services.kernel.db import Connection
from services.kernel.deadlines import Deadline

SOON: Final = timedelta(seconds=deadlines.LONGEST_SLEEP)  # for later ones the worker looks by itself
AGAIN: Final = """
update deadlines set state = 'armed'
from unnest($2::text[], $3::int[], $4::int[]) as given (name, deadline_rev, occurrence)
where saga_id = $1 and state = 'stopped' and deadlines.name = given.name
  and deadlines.deadline_rev = given.deadline_rev and deadlines.occurrence = given.occurrence
"""


async def settle(desk: Desk, db: Connection, before: Saga | None, steps: Sequence[tuple[Step, Saga]]) -> None:
    """Make the rows say what the last saga says about every alarm that these steps touched."""
    saga = steps[-1][1]
    touched = {name for step, _ in steps for name in (*step.stopped, *(timer.name for timer in step.armed))}
    known = before.timers if before else {}
    gone = [name for name in touched & set(known) if not _same(known[name], saga.timers.get(name))]
    fresh = [timer for name, timer in saga.timers.items() if name in touched]
    if gone and not fresh:
        await deadlines.stop(db, saga.handover_id, gone)
    if fresh:
        await _take_up_again(db, saga.handover_id, before, fresh)
        rows = [deadline(saga.handover_id, timer) for timer in fresh]
        await deadlines.stop_and_arm(db, saga.handover_id, gone, rows)
        if min(one.due_at for one in fresh) <= desk.clock.now() + SOON:
            desk.armed()


async def _take_up_again(db: Connection, saga_id: str, before: Saga | None, timers: list[Timer]) -> None:
    """A start of a stopped alarm keeps its number, so its row is taken up again; none of them is stopped now."""
    stopped = [one for one in timers if before and one.name not in before.timers and one.name in before.numbers]
    if stopped:
        keys = [(one.name, one.deadline_rev, one.occurrence) for one in stopped]
        await db.execute(AGAIN, saga_id, *map(list, zip(*keys, strict=True)))


def deadline(saga_id: str, timer: Timer) -> Deadline:
    """The alarm as the kernel keeps it."""
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


def timer(one: Deadline) -> Timer:
    """The kernel's row as the saga knows it."""
    return Timer(
        name=one.name,
        due_at=one.due_at,
        deadline_rev=one.deadline_rev,
        occurrence=one.occurrence,
        policy_key=one.policy_key,
        calendar_version=one.calendar_version,
        ordinal=one.ordinal,
    )


def _same(one: Timer, other: Timer | None) -> bool:
    return other is not None and (one.deadline_rev, one.occurrence) == (other.deadline_rev, other.occurrence)
