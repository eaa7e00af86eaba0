"""A projection built anew beside the live one: compared by hash, then switched. Replay cannot say anything outward.

The rebuilt tables are temporary ones of one session, which find themselves before the live ones by name, and facts
are replayed in READ ONLY transactions: PostgreSQL refuses any write to a table that is not temporary. A session that
is killed leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Final

import asyncpg

from services.kernel.db import Connection, session_settings, speak_json
from services.kernel.projections import BATCH, BEGIN, Feed, Projection, cursor_of
from services.kernel.roles import role_of
from services.kernel.store import Cursor, Recorded
from services.kernel.verifying import Check, Finding, digest

PLACE: Final = ("xid", "position")
"""Columns that say where in this journal a row was read; another journal of the same facts has others."""
REBUILT: Final = "pg_temp"

COPY_SHAPE: Final = "select copy_shape($1)"
LINES: Final = "select line from table_lines(to_regclass($1), $2) as line"
LOCK: Final = "select from projections where name = $1 and version = $2 for update"
TAKE_OVER: Final = "select take_over(to_regclass($1), to_regclass($2))"


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """Projections over one feed, in one schema of one database."""

    url: str
    schema: str
    feed: Feed

    def checks(self, projections: Sequence[Projection]) -> tuple[Check, ...]:
        """One check for each projection."""
        return tuple(self._check(each) for each in projections)

    async def verify(self, projection: Projection) -> Finding:
        """The live rows and those that the facts up to the same place give, by their hashes; changes nothing."""
        async with self._beside(projection) as db:
            return (await self._compared(db, projection))[0]

    async def rebuild(self, projection: Projection) -> Finding:
        """As `verify`; where they differ, the live rows become the rebuilt ones in one transaction."""
        async with self._beside(projection) as db:
            found, at = await self._compared(db, projection)
            return found if found.equal else replace(found, rows=await self._switch(db, projection, at))

    def _check(self, projection: Projection) -> Check:
        async def verify() -> Finding:
            return await self.verify(projection)

        async def rebuild() -> Finding:
            return await self.rebuild(projection)

        return Check(projection.name, verify, rebuild)

    @asynccontextmanager
    async def _beside(self, projection: Projection) -> AsyncIterator[Connection]:
        """A session of its own in which the projection's tables are empty ones that end with it."""
        db = await asyncpg.connect(self.url, server_settings=session_settings(self.schema, role_of(self.schema)))
        try:
            await speak_json(db)
            for table in projection.tables:
                await db.execute(COPY_SHAPE, table)
            yield db
        finally:
            await db.close()

    async def _compared(self, db: Connection, projection: Projection) -> tuple[Finding, Cursor]:
        """One snapshot gives the live rows and the place that they are at; then the replay may take its time."""
        async with db.transaction(isolation="repeatable_read", readonly=True):
            at = await cursor_of(db, projection)
            live = await hashed(db, self.schema, projection.tables)
        facts = await self._replay(db, projection, Cursor(), at)
        async with db.transaction(isolation="repeatable_read", readonly=True):
            rebuilt = await hashed(db, REBUILT, projection.tables)
        return Finding(name=projection.name, facts=facts, live=live, rebuilt=rebuilt), at

    async def _replay(self, db: Connection, projection: Projection, after: Cursor, until: Cursor) -> int:
        facts = 0
        while batch := up_to(until, await self.feed(db, after, BATCH)):
            async with db.transaction(isolation="read_committed", readonly=True):
                await projection.apply_all(db, batch)
            after = Cursor(batch[-1].xid, batch[-1].position)
            facts += len(batch)
        return facts

    async def _switch(self, db: Connection, projection: Projection, at: Cursor) -> int:
        """Catch up, then hold the live one still, catch up the rest and write what differs."""
        near = await cursor_of(db, projection)
        await self._replay(db, projection, at, near)
        async with db.transaction(isolation="read_committed"):
            await db.execute(BEGIN, projection.name, projection.version)
            await db.execute(LOCK, projection.name, projection.version)
            now = await cursor_of(db, projection)
            while batch := up_to(now, await self.feed(db, near, BATCH)):
                await projection.apply_all(db, batch)
                near = Cursor(batch[-1].xid, batch[-1].position)
            names = [(f"{self.schema}.{table}", f"{REBUILT}.{table}") for table in projection.tables]
            return sum([int(await db.fetchval(TAKE_OVER, *pair)) for pair in names])


async def hashed(db: Connection, schema: str, tables: Sequence[str]) -> str:
    """One hash over all rows of the tables, whatever order they lie in; inside the caller's transaction."""

    async def lines() -> AsyncIterator[str]:
        for table in tables:
            yield table
            async for row in db.cursor(LINES, f"{schema}.{table}", list(PLACE), prefetch=BATCH):
                yield row["line"]

    return await digest(lines())


def up_to(until: Cursor, batch: Sequence[Recorded]) -> list[Recorded]:
    """The facts of a batch that stand at or before a place."""
    end = (int(until.xid), until.position)
    return [record for record in batch if (int(record.xid), record.position) <= end]
