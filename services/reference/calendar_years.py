"""Calendar years that an operator brought: kept in the database, learnt by running services."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from services.kernel.db import Connection
from services.kernel.errors import InvalidInput
from services.reference.calendar import Calendar, Year, read_year, written_year

READ: Final = "select content from reference.calendar_years where calendar = $1 order by year, edition"
WAITING: Final = "select count(*) from reference.calendar_years where calendar = $1 and applied is null"
ADD: Final = """
insert into reference.calendar_years (calendar, year, edition, content, imported) values ($1, $2, $3, $4, $5)
on conflict do nothing
"""
APPLIED: Final = "update reference.calendar_years set applied = $2 where calendar = $1 and applied is null"


class Calendars:
    """The calendar in force; a year that is imported takes effect while the process runs."""

    def __init__(self, current: Calendar) -> None:
        self.current = current

    def learn(self, years: list[Year]) -> bool:
        """Take years in; says whether that changed anything."""
        known = self.current.version
        self.current = self.current.with_years(years)
        return self.current.version != known


async def read_years(db: Connection, name: str) -> list[Year]:
    """Every imported year of that calendar, every edition."""
    return [read_year(json.dumps(row["content"]))[1] for row in await db.fetch(READ, name)]


async def waiting(db: Connection, name: str) -> int:
    """How many imported years no service has taken in yet."""
    found: int = await db.fetchval(WAITING, name)
    return found


async def applied(db: Connection, name: str, now: datetime) -> None:
    """Armed deadlines follow all imported years."""
    await db.execute(APPLIED, name, now)


async def add(db: Connection, known: Calendar, year: Year, now: datetime) -> bool:
    """Keep a year; False if it is known already.

    Raises InvalidInput: calendar_edition_reused (same edition, other days), calendar_edition_older.
    """
    known = known.with_years(await read_years(db, known.name))
    before = known.year(year.year)
    if before == year:
        return False
    if before and before.edition >= year.edition:
        code = "calendar_edition_reused" if before.edition == year.edition else "calendar_edition_older"
        raise InvalidInput(code, year=year.year, edition=before.edition)
    await db.execute(ADD, known.name, year.year, year.edition, written_year(known.name, year), now)
    return True
