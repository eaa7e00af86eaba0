"""The schema of access, what commands do in it (passwords, ended sessions), with nothing of the HTTP side loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from services.access.passwords import Passwords
from services.access.posts import seeded
from services.kernel.clock import SystemClock
from services.kernel.db import open_pool
from services.kernel.errors import Refused
from services.kernel.migrations import migrate
from services.reference.organisations import load_city

SCHEMA: Final = "access"
CITIES: Final = ("a", "b")
MIGRATIONS: Final = Path(__file__).parent / "migrations"
REVOKE: Final = "update sessions set revoked_at = $2 where actor = $1 and revoked_at is null returning 1"


async def prepare(url: str) -> list[str]:
    """Bring the schema up to date; gives the applied names."""
    return await migrate(url, SCHEMA, [MIGRATIONS], kernel=False)


async def end_sessions(url: str, actor: str) -> int:
    """Every session of one actor is over, whoever signed them in; gives how many nobody had ended before."""
    await prepare(url)
    now = SystemClock().now()
    async with await open_pool(url, SCHEMA, role=None, size=1) as pool:
        return len(await pool.fetch(REVOKE, actor, now))


async def renew_password(url: str, name: str) -> str:
    """A fresh password for a user of a sample city; their sessions are over. Refused(`user_unknown`).

    In this order, so that whoever still came in by the old one is put out.
    """
    if not any(seeded(name, load_city(city)) for city in CITIES):
        raise Refused("user_unknown", name)
    await prepare(url)
    now = SystemClock().now()
    async with await open_pool(url, SCHEMA, role=None, size=1) as pool, pool.acquire() as db, db.transaction():
        given = await Passwords(db).renew(name, now)
        await db.execute(REVOKE, name, now)
    return given
