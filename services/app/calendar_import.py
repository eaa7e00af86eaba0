"""Brings a calendar year into a hub's database: running, it follows at once; at rest, when it starts."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from services.embedded.stack import EmbeddedStack
from services.kernel.clock import SystemClock
from services.kernel.db import Connection, speak_json
from services.kernel.errors import InvalidInput, Refused
from services.kernel.migrations import migrate
from services.reference import calendar_years, policies
from services.reference.calendar import Year, load_calendar, read_year
from services.reference.policy import load_policy
from services.reference.policy_words import words

PATIENCE: Final = 20.0  # seconds for a running hub to follow
POLL: Final = 0.2


@dataclass(frozen=True, slots=True)
class Brought:
    """A year that is kept now. `new`: it was not before; `applied`: armed deadlines follow it already."""

    calendar: str
    year: int
    edition: int
    new: bool
    applied: bool


async def bring(file: Path, url: str, lang: str, patience: float = PATIENCE) -> Brought:
    """Keep the year in that database, then wait for a running hub to follow, up to `patience` seconds.

    Raises Refused: calendar_file_unreadable, calendar_invalid, calendar_edition_reused, calendar_edition_older.
    """
    name, year = _read(file, lang)
    await migrate(url, policies.SCHEMA, [policies.MIGRATIONS], kernel=False)
    db = await asyncpg.connect(url)
    try:
        await speak_json(db)
        new = await _add(db, year, lang)
        return Brought(name, year.year, year.edition, new, await _followed(db, name, patience))
    finally:
        await db.close()


async def bring_at_rest(file: Path, folder: Path, lang: str) -> Brought:
    """The same for a folder whose hub does not run: its database is started for as long as it takes."""
    _read(file, lang)
    stack = EmbeddedStack(folder)
    await stack.start()
    try:
        return await bring(file, stack.database_url, lang, patience=0)
    finally:
        await stack.stop()


def _read(file: Path, lang: str) -> tuple[str, Year]:
    country = load_policy().calendar
    try:
        name, year = read_year(file.read_text("utf-8-sig"))
    except (OSError, UnicodeError) as error:
        raise _refused("calendar_file_unreadable", lang) from error
    except InvalidInput as error:
        raise _refused(error.code, lang, **error.values) from error
    if name != country:
        raise _refused("calendar_invalid", lang, what=f"{name} ≠ {country}")
    return name, year


async def _add(db: Connection, year: Year, lang: str) -> bool:
    try:
        return await calendar_years.add(db, load_calendar(), year, SystemClock().now())
    except InvalidInput as error:
        raise _refused(error.code, lang, **error.values) from error


async def _followed(db: Connection, name: str, patience: float) -> bool:
    end = time.monotonic() + patience
    while await calendar_years.waiting(db, name):
        if time.monotonic() >= end:
            return False
        await asyncio.sleep(POLL)
    return True


def _refused(code: str, lang: str, **values: object) -> Refused:
    return Refused(code, words().say(code, lang, **values), status=422)
