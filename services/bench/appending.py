"""Append by the store beside a plain INSERT of the very same rows into a table like `events`, by as many clients.

Both sides hold their connections and their statements prepared. Without an inbox every append, as every INSERT, is a
transaction of its own without BEGIN; with one, both are inside BEGIN and COMMIT.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from services.bench.facts import Planned, planned
from services.bench.ground import Ground
from services.bench.rounds import Figures
from services.bench.sizes import Sizes
from services.kernel import inbox
from services.kernel.db import Connection

CONSUMER: Final = "bench.facts"

TWINS: Final = """
drop table if exists plain_events, plain_inbox;
create table plain_events (like events including all);
create table plain_inbox (like inbox including all);
"""
WRITTEN: Final = """
select stream_id, version, event_id, type, data, meta, recorded_at
from events
where position > $1
order by position
"""
LAST: Final = "select coalesce(max(position), 0) from events"
PLAIN: Final = """
insert into plain_events (xid, stream_id, version, event_id, type, data, meta, recorded_at)
values (pg_current_xact_id(), $1, $2, $3, $4, $5, $6, $7)
"""
PLAIN_INBOX: Final = "insert into plain_inbox (consumer, event_id) values ($1, $2)"


@dataclass(slots=True)
class Appending:
    """Both sides of one measurement; `raw` of a round writes what `ours` of that round has written."""

    name: str
    ground: Ground
    sizes: Sizes
    clients: Sequence[Connection]
    sealed: bool
    inbox: bool
    before: int = 0

    async def ours(self, _number: int) -> Figures:
        """Facts by Store.append."""
        self.before = await self.clients[0].fetchval(LAST)
        store, ids = self.ground.store(), self.ground.ids
        plans = [planned(self.ground, self.sizes.appends, sealed=self.sealed) for _ in self.clients]
        await self._mint({plan.key for each in plans for plan in each})

        async def append(db: Connection, plan: Planned) -> None:
            await store.append(db, plan.stream, plan.key, plan.expected, [plan.draft])

        async def taken(db: Connection, plan: Planned, message: str) -> None:
            async with db.transaction():
                await inbox.claim(db, CONSUMER, message)
                await append(db, plan)

        if self.inbox:
            messages = [[(plan, ids.new()) for plan in each] for each in plans]
            return await self._timed(taken, messages)
        return await self._timed(append, [[(plan,) for plan in each] for each in plans])

    async def raw(self, _number: int) -> Figures:
        """The same rows by INSERT."""
        rows = [tuple(row) for row in await self.clients[0].fetch(WRITTEN, self.before)]
        shares = [rows[number :: len(self.clients)] for number in range(len(self.clients))]
        insert = {db: await db.prepare(PLAIN) for db in self.clients}
        claim = {db: await db.prepare(PLAIN_INBOX) for db in self.clients}

        async def plain(db: Connection, *row: object) -> None:
            await insert[db].fetch(*row)

        async def taken(db: Connection, *row: object) -> None:
            async with db.transaction():
                await claim[db].fetch(CONSUMER, row[2])
                await insert[db].fetch(*row)

        return await self._timed(taken if self.inbox else plain, shares)

    async def _mint(self, people: set[str]) -> None:
        """Give every person a key beforehand: in the hub it is minted with the person's first record in the vault."""
        for person in people if self.sealed else ():
            await self.ground.keyring.tag(person, "")

    async def _timed(
        self, work: Callable[..., Awaitable[object]], shares: Sequence[Sequence[Sequence[Any]]]
    ) -> Figures:
        async def client(db: Connection, share: Sequence[Sequence[Any]]) -> None:
            for each in share:
                await work(db, *each)

        began = time.perf_counter()
        await asyncio.gather(*(client(db, share) for db, share in zip(self.clients, shares, strict=True)))
        return {self.name: sum(map(len, shares)) / (time.perf_counter() - began)}


@asynccontextmanager
async def appending(
    name: str, ground: Ground, sizes: Sizes, *, sealed: bool = False, inbox: bool = False
) -> AsyncIterator[Appending]:
    """All clients connected, twin tables made."""
    async with ground.schema("appending") as pool, AsyncExitStack() as held:
        await pool.execute(TWINS)
        clients = [await held.enter_async_context(ground.connected("appending")) for _ in range(sizes.clients)]
        yield Appending(name, ground, sizes, clients, sealed, inbox)
