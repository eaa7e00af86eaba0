"""What operators do with parked messages: see them, try them again, drop one for a stated reason."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import asyncpg

from services.kernel import draining
from services.kernel.clock import Clock
from services.kernel.db import Connection, Pool, retrying, transaction
from services.kernel.draining import Outcome
from services.kernel.errors import Refused
from services.kernel.ids import Ids
from services.kernel.inbox import raw_message
from services.kernel.parking import Failure, Parking
from services.kernel.quarantine import Quarantined
from services.kernel.records import Subscription
from services.kernel.release import Act, Parked, answer, tell_released
from services.kernel.reread import reread
from services.kernel.store import Store
from services.kernel.takers import Taker, taker

LIST = """
    select id, consumer, key, reason, state = 'blocked' as blocking, since, waiting.count as waiting
    from parked_keys
    cross join lateral (
        select count(*) from parked_messages where parked_id = parked_keys.id and parked_keys.state = 'blocked'
    ) as waiting
    where state in ('blocked', 'set_aside')
"""
OPEN = """
    select id, consumer, reason, state, attempts from parked_keys where id = $1 and state in ('blocked', 'set_aside')
    for update
"""
STAY = """
    update parked_keys set attempts = attempts + 1, reason = $2, detail_fields = $3, first_event = $4 where id = $1
    returning attempts
"""
CLOSE = "update parked_keys set state = $2 where id = $1"


class Blocking:
    """One service's parked keys and quarantined messages."""

    def __init__(  # noqa: PLR0913 - the composition root names them all
        self,
        *,
        pool: Pool,
        store: Store,
        clock: Clock,
        ids: Ids,
        subscriptions: Sequence[Subscription],
        bootstrap: str,
        service: str = "",
    ) -> None:
        self._pool = pool
        self._parking = Parking(store, clock, ids, service)
        self._takers = {each.consumer: taker(each, self._parking) for each in subscriptions}
        self._reread = partial(reread, bootstrap)
        self._quarantined = Quarantined(self._parking, self._takers, self._reread)

    async def list(self) -> list[dict[str, Any]]:
        """All that is parked: `{"kind","id","consumer","key","reason","blocking","since","waiting"}`, oldest first."""
        async with transaction(self._pool) as db:
            rows = [*await db.fetch(LIST), *await self._quarantined.list(db)]
        return [_shown(row) for row in sorted(rows, key=_age)]

    async def retry(self, parked_id: str, actor: str = "") -> dict[str, Any]:
        """Try again, a blocked key with all that waits behind it, in one transaction; the answer is `release.answer`.

        Raises Refused `parked_unknown`, Unavailable.
        """
        return await retrying(self._pool, partial(self._act, parked_id=parked_id, act=Act(actor)))

    async def discard(self, parked_id: str, reason: str, actor: str) -> dict[str, Any]:
        """Drop the first message for good, for a reason that is recorded, and try the rest; answers as `retry`.

        Raises Refused `parked_unknown` or `reason_missing`, Unavailable.
        """
        if not reason.strip():
            raise Refused("reason_missing", status=422)
        return await retrying(self._pool, partial(self._act, parked_id=parked_id, act=Act(actor, reason.strip())))

    async def _act(self, db: Connection, parked_id: str, act: Act) -> dict[str, Any]:
        row = await db.fetchrow(OPEN, parked_id)
        if row is None:
            return await self._quarantined.act(db, parked_id, act)
        by = self._taker(row["consumer"])
        outcome, head = await self._work(db, by, row, act)
        if outcome.failed is None:
            state = "released" if act.reason is None else "discarded"
            await db.execute(CLOSE, parked_id, state)
            await tell_released(db, self._parking, head, act)
            return answer(parked_id, outcome, row["attempts"])
        return answer(parked_id, outcome, await self._stay(db, by, head, act, outcome.failed))

    async def _work(self, db: Connection, by: Taker, row: asyncpg.Record, act: Act) -> tuple[Outcome, Parked]:
        first = await self._first(db, row["id"])
        head = _head(by, row, first, row["reason"])
        if act.reason is not None:
            return await self._discard(db, by, row, first), head
        if row["state"] == "set_aside":
            return await self._try_one(db, by, first), head
        return await draining.drain(db, by, row["id"], self._reread), head

    async def _discard(self, db: Connection, by: Taker, row: asyncpg.Record, first: asyncpg.Record) -> Outcome:
        await db.execute(draining.DROP, row["id"], first["seq"])
        if row["state"] == "set_aside":
            return Outcome(0, 0, None)
        stream = await by.skip(db, raw_message(first))
        failed = await draining.follow(db, by, row["id"], stream)
        if failed:
            return Outcome(0, await draining.count(db, row["id"]), failed)
        return await draining.drain(db, by, row["id"], self._reread)

    async def _try_one(self, db: Connection, by: Taker, first: asyncpg.Record) -> Outcome:
        """A message set aside stands alone: its stream went on without it."""
        raw, failed = await draining.whole(first, by, self._reread)
        if raw:
            _, failed = await draining.attempt(db, partial(by.again, db, raw))
        return Outcome(0 if failed else 1, 0, failed)

    async def _stay(self, db: Connection, by: Taker, head: Parked, act: Act, failed: Failure) -> int:
        first = await self._first(db, head.id)
        attempts: int = await db.fetchval(STAY, head.id, failed.reason, list(failed.fields), first["event_id"])
        if act.reason is not None:
            now = Parked(head.id, head.consumer, failed.reason, blocking=True, head=by.name(raw_message(first)))
            await tell_released(db, self._parking, head, act, then=now)
        return attempts

    def _taker(self, consumer: str) -> Taker:
        found = self._takers.get(consumer)
        if found is None:
            raise Refused("parked_consumer_unknown", consumer)
        return found

    async def _first(self, db: Connection, parked_id: str) -> asyncpg.Record:
        row = await draining.first(db, parked_id)
        if row is None:
            raise Refused("parked_unknown", parked_id, status=404)
        return row


def _head(by: Taker, row: asyncpg.Record, first: asyncpg.Record, reason: str) -> Parked:
    return Parked(row["id"], row["consumer"], reason, row["state"] == "blocked", by.name(raw_message(first)))


def _shown(row: asyncpg.Record) -> dict[str, Any]:
    return {"kind": "parked", **dict(row), "since": row["since"].isoformat()}


def _age(row: asyncpg.Record) -> tuple[Any, str]:
    return row["since"], row["id"]
