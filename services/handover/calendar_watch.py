"""Imported calendar years: learnt while the service runs, and every armed alarm that they date is dated anew."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Final

from services.handover import saga_store
from services.handover.desk import Desk
from services.handover.domain.redate import redated
from services.handover.domain.words import Input
from services.handover.writing import taken, write
from services.kernel import logs
from services.kernel.db import Connection, retrying
from services.kernel.errors import WrongVersion
from services.reference import calendar_years
from services.reference.calendar import PROVISIONAL, Calendar
from services.reference.terms import SHANGHAI

log = logs.get("handover.calendar")

LOOK_SECONDS: Final = 1.0
PUBLISHED: Final = "CalendarPublished"
OLDER: Final = "select distinct calendar_version from deadlines where state = 'armed' and calendar_version <> all($1)"
SAGAS: Final = """
select distinct saga_id from deadlines where state = 'armed' and calendar_version = $1 and due_at >= $2 order by 1
"""
INCOMPLETE: Final = "select min(due_at) from deadlines where state = 'armed' and calendar_version like '%' || $1"


async def watch(desk: Desk) -> None:
    """Look for ever. The first look also follows years that came with the code, or while nothing ran."""
    first = True
    while True:
        await look(desk, first=first)
        first = False
        await asyncio.sleep(LOOK_SECONDS)


async def look(desk: Desk, *, first: bool = False) -> int:
    """Learn what is new and date anew what hangs on it; gives the number of sagas changed."""
    name = desk.calendars.current.name
    async with desk.pool.acquire() as db:
        if not first and not await calendar_years.waiting(db, name) and not await _unheard(desk, db):
            return 0
        desk.calendars.learn(await calendar_years.read_years(db, name))
        sagas = await _dated_by_older(desk.calendars.current, db)
    moved = [await retrying(desk.pool, partial(_redate, desk, saga_id), also=(WrongVersion,)) for saga_id in sagas]
    async with desk.pool.acquire() as db:
        await calendar_years.applied(db, name, desk.clock.now())
        await _warn_of_unknown_year(db)
    return sum(moved)


async def _unheard(desk: Desk, db: Connection) -> bool:
    """Another process may have taken a year in first."""
    years = await calendar_years.read_years(db, desk.calendars.current.name)
    return desk.calendars.current.with_years(years).version != desk.calendars.current.version


async def _dated_by_older(calendar: Calendar, db: Connection) -> list[str]:
    known = [calendar.version, calendar.version + PROVISIONAL]
    found: set[str] = set()
    for row in await db.fetch(OLDER, known):
        year = calendar.differs_from(row["calendar_version"])
        since = datetime(year, 1, 1, tzinfo=SHANGHAI) if year else None
        if since:
            found |= {one["saga_id"] for one in await db.fetch(SAGAS, row["calendar_version"], since)}
    return sorted(found)


async def _redate(desk: Desk, saga_id: str, db: Connection) -> bool:
    held = await saga_store.by_id(db, saga_id)
    if held is None:
        return False
    step = redated(held.saga, await desk.context(db, held))
    if step is None:
        return False
    now = desk.clock.now()
    given = Input(PUBLISHED, desk.ids.new(), now, now, person_ref=held.saga.person_ref)
    await write(desk, db, held, [taken(held.saga, given, step)])
    return True


async def _warn_of_unknown_year(db: Connection) -> None:
    due: datetime | None = await db.fetchval(INCOMPLETE, PROVISIONAL)
    if due:
        log.warning("calendar_incomplete", year=due.astimezone(SHANGHAI).year)
