"""Questions answered in advance: projections follow a feed, their place moves in the transaction of their writes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from services.kernel.db import Connection, Pool, retrying
from services.kernel.store import Cursor, Recorded

BATCH = 500
KEPT_READS = 4  # of a long catch-up; the slowest projection then reads for itself
LONGEST_SLEEP = 0.25  # seconds; another process may have written the feed

BEGIN = "insert into projections (name, version) values ($1, $2) on conflict do nothing"
CURSOR = "select xid::text as xid, position from projections where name = $1 and version = $2"
MOVE = """
    update projections set xid = $5::text::xid8, position = $6
    where name = $1 and version = $2 and xid = $3::text::xid8 and position = $4
    returning position
"""

Feed: TypeAlias = Callable[[Connection, Cursor, int], Awaitable[list[Recorded]]]
ApplyAll: TypeAlias = Callable[[Connection, Sequence[Recorded]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Projection:
    """`apply_all` writes what a batch of facts, in feed order, changes: rows of `tables` and nothing else.

    A new version starts from the first fact, so it needs tables of its own.
    """

    name: str
    version: int
    apply_all: ApplyAll
    tables: tuple[str, ...] = ()


class ProjectionRunner:
    """Brings projections up to their feed, each at its own pace; several processes may run the same ones."""

    def __init__(self, pool: Pool, feed: Feed, projections: Sequence[Projection]) -> None:
        self._pool = pool
        self._reads = _SharedReads(feed)
        self._woken = {projection: asyncio.Event() for projection in projections}

    def wake(self) -> None:
        """Look at once: the feed has something new."""
        self._reads.forget()
        for event in self._woken.values():
            event.set()

    def loops(self) -> Mapping[str, Callable[[], Awaitable[None]]]:
        """One endless loop per projection, by name, so that a failing one stops no other."""
        return {f"projection-{one.name}": partial(self._follow, one) for one in self._woken}

    async def advance(self) -> int:
        """Apply everything the feed has now; gives how many facts were applied, counted per projection."""
        return sum([await self._catch_up(projection) for projection in self._woken])

    async def waiting(self) -> list[str]:
        """Names of the projections that are behind the feed."""
        async with self._pool.acquire() as db:
            return [one.name for one in self._woken if await self._reads.feed(db, await cursor_of(db, one), 1)]

    async def _follow(self, projection: Projection) -> None:
        woken = self._woken[projection]
        while True:
            woken.clear()
            await self._catch_up(projection)
            try:
                await asyncio.wait_for(woken.wait(), LONGEST_SLEEP)
            except TimeoutError:
                self._reads.forget()

    async def _catch_up(self, projection: Projection) -> int:
        async with self._pool.acquire() as db:
            cursor = await cursor_of(db, projection)
        applied = 0
        while batch := await self._reads.after(self._pool, cursor):
            applied += await retrying(self._pool, partial(_apply, projection, cursor, batch))
            cursor = Cursor(batch[-1].xid, batch[-1].position)
        return applied


class _SharedReads:
    """One read of the feed for all projections that stand at the same place.

    What follows a place in the feed never changes at its beginning, so a batch once read stays true; that nothing
    follows is believed until somebody says otherwise.
    """

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._known: dict[Cursor, list[Recorded]] = {}
        self._reading = asyncio.Lock()

    def forget(self) -> None:
        """There may be more now."""
        self._known = {}  # a read under way notes its answer in the old one

    async def after(self, pool: Pool, cursor: Cursor) -> list[Recorded]:
        """The next batch, read outside a transaction: looking in vain must not use up transaction ids."""
        async with self._reading:
            if cursor not in self._known:
                known = self._known
                async with pool.acquire() as db:
                    batch = await self.feed(db, cursor, BATCH)
                if len(known) >= KEPT_READS:
                    known.pop(next(iter(known)))
                known[cursor] = batch
                return batch
            return self._known[cursor]


async def cursor_of(db: Connection, projection: Projection) -> Cursor:
    """Up to where a projection has applied its feed."""
    row = await db.fetchrow(CURSOR, projection.name, projection.version)
    return Cursor(row["xid"], row["position"]) if row else Cursor()


async def _apply(projection: Projection, after: Cursor, batch: list[Recorded], db: Connection) -> int:
    """Move the checkpoint and write; 0 if another process moved it first."""
    if after == Cursor():
        await db.execute(BEGIN, projection.name, projection.version)
    old, new = (after.xid, after.position), (batch[-1].xid, batch[-1].position)
    if await db.fetchval(MOVE, projection.name, projection.version, *old, *new) is None:
        return 0
    await projection.apply_all(db, batch)
    return len(batch)
