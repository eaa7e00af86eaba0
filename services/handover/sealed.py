"""A record was sealed or deleted: the person's handovers are gone from here, and what comes later is set aside."""

from __future__ import annotations

from typing import Final

from schemas.base import Event
from schemas.privacy import RecordDeleted, RecordSealed
from services.handover.desk import Desk
from services.handover.saga_store import LOCK_PERSON
from services.kernel import deadlines
from services.kernel.db import Connection

ENDS: Final = (RecordSealed, RecordDeleted)
SEALED: Final = "insert into sealed_people (person_ref, since) values ($1, $2) on conflict do nothing"
GONE: Final = "delete from sagas where person_ref = $1 returning handover_id"
ANSWERS: Final = """
    delete from idempotency
    where body -> 'event_ids' ?| array(
        select event_id from events
        where stream_id = 'casework-' || $1 or stream_id = 'privacy-' || $1 or stream_id = any($2::text[])
    )
"""
LATER: Final = "delete from later_notices where handover_id = any($1::text[])"
WAITING: Final = "delete from waiting_facts where person_ref = $1"
LOOKS: Final = "delete from looks where person_ref = $1"
BLOCKED: Final = "delete from blocked_people where person_ref = $1"


async def take(desk: Desk, db: Connection, event: Event) -> None:
    """Forget a person's sagas, alarms and answers in the caller's transaction. Steps and events stay, sealed.

    Again is harmless.
    """
    if not isinstance(event, ENDS):
        return
    person_ref = event.person_ref
    await db.execute(LOCK_PERSON, person_ref)
    await db.execute(SEALED, person_ref, desk.clock.now())
    handovers = [row["handover_id"] for row in await db.fetch(GONE, person_ref)]
    for handover_id in handovers:
        await deadlines.stop(db, handover_id)
    await db.execute(ANSWERS, person_ref, [f"handover-{each}" for each in handovers])
    await db.execute(LATER, handovers)
    await db.execute(WAITING, person_ref)
    await db.execute(BLOCKED, person_ref)
    await db.execute(LOOKS, person_ref)
