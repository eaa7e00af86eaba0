"""Contradictions are parked, once each: the first word stands, the second waits for the centre's answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.parked import EventParked
from services.kernel.db import Connection
from services.kernel.ids import Ids
from services.kernel.store import Cause, Draft, Store

CONSUMER: Final = "intake.ingress"  # known to whoever retries or discards it
REMEMBER: Final = """
    insert into conflicts (source, number, revision, content_hash, parked_id)
    values ($1, $2, $3, $4, $5)
    on conflict do nothing
    returning parked_id
"""
LIST: Final = """
    insert into parked_keys (id, consumer, key, first_event, reason, since, state)
    values ($1, $2, $3, $4, 'CONFLICT', $5, 'set_aside')
"""

KEEP: Final = """
    insert into parked_messages
        (parked_id, event_id, cluster_id, topic, partition, "offset", headers, timestamp, sha256)
    values ($1, $2, 'none', 'in.detox.v1', 0, 0, '[]', 0, $3)
"""  # there is no message to read again: only a higher revision mends a contradiction


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """What contradicts what is on file; `number` is a notice number or a keyed hash."""

    source: str
    number: str
    revision: int
    content_hash: str
    person_ref: str
    wire: str


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Lists contradictions for operators and tells `hub.parked.v1`."""

    store: Store
    ids: Ids

    async def park(self, db: Connection, what: Contradiction, cause: Cause, now: datetime) -> None:
        """Park a contradiction; the same one again does nothing."""
        parked_id = self.ids.new()
        key = what.source, what.number, what.revision, what.content_hash
        if not await db.fetchval(REMEMBER, *key, parked_id):
            return
        original = f"{what.source}/{what.number}/{what.revision}"
        await db.execute(LIST, parked_id, CONSUMER, what.person_ref, original, now)
        await db.execute(KEEP, parked_id, original, what.content_hash)
        event = EventParked(
            reason="CONFLICT",
            blocking=False,
            original_id=original,
            original_type=what.wire,
            person_ref=what.person_ref,
            parked_id=parked_id,
            consumer=CONSUMER,
        )
        await self.store.append(db, f"parked-{parked_id}", what.person_ref, 0, [Draft(event, now, cause)])
