"""Random interleavings of open transactions: the feed gives each key's events in the order they were committed.

A play is two to four transactions over two streams of one person and one of another. Each may write an inbox row first,
so that it has an early xid, append late, and roll back; a reader polls the feed meanwhile. Who takes the next step is
decided by a seed. A transaction that has to wait for a key either waits in the database or is made to begin again.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from services.kernel.errors import RetryTransaction, WrongVersion
from services.kernel.migrations import KERNEL
from services.kernel.store import Cursor, Recorded
from tests.support.database import note, plain_store, service_pool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterator

    from asyncpg.transaction import Transaction

    from services.kernel.db import Connection, Pool
    from services.kernel.store import Store

PLAYS = 1_000
PLAYS_UNGUARDED = 100
STREAMS = {"person-a": "a", "handover-a": "a", "person-b": "b"}
GUARD = " where head.last_xid <= me"
INBOX = "insert into inbox (consumer, event_id) values ($1, $2)"
STANDS = "select wait_event_type = 'Lock' from pg_stat_activity where pid = $1"


@dataclass(eq=False)
class Writer:
    """One transaction: what it is going to do, and how far it is."""

    db: Connection
    name: str
    steps: list[str]
    tx: Transaction | None = None
    done: int = 0
    wrote: list[tuple[str, str]] = field(default_factory=list)
    waiting: asyncio.Task[list[Recorded]] | None = None


class Play:
    """One interleaving: `committed` and `fed` are the texts of each key in order."""

    def __init__(self, store: Store, reader: Connection, chance: random.Random, number: int) -> None:
        self.store, self.reader, self.chance, self.number = store, reader, chance, number
        self.holder: dict[str, Writer] = {}
        self.in_line: dict[str, Writer] = {}
        self.committed: dict[str, list[str]] = defaultdict(list)
        self.fed: list[Recorded] = []
        self.redone = 0

    async def run(self, writers: list[Writer], cursor: Cursor) -> Cursor:
        """Let the writers take turns until all are through; gives the reader's last cursor."""
        while open_ones := [one for one in writers if one.done < len(one.steps)]:
            writer = self.chance.choice(open_ones)
            if not writer.waiting:
                await self.turn(writer)
            if self.chance.random() < 0.3:
                cursor = await self.poll(cursor, self.chance.randint(1, 3))
        while (after := await self.poll(cursor, 100)) != cursor:
            cursor = after
        return cursor

    async def poll(self, cursor: Cursor, limit: int) -> Cursor:
        batch = await self.store.feed(self.reader, cursor, limit)
        self.fed += batch
        return Cursor(batch[-1].xid, batch[-1].position) if batch else cursor

    async def turn(self, writer: Writer) -> None:
        if writer.tx is None:
            writer.tx = writer.db.transaction()
            await writer.tx.start()
        match writer.steps[writer.done]:
            case "inbox":
                await writer.db.execute(INBOX, writer.name, str(self.number))
                writer.done += 1
            case "commit" | "roll back" as ending:
                await self.end(writer, commit=ending == "commit")
                writer.done += 1
            case stream:
                await self.write(writer, STREAMS[stream])

    async def write(self, writer: Writer, key: str) -> None:
        """Append now, or stand in line for the key, or begin again where standing in line could go round in a ring."""
        holder = self.holder.setdefault(key, writer)
        if holder is writer:
            await self.settle(writer, key, self.append(writer))
        elif self.chance.random() < 0.5:
            if holder.waiting or key in self.in_line:
                await self.begin_again(writer)
            else:
                await self.stand_in_line(writer, key)

    async def append(self, writer: Writer) -> list[Recorded]:
        stream = writer.steps[writer.done]
        name, key = f"{stream}-{self.number}", f"{STREAMS[stream]}-{self.number}"
        version = await self.store.version(writer.db, name)
        return await self.store.append(writer.db, name, key, version, [note(f"{writer.name}.{writer.done}")])

    async def settle(self, writer: Writer, key: str, appending: Awaitable[list[Recorded]]) -> None:
        self.holder[key] = writer
        try:
            [written] = await appending
        except (RetryTransaction, WrongVersion):
            await self.begin_again(writer)
        else:
            writer.wrote.append((key, written.data["text"]))
            writer.done += 1

    async def stand_in_line(self, writer: Writer, key: str) -> None:
        writer.waiting = asyncio.create_task(self.append(writer))
        self.in_line[key] = writer
        async with asyncio.timeout(5):
            while not await self.reader.fetchval(STANDS, writer.db.get_server_pid()):
                await asyncio.sleep(0)

    async def begin_again(self, writer: Writer) -> None:
        self.redone += 1
        await self.end(writer, commit=False)
        writer.done = 0

    async def end(self, writer: Writer, *, commit: bool) -> None:
        assert writer.tx
        tx, writer.tx = writer.tx, None
        wrote, writer.wrote = writer.wrote, []
        await (tx.commit() if commit else tx.rollback())
        for key, text in wrote if commit else ():
            self.committed[key].append(text)
        released = [key for key, holder in self.holder.items() if holder is writer]
        for key in released:
            del self.holder[key]
        for key in released:
            await self.let_in(key)

    async def let_in(self, key: str) -> None:
        writer = self.in_line.pop(key, None)
        if writer and writer.waiting:
            appending, writer.waiting = writer.waiting, None
            await self.settle(writer, key, appending)

    def faults(self) -> Iterator[str]:
        """Where the feed differs from what was committed; nothing if all is well."""
        texts: dict[str, list[str]] = defaultdict(list)
        versions: dict[str, list[int]] = defaultdict(list)
        for event in self.fed:
            texts[event.meta["partitionkey"].split("-")[0]].append(event.data["text"])
            versions[event.stream_id].append(event.version)
        if texts != self.committed:
            yield f"play {self.number}: committed {dict(self.committed)}, fed {dict(texts)}"
        for stream, given in versions.items():
            if given != list(range(1, len(given) + 1)):
                yield f"play {self.number}: {stream} fed as {given}"


@dataclass
class Season:
    """Many plays in one database."""

    plays: int = 0
    redone: int = 0
    events: int = 0
    faults: list[str] = field(default_factory=list)


@asynccontextmanager
async def connections(pool: Pool, count: int) -> AsyncIterator[list[Connection]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(pool.acquire()) for _ in range(count)]


def steps(chance: random.Random) -> list[str]:
    inbox = ["inbox"] if chance.random() < 0.6 else []
    writes = chance.choices(list(STREAMS), k=chance.randint(1, 3))
    return [*inbox, *writes, "roll back" if chance.random() < 0.15 else "commit"]


async def season(pool: Pool, plays: int) -> Season:
    chance, store, seen, cursor = random.Random(20260302), plain_store(), Season(), Cursor()
    async with connections(pool, 5) as (reader, *sessions):
        for number in range(plays):
            play = Play(store, reader, chance, number)
            cast = [Writer(db, f"t{at}", steps(chance)) for at, db in enumerate(sessions[: chance.randint(2, 4)])]
            cursor = await play.run(cast, cursor)
            seen.plays += 1
            seen.redone += play.redone
            seen.events += len(play.fed)
            seen.faults += play.faults()
    return seen


async def test_the_feed_keeps_the_order_of_every_key_whatever_transactions_are_open(database_url: str) -> None:
    async with service_pool(database_url, owner=True) as pool:
        seen = await season(pool, PLAYS)
    assert seen.faults == []
    assert seen.plays == PLAYS
    assert seen.redone > 0
    assert seen.events > PLAYS


async def test_without_the_guard_the_same_plays_break_the_order(database_url: str) -> None:
    guarded = (KERNEL / "0004_create_append.sql").read_text("utf-8")
    assert guarded.count(GUARD) == 1
    async with service_pool(database_url, owner=True) as pool:
        await pool.execute(guarded.replace(GUARD, "").replace("create function", "create or replace function"))
        seen = await season(pool, PLAYS_UNGUARDED)
    assert len(seen.faults) > 10
