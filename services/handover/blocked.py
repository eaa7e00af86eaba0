"""Whose messages are blocked anywhere in the hub: the table that `l3b_blocked` reads besides gaps and disputes."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from schemas.parked import EventParked, EventReleased, Parked
from services.kernel.db import Connection

PUT: Final = "insert into blocked_people (parked_id, person_ref, since) values ($1, $2, $3) on conflict do nothing"
TAKE: Final = "delete from blocked_people where parked_id = $1"


async def note(db: Connection, event: Parked, now: datetime) -> None:
    """Remember a blocking message, forget a released one. One that was set aside (`blocking` false) holds up nothing."""
    if not event.blocking or not event.person_ref:
        return
    parked_id = event.parked_id or event.original_id
    if isinstance(event, EventParked):
        await db.execute(PUT, parked_id, event.person_ref, now)
    elif isinstance(event, EventReleased):
        await db.execute(TAKE, parked_id)
