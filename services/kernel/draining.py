"""Working off what waits behind a blocked key, in order, inside one transaction of the caller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import asyncpg

from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.kernel.inbox import raw_message
from services.kernel.parking import Failure
from services.kernel.records import RawMessage
from services.kernel.takers import Taker
from services.kernel.verdicts import Verdict, failure, verdict

FIRST = """
    select seq, event_id, topic, partition, "offset", key, value, headers, timestamp, cluster_id, sha256
    from parked_messages
    where parked_id = $1
    order by seq
    limit 1
"""
DROP = "delete from parked_messages where parked_id = $1 and seq = $2"
COUNT = "select count(*) from parked_messages where parked_id = $1"

T = TypeVar("T")
Reread = Callable[[RawMessage, str], Awaitable[RawMessage]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a retry did: messages handled, messages still waiting, and why the first of those failed."""

    handled: int
    waiting: int
    failed: Failure | None


async def drain(db: Connection, taker: Taker, parked_id: str, reread: Reread) -> Outcome:
    """Handle the messages one by one until one fails; a failed one leaves no trace and stays, the first of the rest."""
    handled = 0
    while row := await first(db, parked_id):
        raw, failed = await whole(row, taker, reread)
        if raw:
            stream, failed = await attempt(db, partial(taker.redo, db, raw))
            if failed is None:
                await db.execute(DROP, parked_id, row["seq"])
                failed = await follow(db, taker, parked_id, stream)
                handled += 1
        if failed:
            return Outcome(handled, await count(db, parked_id), failed)
    return Outcome(handled, 0, None)


async def follow(db: Connection, taker: Taker, parked_id: str, stream: str | None) -> Failure | None:
    """Handle waiting messages whose turn has come; one that fails is put behind the others of the key."""
    while stream and (waiting := await taker.next_waiting(db, stream)):
        _, failed = await attempt(db, partial(taker.redo, db, waiting))
        if failed:
            await taker.parking.append(db, parked_id, taker.name(waiting))
            return failed
    return None


async def attempt(db: Connection, work: Callable[[], Awaitable[T]]) -> tuple[T | None, Failure | None]:
    """The work in a savepoint. A dependency that is away, or a wish to redo the transaction, reaches the caller."""
    try:
        async with db.transaction():
            return await work(), None
    except Exception as error:
        if verdict(error) is Verdict.LATER:
            raise
        return None, failure(error)


async def first(db: Connection, parked_id: str) -> asyncpg.Record | None:
    """The oldest message behind the key."""
    return await db.fetchrow(FIRST, parked_id)


async def count(db: Connection, parked_id: str) -> int:
    """How many messages are behind the key."""
    found: int = await db.fetchval(COUNT, parked_id)
    return found


async def whole(row: asyncpg.Record, taker: Taker, reread: Reread) -> tuple[RawMessage | None, Failure | None]:
    """The message with its content, from the table or from the broker. Raises Unavailable."""
    kept = raw_message(row)
    return (kept, None) if taker.name(kept).keep else await fetched(reread, kept, row["sha256"])


async def fetched(reread: Reread, kept: RawMessage, sha256: str) -> tuple[RawMessage | None, Failure | None]:
    """The message as the broker still has it. Raises Unavailable."""
    try:
        return await reread(kept, sha256), None
    except Refused as gone:
        return None, Failure("TECHNICAL", (gone.code,))
