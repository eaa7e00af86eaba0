"""From any id an operator holds to the whole story: events by name, time and place, never what they say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from services.kernel.clock import SHANGHAI
from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.timeline.facts import HANDOVER_STREAM, name_of
from services.timeline.projections.station_inbox import boards_for
from services.timeline.waiting import Waiting

PLACE: Final = re.compile(r"(?P<topic>[\w.-]+)/(?P<partition>\d{1,6})/(?P<offset>\d{1,18})")
TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
LONGEST: Final = 2000

# One look over every meaning that the id may have; the first kind that fits names it.
FIND: Final = """
select kind, event_id, stream_id, data ->> 'person_ref' as person_ref, meta ->> 'correlationid' as correlationid
from (
    (select 1 as rank, 'event' as kind, told.* from told where event_id = $1)
    union all
    (select 2, 'place', told.* from told where topic = $3 and partition = $4 and "offset" = $5)
    union all
    (select 3, 'handover', told.* from told where stream_id = 'handover-' || $1 order by version limit 1)
    union all
    (select 4, 'person', told.* from told where meta ->> 'subject' = $1 order by xid, position limit 1)
    union all
    (select 5, 'notice', told.* from told where data ->> 'notice_no' = $1 and data ? 'notice_no' limit 100)
    union all
    (select 6, 'correlation', told.* from told
        where meta ->> 'correlationid' = $1 and meta ? 'correlationid' limit 100)
    union all
    (select 7, 'causation', told.* from told where meta ->> 'causationid' = $1 and meta ? 'causationid' limit 100)
    union all
    (select 8, 'trace', told.* from told
        where split_part(meta ->> 'traceparent', '-', 2) = $2 and meta ? 'traceparent' limit 100)
) as found
order by rank
"""
HANDOVERS_OF: Final = """
select distinct substr(stream_id, 10) as handover_id
from told
where meta ->> 'subject' = any($1::text[]) and stream_id like 'handover-%'
order by 1
"""
EVENTS: Final = """
select event_id, type, meta ->> 'time' as time, topic, version, stream_id, source_partition, source_offset,
    meta ->> 'causationid' as causationid, meta ->> 'correlationid' as correlationid, recorded_at
from (
    select *, partition as source_partition, "offset" as source_offset
    from told
    where event_id = any($1::text[])
        or (
            meta ->> 'subject' = any($2::text[])
            and (stream_id not like 'handover-%' or stream_id = any($3::text[]))
        )
) as found
order by recorded_at, xid, position
limit $4
"""


@dataclass(frozen=True, slots=True)
class Found:
    """What an id led to."""

    kind: str
    events: tuple[str, ...]
    persons: tuple[str, ...]
    handovers: tuple[str, ...]


async def follow(db: Connection, any_id: str, waiting: Waiting) -> dict[str, Any]:
    """The trace of an id; refuses `not_found` (404) where the journal does not know it."""
    found = await find(db, any_id)
    boards = await boards_for(db, found.handovers)
    streams = [HANDOVER_STREAM + each for each in found.handovers]
    rows = await db.fetch(EVENTS, found.events, found.persons, streams, LONGEST)
    return {
        "kind": found.kind,
        "id": any_id,
        "person_refs": found.persons,
        "handovers": found.handovers,
        "events": [event(row) for row in rows],
        "waiting_for": waiting.of(boards),
    }


async def find(db: Connection, any_id: str) -> Found:
    """Resolve an id: to one handover where it leads there, else to all of its person's."""
    rows = await db.fetch(FIND, any_id, trace_id(any_id), *place(any_id))
    if not rows:
        raise Refused("not_found", status=404)
    first = [row for row in rows if row["kind"] == rows[0]["kind"]]
    persons = distinct(row["person_ref"] for row in first)
    handovers = distinct(handover_of(row) for row in first) or await handovers_of(db, persons)
    return Found(rows[0]["kind"], distinct(row["event_id"] for row in first), persons, handovers)


async def handovers_of(db: Connection, persons: Sequence[str]) -> tuple[str, ...]:
    """All handovers of these persons."""
    return tuple(row["handover_id"] for row in await db.fetch(HANDOVERS_OF, persons))


def handover_of(row: asyncpg.Record) -> str | None:
    """The handover that a found event belongs to; a person's own events lead to all of theirs."""
    if row["kind"] == "person":
        return None
    stream: str = row["stream_id"]
    return stream.removeprefix(HANDOVER_STREAM) if stream.startswith(HANDOVER_STREAM) else None


def event(row: asyncpg.Record) -> dict[str, Any]:
    """One event by its name and places."""
    return {
        "event_id": row["event_id"],
        "type": name_of(row["type"]),
        "time": row["time"],
        "recorded_time": row["recorded_at"].astimezone(SHANGHAI).isoformat(),
        "topic": row["topic"],
        "place": f"{row['topic']}/{row['source_partition']}/{row['source_offset']}",
        "stream": row["stream_id"],
        "sequence": row["version"],
        "causationid": row["causationid"],
        "correlationid": row["correlationid"],
    }


def place(any_id: str) -> tuple[str, int, int]:
    """`topic/partition/offset`, or a place that does not exist."""
    told = PLACE.fullmatch(any_id)
    return (told["topic"], int(told["partition"]), int(told["offset"])) if told else ("", -1, -1)


def trace_id(any_id: str) -> str:
    """The trace id of a traceparent; any other text is taken as it is."""
    told = TRACEPARENT.fullmatch(any_id)
    return told[1] if told else any_id


def distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    """Each text once, in order, without gaps."""
    return tuple(dict.fromkeys(text for text in texts if text))
