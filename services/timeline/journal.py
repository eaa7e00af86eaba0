"""The archive: every fact of the hub once, whatever topic it came on, in one insert per batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from services.kernel.clock import Clock
from services.kernel.db import Connection, Pool, after_commit
from services.kernel.records import BatchHandler, Message
from services.kernel.store import Cursor, Recorded, recorded
from services.timeline.sealed import mark

COLUMNS_OF_ENVELOPE: Final = frozenset({"id", "type", "sequence", "stream"})

HELD_BACK: Final = 0.03  # seconds: a feed ends before the oldest transaction that is open anywhere

INSERT: Final = """
insert into journal (
    event_id, stream_id, version, type, data, meta, topic, partition, "offset", recorded_at, journaled_at
)
select event_id, stream_id, version, type, data, meta, topic, partition, at, recorded_at, $11
from unnest(
    $1::text[], $2::text[], $3::bigint[], $4::text[], $5::jsonb[], $6::jsonb[], $7::text[], $8::int[], $9::bigint[],
    $10::timestamptz[]
) with ordinality
as given (event_id, stream_id, version, type, data, meta, topic, partition, at, recorded_at, ordinal)
order by ordinal
on conflict (event_id) do nothing
"""
LACKING: Final = """
select given.event_id from unnest($1::text[]) as given (event_id)
where not exists (select from journal where journal.event_id = given.event_id)
"""
FEED: Final = """
select journal.position, journal.xid::text as xid, version, event_id, meta, recorded_at,
    case when late then 'sealed' else stream_id end as stream_id,
    case when late then 'sealed' else type end as type,
    case when late then '{}' else data::text end as data
from journal
left join lateral (
    select true as late from sealed_subjects as hidden
    where hidden.subject = journal.meta ->> 'subject' and hidden.whole
        and (hidden.xid, hidden.position) < (journal.xid, journal.position)
) as ended on true
where (journal.xid, journal.position) > ($1::text::xid8, $2) and journal.xid < pg_snapshot_xmin(pg_current_snapshot())
order by journal.xid, journal.position
limit $3
"""


def journaling(clock: Clock, wake: Callable[[], None]) -> BatchHandler:
    """A handler that archives a batch; what is there already stays as it is. `wake` is called once it may be read."""

    def look() -> None:
        wake()
        asyncio.get_running_loop().call_later(HELD_BACK, wake)

    async def archive(db: Connection, messages: Sequence[Message]) -> None:
        rows = [row(message) for message in messages]
        if rows:
            await db.execute(INSERT, *(list(column) for column in zip(*rows, strict=True)), clock.now())
            await mark(db, messages)
            after_commit(look)

    return archive


def row(message: Message) -> tuple[str, str, int, str, bytes, dict[str, Any], str, int, int, datetime]:
    """A message as a journal row; the payload is of the version that its type names."""
    envelope, event = message.envelope, message.event
    return (
        envelope.id,
        envelope.stream,
        envelope.sequence,
        event.wire,
        event.model_dump_json().encode(),
        envelope.model_dump(mode="json", exclude=set(COLUMNS_OF_ENVELOPE), exclude_none=True),
        message.topic,
        message.partition,
        message.offset,
        envelope.recordedtime,
    )


async def lacking(pool: Pool, event_ids: Sequence[str]) -> list[str]:
    """Which of these events have no row."""
    return [row["event_id"] for row in await pool.fetch(LACKING, list(event_ids))]


async def feed(db: Connection, after: Cursor, limit: int) -> list[Recorded]:
    """Up to `limit` journal rows behind the cursor that no open transaction can precede any more.

    What came about a person after the end of their record has neither a name nor a word.
    """
    return [recorded(each) for each in await db.fetch(FEED, after.xid, after.position, limit)]
