"""Which facts are on a person's timeline? One row per fact, never changed: later facts mark earlier ones when read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.kernel.clock import SHANGHAI
from services.kernel.db import Connection
from services.kernel.projections import Projection
from services.kernel.store import Recorded
from services.timeline.facts import TIMERS, name_of, person_of, time_of

NAME: Final = "person_timeline"
VERSION: Final = 1

INSERT: Final = """
insert into person_timeline (event_id, person_ref, xid, position, name, time, recorded_time, source, timer)
select event_id, person_ref, xid::xid8, position, name, time, recorded_time, source, timer
from unnest(
    $1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::text[],
    $9::boolean[]
) as given (event_id, person_ref, xid, position, name, time, recorded_time, source, timer)
on conflict (event_id) do nothing
"""
READ: Final = """
select item.event_id, item.name, item.time, item.recorded_time, item.source, item.xid::text as xid, item.position,
    journal.stream_id, journal.type, journal.data
from person_timeline as item
join journal using (event_id)
where item.person_ref = $1 and (not item.timer or $2)
order by item.time, item.xid, item.position
"""
KNOWS: Final = "select exists (select from person_timeline where person_ref = $1)"


@dataclass(frozen=True, slots=True)
class Item:
    """One fact on a timeline; `data` is the sealed payload, `type` its wire type."""

    event_id: str
    name: str
    time: datetime
    recorded_time: datetime
    source: str
    place: tuple[int, int]
    stream_id: str
    data: dict[str, Any]
    type: str = ""


async def apply_all(db: Connection, records: Sequence[Recorded]) -> None:
    """Add the facts about persons; those already there stay as they are."""
    rows = [row(record, person) for record in records if (person := person_of(record))]
    if rows:
        await db.execute(INSERT, *(list(column) for column in zip(*rows, strict=True)))


def row(record: Recorded, person: str) -> tuple[object, ...]:
    """A fact as a row of the table."""
    name = name_of(record.type)
    place = (record.xid, record.position)
    return (
        record.event_id,
        person,
        *place,
        name,
        time_of(record),
        record.recorded_at,
        record.meta["source"],
        name in TIMERS,
    )


async def knows(db: Connection, person_ref: str) -> bool:
    """Whether anything is known about a person."""
    found: bool = await db.fetchval(KNOWS, person_ref)
    return found


async def items_of(db: Connection, person_ref: str, *, timers: bool) -> list[Item]:
    """All facts about a person by the time they happened."""
    return [
        Item(
            each["event_id"],
            each["name"],
            each["time"].astimezone(SHANGHAI),
            each["recorded_time"].astimezone(SHANGHAI),
            each["source"],
            (int(each["xid"]), each["position"]),
            each["stream_id"],
            each["data"],
            each["type"],
        )
        for each in await db.fetch(READ, person_ref, timers)
    ]


PROJECTION: Final = Projection(NAME, VERSION, apply_all, tables=(NAME,))
