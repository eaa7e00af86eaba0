"""The deadline at which somebody looks whether a record may be sealed (specification §3.8)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from services.intake.desk import Desk
from services.intake.domain.eligibility import VOLUNTARY_AFTER
from services.intake.domain.record import STREAM
from services.kernel import deadlines
from services.kernel.db import Connection
from services.kernel.deadlines import Deadline
from services.reference.terms import date_of, instant_of

TIMER: Final = "T_SEAL"
NEXT: Final = """
    select coalesce(max(occurrence) filter (where state <> 'armed'), 0) + 1 as occurrence,
        least(min(due_at) filter (where state = 'armed'), $3) as at
    from deadlines where saga_id = $1 and name = $2
"""
SHORTEST_MONTH: Final = 28


async def expect_after_the_end(db: Connection, desk: Desk, person_ref: str) -> None:
    """A handover ended: look when the shortest term may be over. Nothing is sealed before, but by withdrawal."""
    term = desk.rules.policy.term(VOLUNTARY_AFTER).duration
    least = timedelta(days=term.months * SHORTEST_MONTH + term.days)
    await expect(db, desk, person_ref, instant_of(date_of(desk.clock.now()) + least, "day"))


async def expect(db: Connection, desk: Desk, person_ref: str, at: datetime) -> None:
    """Look at this instant, or earlier where an earlier look was expected already."""
    record_id = STREAM + person_ref
    row = await db.fetchrow(NEXT, record_id, TIMER, at)
    if row:
        await deadlines.arm(db, [look(desk, record_id, row["occurrence"], row["at"])])


def look(desk: Desk, record_id: str, occurrence: int, at: datetime) -> Deadline:
    """One look at a record. `record_id`: the stream of the record."""
    return Deadline(record_id, TIMER, 1, occurrence, at, 0, VOLUNTARY_AFTER, desk.rules.policy.calendar)
