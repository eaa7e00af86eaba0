"""Brings data-sharing agreements into a hub's database: each is said to be in force when its first day comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from services.app.schemas import migrate_all
from services.embedded.stack import EmbeddedStack
from services.intake import sharing
from services.kernel.clock import SystemClock
from services.kernel.db import Connection, session_settings, speak_json
from services.kernel.errors import InvalidInput, Refused
from services.reference import agreement_versions
from services.reference.agreements import Agreement, read_agreements, shipped_agreements
from services.reference.organisations import load_city
from services.reference.policy import load_policy
from services.reference.policy_words import words

CITY: Final = "select city from about"
ARMED: Final = "select exists (select from deadlines where name = $1 and state = 'armed' and due_at <= $2)"
PATIENCE: Final = 20.0  # seconds for a running hub to say it
POLL: Final = 0.2


@dataclass(frozen=True, slots=True)
class Known:
    """One version, and whether it stands or another has replaced it; `new`: it was not known before."""

    agreement: Agreement
    stands: bool
    new: bool = False


def examined(file: Path, city: str, lang: str) -> list[Agreement]:
    """The agreements of a file as that city may have them. Raises Refused with the code of what is wrong."""
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise _refused("agreement_file_unreadable", lang) from error
    try:
        return read_agreements(text, load_city(city))
    except InvalidInput as error:
        raise _refused(error.code, lang, **error.values) from error


async def bring(file: Path, url: str, lang: str, patience: float = PATIENCE) -> list[Known]:
    """Write them down and arm their beginnings, all or none; waits for a running hub, up to `patience` seconds."""
    await migrate_all(url)
    async with _intake(url) as db:
        city = await db.fetchval(CITY) or "a"
        found, shipped = examined(file, city, lang), shipped_agreements(city)
        async with db.transaction():
            brought = [await _add(db, each, shipped, lang) for each in found]
        await _followed(db, patience)
    return brought


async def bring_at_rest(file: Path, folder: Path, lang: str) -> list[Known]:
    """The same for a folder whose hub does not run: its database is started for as long as it takes."""
    stack = EmbeddedStack(folder)
    await stack.start()
    try:
        return await bring(file, stack.database_url, lang, patience=0)
    finally:
        await stack.stop()


async def listed(url: str) -> list[Known]:
    """Every version that the hub knows, shipped ones too, by id and version."""
    async with _intake(url) as db:
        city = await db.fetchval(CITY) or "a"
        rows = [Agreement.model_validate(row["content"]) for row in await db.fetch(agreement_versions.ALL)]
    known = sorted({(one.id, one.version): one for one in (*shipped_agreements(city), *rows)}.items())
    newest = {name: version for (name, version), _ in known}
    return [Known(one, newest[one.id] == one.version) for _, one in known]


async def _add(db: Connection, agreement: Agreement, shipped: list[Agreement], lang: str) -> Known:
    try:
        new = await agreement_versions.add(db, agreement, shipped, SystemClock().now())
    except InvalidInput as error:
        raise _refused(error.code, lang, **error.values) from error
    if new:
        await sharing.expect(db, agreement, load_policy().calendar)
    return Known(agreement, stands=True, new=new)


async def _followed(db: Connection, patience: float) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end and await db.fetchval(ARMED, sharing.TIMER, SystemClock().now()):
        await asyncio.sleep(POLL)


@asynccontextmanager
async def _intake(url: str) -> AsyncIterator[Connection]:
    db = await asyncpg.connect(url, server_settings=session_settings("intake"))
    try:
        await speak_json(db)
        yield db
    finally:
        await db.close()


def _refused(code: str, lang: str, **values: object) -> Refused:
    return Refused(code, words().say(code, lang, **values), status=422)
