"""Messages remembered by their place only: listed, read again from the broker and tried, or discarded."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import asyncpg

from services.kernel import draining
from services.kernel.db import Connection
from services.kernel.draining import Outcome, Reread
from services.kernel.errors import Refused
from services.kernel.parking import Parking
from services.kernel.reading import Named
from services.kernel.records import RawMessage
from services.kernel.release import Act, Parked, answer, tell_released
from services.kernel.takers import Taker

LIST = """
    select id, consumer, topic || '/' || partition || '/' || "offset" as key, reason, false as blocking, at as since,
        0::bigint as waiting
    from quarantined
    where state = 'quarantined'
"""
OPEN = """
    select id, consumer, topic, partition, "offset", cluster_id, sha256, attempts
    from quarantined
    where id = $1 and state = 'quarantined'
    for update
"""
STAY = """
    update quarantined set attempts = attempts + 1, reason = $2, fields = $3 where id = $1
    returning attempts
"""
CLOSE = "update quarantined set state = $2 where id = $1"


class Quarantined:
    """One service's quarantined messages; all methods run inside the caller's transaction."""

    def __init__(self, parking: Parking, takers: Mapping[str, Taker], reread: Reread) -> None:
        self._parking = parking
        self._takers = takers
        self._reread = reread

    async def list(self, db: Connection) -> list[asyncpg.Record]:
        """Rows as Blocking lists them; the key is the place."""
        return await db.fetch(LIST)

    async def act(self, db: Connection, quarantined_id: str, act: Act) -> dict[str, Any]:
        """Retry or discard one. Raises Refused `parked_unknown`, Unavailable."""
        row = await db.fetchrow(OPEN, quarantined_id)
        if row is None or row["consumer"] not in self._takers:
            raise Refused("parked_unknown", quarantined_id, status=404)
        outcome = await self._retry(db, row) if act.reason is None else Outcome(0, 0, None)
        if outcome.failed:
            told = outcome.failed
            return answer(
                quarantined_id, outcome, await db.fetchval(STAY, quarantined_id, told.reason, list(told.fields))
            )
        await db.execute(CLOSE, quarantined_id, "released" if act.reason is None else "discarded")
        head = Named(_kept(row), _kept(row).place, None, keep=False)
        await tell_released(
            db, self._parking, Parked(quarantined_id, row["consumer"], "SCHEMA", blocking=False, head=head), act
        )
        return answer(quarantined_id, outcome, row["attempts"])

    async def _retry(self, db: Connection, row: asyncpg.Record) -> Outcome:
        raw, failed = await draining.fetched(self._reread, _kept(row), row["sha256"])
        if raw:
            _, failed = await draining.attempt(db, partial(self._takers[row["consumer"]].again, db, raw))
        return Outcome(0 if failed else 1, 0, failed)


def _kept(row: asyncpg.Record) -> RawMessage:
    return RawMessage(row["topic"], row["partition"], row["offset"], None, None, cluster_id=row["cluster_id"])
