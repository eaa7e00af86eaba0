"""The inbox: what a consumer has taken responsibility for, and the order of each stream.

All functions run inside the transaction of the message's effects.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg

from schemas.envelope import Envelope
from services.kernel.db import Connection
from services.kernel.errors import RetryTransaction
from services.kernel.records import Headers, RawMessage

CLAIM = "insert into inbox (consumer, event_id) values ($1, $2) on conflict do nothing returning true"
CLAIM_MANY = """
    with known as (
        select stream_id, last_sequence from inbox_streams where consumer = $1 and stream_id = any($4::text[])
    ),
    blocked as (
        select from parked_keys where consumer = $1 and key = any($3::text[]) and state = 'blocked' for share
    ),
    fresh as (
        insert into inbox (consumer, event_id)
        select $1, event_id from unnest($2::text[]) as given (event_id)
        where not exists (select from blocked)
        group by event_id
        order by event_id
        on conflict do nothing
        returning event_id
    )
    select exists (select from blocked) as blocked,
        array(select event_id from fresh) as fresh,
        array(select stream_id from known) as streams,
        array(select last_sequence from known) as lasts,
        array(select distinct stream_id from waiting where consumer = $1 and stream_id = any($4::text[])) as waiting
    from (values (1)) as one
"""
LAST = "select last_sequence from inbox_streams where consumer = $1 and stream_id = $2"
ADVANCE = """
    insert into inbox_streams as known (consumer, stream_id, last_sequence)
    select $1, stream_id, after from unnest($2::text[], $3::bigint[], $4::bigint[]) as given (stream_id, before, after)
    order by stream_id
    on conflict (consumer, stream_id) do update set last_sequence = excluded.last_sequence
    where known.last_sequence = ($3::bigint[])[array_position($2::text[], excluded.stream_id)]
"""
WAIT = """
    insert into waiting
        (consumer, stream_id, sequence, key, topic, partition, "offset", cluster_id, headers, value, timestamp)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    on conflict do nothing
"""
NEXT_WAITING = """
    delete from waiting using inbox_streams as seen
    where waiting.consumer = $1 and waiting.stream_id = $2
        and seen.consumer = $1 and seen.stream_id = $2 and waiting.sequence = seen.last_sequence + 1
    returning topic, partition, "offset", convert_to(key, 'UTF8') as key, value, headers, timestamp, cluster_id
"""


async def claim(db: Connection, consumer: str, event_id: str) -> bool:
    """Take responsibility for a message. False if this consumer has it already."""
    return bool(await db.fetchval(CLAIM, consumer, event_id))


@dataclass(frozen=True, slots=True)
class Claimed:
    """What an inbox knows of many messages. `fresh`: those it did not have; `waiting`: streams with early messages."""

    blocked: bool
    fresh: frozenset[str]
    lasts: Mapping[str, int]
    waiting: tuple[str, ...]


async def claim_many(
    db: Connection, consumer: str, event_ids: Sequence[str], keys: Sequence[str], streams: Sequence[str]
) -> Claimed:
    """Take responsibility for many messages at once, unless one of the keys is blocked: then for none."""
    row = await db.fetchrow(CLAIM_MANY, consumer, event_ids, keys, streams)
    assert row is not None, "the statement always gives one row"  # noqa: S101
    lasts = dict(zip(row["streams"], row["lasts"], strict=True))
    return Claimed(row["blocked"], frozenset(row["fresh"]), lasts, tuple(row["waiting"]))


async def last_sequence(db: Connection, consumer: str, stream_id: str) -> int:
    """The last sequence seen of the stream, 0 before the first."""
    return await db.fetchval(LAST, consumer, stream_id) or 0


async def advance(db: Connection, consumer: str, steps: Mapping[str, tuple[int, int]]) -> None:
    """Move each stream from its first to its second sequence. Raises RetryTransaction if another process moved one."""
    if not steps:
        return
    before, after = [step[0] for step in steps.values()], [step[1] for step in steps.values()]
    done = await db.execute(ADVANCE, consumer, list(steps), before, after)
    if done != f"INSERT 0 {len(steps)}":
        raise RetryTransaction(consumer)


async def put_waiting(db: Connection, consumer: str, raw: RawMessage, envelope: Envelope) -> None:
    """Keep a message that came before its predecessor."""
    place = raw.topic, raw.partition, raw.offset, raw.cluster_id
    await db.execute(
        WAIT,
        consumer,
        envelope.stream,
        envelope.sequence,
        envelope.partitionkey,
        *place,
        stored_headers(raw.headers),
        raw.value,
        raw.timestamp,
    )


async def next_waiting(db: Connection, consumer: str, stream_id: str) -> RawMessage | None:
    """The waiting message whose turn has come, taken out of the waiting ones."""
    row = await db.fetchrow(NEXT_WAITING, consumer, stream_id)
    return raw_message(row) if row else None


def stored_headers(headers: Headers) -> list[list[str | None]]:
    """Headers as JSON: `[[name, base64 or null], …]`."""
    return [[name, None if value is None else base64.b64encode(value).decode()] for name, value in headers]


def raw_message(row: asyncpg.Record) -> RawMessage:
    """A stored message as it came from the broker."""
    stored: list[list[Any]] = row["headers"]
    headers = tuple((name, None if text is None else base64.b64decode(text)) for name, text in stored)
    place = row["topic"], row["partition"], row["offset"]
    return RawMessage(*place, row["key"], row["value"], headers, row["timestamp"], row["cluster_id"])
