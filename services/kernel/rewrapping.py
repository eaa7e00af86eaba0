"""After the key-encryption key was rotated: every key is wrapped anew. What the keys sealed stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import asyncpg

from services.kernel import hub_keys, person_keys
from services.kernel.db import Connection, Pool, transaction
from services.kernel.kek import Kek

AT_ONCE: Final = 500
OF_PEOPLE: Final = """
    select person_ref, kid, wrapped, wrapped_by from person_keys
    where state = 'active' and wrapped_by <> $1
    order by person_ref
    limit $2
    for update skip locked
"""
OF_HUB: Final = "select name, wrapped, wrapped_by from hub_keys where wrapped_by <> $1 for update"
REWRAP: Final = "update person_keys set wrapped = $2, wrapped_by = $3 where person_ref = $1"
REWRAP_HUB: Final = "update hub_keys set wrapped = $2, wrapped_by = $3 where name = $1"
LEFT: Final = "select count(*) from person_keys where state = 'active' and wrapped_by <> $1"


async def rewrap(pool: Pool, kek: Kek, told: Callable[[int], None]) -> int:
    """Wrap under the key that wraps now whatever another one wraps; gives how many. May be cut short and run again.

    `told` gets the number done so far. Raises InvalidTag if a former key is missing: that batch is unchanged.
    """
    done = 0
    while some := await _batch(pool, kek):
        done += some
        told(done)
    return done


async def left(pool: Pool, kek: Kek) -> int:
    """How many people's keys a former key still wraps."""
    return int(await pool.fetchval(LEFT, kek.kid))


async def _batch(pool: Pool, kek: Kek) -> int:
    async with transaction(pool) as db:
        for row in await db.fetch(OF_HUB, kek.kid):
            await _again(db, REWRAP_HUB, kek, row, row["name"], hub_keys.context(row["name"]))
        rows = await db.fetch(OF_PEOPLE, kek.kid, AT_ONCE)
        for row in rows:
            bound_to = person_keys.context(row["person_ref"], row["kid"])
            await _again(db, REWRAP, kek, row, row["person_ref"], bound_to)
        return len(rows)


async def _again(db: Connection, write: str, kek: Kek, row: asyncpg.Record, key: str, bound_to: bytes) -> None:
    clear = kek.unwrap(row["wrapped_by"], row["wrapped"], bound_to)
    by, wrapped = kek.wrap(clear, bound_to)
    await db.execute(write, key, wrapped, by)
