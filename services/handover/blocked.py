"""What keeps statutory steps waiting from outside a saga: blocked messages of a person, missing ones of a source."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from schemas.intake import SourceSequenceGap
from schemas.parked import EventParked, EventReleased, Parked
from services.kernel.db import Connection

PUT: Final = "insert into blocked_people (parked_id, person_ref, since) values ($1, $2, $3) on conflict do nothing"
TAKE: Final = "delete from blocked_people where parked_id = $1"
OPEN: Final = """
insert into source_gaps (source, from_seq, to_seq, since) values ($1, $2, $3, $4) on conflict do nothing
"""
CLOSE: Final = "delete from source_gaps where source = $1 and from_seq = $2"


async def note_gap(db: Connection, gap: SourceSequenceGap, now: datetime) -> None:
    """Remember a hole in a source's numbers until it is told that it was filled."""
    if gap.closed:
        await db.execute(CLOSE, gap.source, gap.from_seq)
    else:
        await db.execute(OPEN, gap.source, gap.from_seq, gap.to_seq, now)


async def note(db: Connection, event: Parked, now: datetime) -> None:
    """Remember a blocking message, forget a released one; one that was set aside holds up nothing."""
    if not event.blocking or not event.person_ref:
        return
    parked_id = event.parked_id or event.original_id
    if isinstance(event, EventParked):
        await db.execute(PUT, parked_id, event.person_ref, now)
    elif isinstance(event, EventReleased):
        await db.execute(TAKE, parked_id)
