"""Whose release was moved so near that somebody must act at once? Asked of the station and of the centre (X-01)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import asyncpg

from services.kernel.db import Connection
from services.kernel.projections import Projection
from services.kernel.store import Recorded
from services.reference.terms import SHANGHAI, date_of, instant_of
from services.timeline.facts import name_of, person_of, time_of
from services.timeline.projections.station_inbox import Entry

NAME: Final = "short_notices"
VERSION: Final = 1
MOVES: Final = frozenset({"ReleaseDateChanged", "CidExtended", "PersonReleased"})

UPSERT: Final = """
insert into short_notices as held (person_ref, short, source, new_date, since, xid, position)
values ($1, $2, $3, $4, $5, $6::text::xid8, $7)
on conflict (person_ref) do update
set short = excluded.short, source = excluded.source, new_date = excluded.new_date, since = excluded.since,
    xid = excluded.xid, position = excluded.position
where (held.xid, held.position) < (excluded.xid, excluded.position)
"""
URGENT: Final = """
select handover_id, person_ref, state, level, moved.new_date, moved.since, moved.source
from short_notices as moved
join station_inbox using (person_ref)
where moved.short and state = any($2::text[])
    and $1 in (moved.source, case board ->> 'assignment' when 'OFFERED' then board ->> 'station'
                                                         else board ->> 'accountable' end)
"""
UNPREPARED: Final = ("NOTICED", "OFFERED", "ACCEPTED", "EARLY_CONTACT")


SHORT: Final = 3
"""Days: a release fewer days away than that leaves no time (戒毒条例34)."""


async def apply_all(db: Connection, records: Sequence[Recorded]) -> None:
    """The last word about the day of a person's release counts."""
    rows = [row(each) for each in records if name_of(each.type) in MOVES and person_of(each)]
    if rows:
        await db.executemany(UPSERT, rows)


def row(record: Recorded) -> tuple[object, ...]:
    """A fact as a row of the table."""
    old, new = day(record, "old_date"), day(record, "new_date")
    earlier = new is not None and (old is None or new < old)
    near = new is not None and (new - date_of(record.recorded_at)).days < SHORT
    place = (record.xid, record.position)
    return person_of(record), earlier and near, record.data.get("centre_id"), new, time_of(record), *place


def day(record: Recorded, name: str) -> date | None:
    """A field as a day."""
    value = record.data.get(name)
    return date.fromisoformat(value) if isinstance(value, str) else None


async def entries_of(db: Connection, org_id: str) -> list[Entry]:
    """What the organisation must hurry with: the lead of the station, or the centre that moved the day."""
    rows = await db.fetch(URGENT, org_id, list(UNPREPARED))
    return [entry(each, "DETOX_CENTRE" if each["source"] == org_id else "STATION_LEAD") for each in rows]


def entry(found: asyncpg.Record, role: str) -> Entry:
    """One urgent thing to do."""
    action = "offer_early_contact" if role == "DETOX_CENTRE" else "early_contact_urgent"
    ids = (found["handover_id"], found["person_ref"], found["state"], found["level"])
    since: datetime = found["since"].astimezone(SHANGHAI)
    return Entry(*ids, role, action, instant_of(found["new_date"], "day").isoformat(), since.isoformat())


PROJECTION: Final = Projection(NAME, VERSION, apply_all, tables=(NAME,))
