"""The fact that a request is about: on that person's timeline, of the right kind, recorded by somebody else."""

from __future__ import annotations

from typing import Final

import asyncpg

from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.timeline.domain.rights import OF_A_FACT, Kind

LEVEL: Final = "SupportLevelSet"
FACT: Final = """
select item.name, journal.meta ->> 'actorref' as recorder
from person_timeline as item
join journal using (event_id)
where item.event_id = $1 and item.person_ref = $2
"""
LAST_LEVEL: Final = """
select event_id from person_timeline where person_ref = $1 and name = 'SupportLevelSet' order by time desc limit 1
"""


async def named(db: Connection, person_ref: str, kind: Kind, event_id: str | None) -> str | None:
    """The fact that a request of this kind is about: a level that is contested is the last one if none is named.

    Refused `invalid_data` for what is not on this person's timeline, for a level that is none, for CORRECT without one.
    """
    about = event_id
    if about is None and kind == "CONTEST_LEVEL":
        about = await db.fetchval(LAST_LEVEL, person_ref)
    if about is None and kind not in OF_A_FACT:
        return None
    fact = await _fact(db, person_ref, about)
    if fact is None or (kind == "CONTEST_LEVEL" and fact["name"] != LEVEL):
        raise Refused("invalid_data", "event_id", status=422)
    return about


async def refuse_recorder(db: Connection, person_ref: str, kind: Kind, event_id: str | None, name: str) -> None:
    """Refused `guard_not_met` for who recorded the fact themselves, and for everybody where that cannot be told.

    What no human recorded here (a centre's notice, the hub's own step) bars nobody; a level always has its human.
    """
    if kind not in OF_A_FACT:
        return
    fact = await _fact(db, person_ref, event_id)
    if fact is None or fact["recorder"] == name or (fact["name"] == LEVEL and not fact["recorder"]):
        raise Refused("guard_not_met")


async def _fact(db: Connection, person_ref: str, event_id: str | None) -> asyncpg.Record | None:
    return await db.fetchrow(FACT, event_id, person_ref) if event_id else None
