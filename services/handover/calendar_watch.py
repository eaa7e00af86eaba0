"""Imported calendar years: learnt while the service runs, and every armed alarm that they date is dated anew."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeAlias

from services.handover import saga_store
from services.handover.desk import Desk
from services.handover.domain.redate import redated
from services.handover.domain.saga import Saga
from services.handover.domain.words import Context, Input
from services.handover.writing import Taken, taken, write
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
ALARMS: Final = """
select saga_id, name, deadline_rev, occurrence, due_at, calendar_version from deadlines
where state = 'armed' and calendar_version = $1 and due_at >= $2
"""
INCOMPLETE: Final = "select min(due_at) from deadlines where state = 'armed' and calendar_version like '%' || $1"

Alarm: TypeAlias = tuple[Any, ...]
"""A row of ALARMS."""


@dataclass(slots=True)
class Tried:
    """Alarms of an older calendar that stayed as they were; they are not dated again until a year is learnt."""

    version: str = ""
    alarms: set[Alarm] = field(default_factory=set)


async def watch(desk: Desk) -> None:
    """Look for ever. The first look also follows years that came with the code, or while nothing ran."""
    first, tried = True, Tried()
    while True:
        await look(desk, first=first, tried=tried)
        first = False
        await asyncio.sleep(LOOK_SECONDS)


async def look(desk: Desk, *, first: bool = False, tried: Tried | None = None) -> int:
    """Learn what is new and date anew what hangs on it; gives the number of sagas changed.

    Every look asks for alarms of an older calendar: a transaction that was under way while a year was learnt, or
    another process, may have left one.
    """
    name = desk.calendars.current.name
    async with desk.pool.acquire() as db:
        news = first or await calendar_years.waiting(db, name) > 0 or await _unheard(desk, db)
        if news:
            desk.calendars.learn(await calendar_years.read_years(db, name))
        sagas = await _dated_by_older(desk.calendars.current, db, tried or Tried())
    moved = [await retrying(desk.pool, partial(_redate, desk, saga_id), also=(WrongVersion,)) for saga_id in sagas]
    if news:
        async with desk.pool.acquire() as db:
            await calendar_years.applied(db, name, desk.clock.now())
            await _warn_of_unknown_year(db)
    return sum(moved)


def brought_up(desk: Desk, saga: Saga, context: Context) -> list[Taken]:
    """The saga's step to the calendar in force, if it needs one: an alarm must not fire on a day that moved."""
    step = redated(saga, context)
    if step is None:
        return []
    given = Input(PUBLISHED, desk.ids.new(), context.now, context.now, person_ref=saga.person_ref)
    return [taken(saga, given, step)]


async def _unheard(desk: Desk, db: Connection) -> bool:
    """Another process may have taken a year in first."""
    years = await calendar_years.read_years(db, desk.calendars.current.name)
    return desk.calendars.current.with_years(years).version != desk.calendars.current.version


async def _dated_by_older(calendar: Calendar, db: Connection, tried: Tried) -> list[str]:
    """The sagas with such an alarm that was not tried under this calendar yet; notes them all as tried."""
    known = [calendar.version, calendar.version + PROVISIONAL]
    found: set[Alarm] = set()
    for row in await db.fetch(OLDER, known):
        year = calendar.differs_from(row["calendar_version"])
        since = datetime(year, 1, 1, tzinfo=SHANGHAI) if year else None
        if since:
            found |= {tuple(one) for one in await db.fetch(ALARMS, row["calendar_version"], since)}
    fresh = found - tried.alarms if tried.version == calendar.version else found
    tried.version, tried.alarms = calendar.version, found
    return sorted({alarm[0] for alarm in fresh})


async def _redate(desk: Desk, saga_id: str, db: Connection) -> bool:
    held = await saga_store.by_id(db, saga_id)
    if held is None:
        return False
    done = brought_up(desk, held.saga, await desk.context(db, held))
    if done:
        await write(desk, db, held, done)
    return bool(done)


async def _warn_of_unknown_year(db: Connection) -> None:
    due: datetime | None = await db.fetchval(INCOMPLETE, PROVISIONAL)
    if due:
        log.warning("calendar_incomplete", year=due.astimezone(SHANGHAI).year)
