"""Questions answered in advance: projections follow a feed, their place moves in the transaction of their writes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from services.kernel import logs
from services.kernel.db import Connection, Pool, retrying
from services.kernel.store import Cursor, Recorded

log = logs.get("kernel.projections")

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

BEGIN_ALL = """
    insert into projections (name, version)
    select name, version from unnest($1::text[], $2::int[]) as given (name, version) order by name
    on conflict do nothing
"""
MOVE_FREE = """
    with free as (
        select name, version from projections join unnest($1::text[], $2::int[]) as given (name, version)
            using (name, version)
        where xid = $3::text::xid8 and position = $4
        for update of projections skip locked
    )
    update projections set xid = $5::text::xid8, position = $6
    from free
    where projections.name = free.name and projections.version = free.version
    returning projections.name
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
    """Brings projections up to their feed; several processes may run the same ones.

    Those that stand at the same place go on together, in one transaction. One that fails or is held by another
    process goes on by itself, at its own pace.
    """

    def __init__(self, pool: Pool, feed: Feed, projections: Sequence[Projection]) -> None:
        self._pool = pool
        self._reads = _SharedReads(feed)
        self._woken = {projection: asyncio.Event() for projection in projections}
        self._places: dict[Projection, Cursor] = {}
        self._failing: set[Projection] = set()
        self._one_step = asyncio.Lock()

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
            with suppress(TimeoutError):
                await asyncio.wait_for(woken.wait(), LONGEST_SLEEP)

    async def _catch_up(self, projection: Projection) -> int:
        applied = 0
        while batch := await self._reads.after(self._pool, place := await self._place(projection)):
            applied += await self._together(projection, place, batch)
            if self._places.get(projection) == place:
                applied += await self._alone(projection, place, batch)
        return applied

    async def _place(self, projection: Projection) -> Cursor:
        """As remembered; whoever was moved by another process is told so by its next step."""
        if projection not in self._places:
            async with self._pool.acquire() as db:
                self._places[projection] = await cursor_of(db, projection)
        return self._places[projection]

    async def _together(self, projection: Projection, place: Cursor, batch: list[Recorded]) -> int:
        """One step of everybody who stands there; nobody's if one of them fails."""
        async with self._one_step:
            here = [one for one, at in self._places.items() if at == place and one not in self._failing]
            if projection not in here or len(here) == 1:
                return 0  # it was taken along meanwhile, or has no company
            try:
                moved = await retrying(self._pool, partial(_apply_free, here, place, batch))
            except Exception as error:  # noqa: BLE001 - alone it becomes clear whose it is
                log.warning("projections_part", error=error)
                return 0
            self._places |= dict.fromkeys(moved, end_of(batch))
            return len(moved) * len(batch)

    async def _alone(self, projection: Projection, place: Cursor, batch: list[Recorded]) -> int:
        self._failing.add(projection)
        moved = await retrying(self._pool, partial(_apply, projection, place, batch))
        self._failing.discard(projection)
        if moved:
            self._places[projection] = end_of(batch)
        else:
            del self._places[projection]
        return moved


class _SharedReads:
    """One read of the feed for all projections that stand at the same place.

    What follows a place in the feed never changes at its beginning, so a batch once read stays true; that nothing
    follows is believed until somebody says otherwise, or for a while: another process may write.
    """

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self._known: dict[Cursor, list[Recorded]] = {}
        self._reading = asyncio.Lock()
        self._looked = 0.0

    def forget(self) -> None:
        """There may be more now."""
        self._known = {}  # a read under way notes its answer in the old one

    async def after(self, pool: Pool, cursor: Cursor) -> list[Recorded]:
        """The next batch, read outside a transaction: looking in vain must not use up transaction ids."""
        async with self._reading:
            if time.monotonic() - self._looked >= LONGEST_SLEEP:
                self.forget()
            if cursor not in self._known:
                return await self._read(pool, cursor)
            return self._known[cursor]

    async def _read(self, pool: Pool, cursor: Cursor) -> list[Recorded]:
        known, self._looked = self._known, time.monotonic()
        async with pool.acquire() as db:
            batch = await self.feed(db, cursor, BATCH)
        while len(known) >= KEPT_READS:
            known.pop(next(iter(known)))
        known[cursor] = batch
        if 0 < len(batch) < BATCH:
            known[end_of(batch)] = []
        return batch


def end_of(batch: Sequence[Recorded]) -> Cursor:
    """The place of the last fact."""
    return Cursor(batch[-1].xid, batch[-1].position)


async def cursor_of(db: Connection, projection: Projection) -> Cursor:
    """Up to where a projection has applied its feed."""
    row = await db.fetchrow(CURSOR, projection.name, projection.version)
    return Cursor(row["xid"], row["position"]) if row else Cursor()


async def _apply(projection: Projection, after: Cursor, batch: list[Recorded], db: Connection) -> int:
    """Move the checkpoint and write; 0 if another process moved it first."""
    if after == Cursor():
        await db.execute(BEGIN, projection.name, projection.version)
    new = end_of(batch)
    places = (after.xid, after.position), (new.xid, new.position)
    if await db.fetchval(MOVE, projection.name, projection.version, *places[0], *places[1]) is None:
        return 0
    await projection.apply_all(db, batch)
    return len(batch)


async def _apply_free(
    projections: Sequence[Projection], after: Cursor, batch: list[Recorded], db: Connection
) -> list[Projection]:
    """The same for all of them that stand there and are not held by another process; gives these."""
    names, versions = [one.name for one in projections], [one.version for one in projections]
    if after == Cursor():
        await db.execute(BEGIN_ALL, names, versions)
    new = end_of(batch)
    places = (after.xid, after.position, new.xid, new.position)
    free = {row["name"] for row in await db.fetch(MOVE_FREE, names, versions, *places)}
    moved = [one for one in projections if one.name in free]
    for one in moved:
        await one.apply_all(db, batch)
    return moved
