"""The chain over a feed: what was written down is no longer changed, removed, inserted or moved without showing.

Written in blocks behind the append, so an append pays nothing. A block's digest is a keyed hash over the block before
it and the hashes of its rows; the key comes from the key-encryption key, so whoever can only write the database cannot
make a chain that holds. Nobody leads: two writers of the same block write the same, and the first one stands.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg

from services.kernel.db import Connection, Pool
from services.kernel.store import Cursor

BLOCK: Final = 1000  # rows at most
HASH: Final = 32  # bytes
REST_SECONDS: Final = 2.0
NOTHING_BEFORE: Final = bytes(HASH)

# A jsonb array is one text for one row: no separator that a value could contain, instants as exact numbers.
EVENTS: Final = """
select xid::text as xid, position, event_id as name, sha256(convert_to(jsonb_build_array(
    event_id, stream_id, version, type, extract(epoch from recorded_at), meta, data)::text, 'UTF8')) as leaf
from events
where (xid, position) > ($1::text::xid8, $2) and xid < pg_snapshot_xmin(pg_current_snapshot())
order by events.xid, position limit $3
"""
TIP: Final = "select block, xid::text as xid, position, digest from {table}_chain order by block desc limit 1"
ADD: Final = """
insert into {table}_chain (block, xid, position, leaves, digest) values ($1, $2::text::xid8, $3, $4, $5)
on conflict do nothing
"""
NEXT: Final = """
select block, xid::text as xid, position, leaves, digest from {table}_chain where block > $1 order by block limit 1
"""
PUBLISHED: Final = "select xid::text as xid, position from relay"
UP_TO: Final = "select count(*) from {table} where (xid, position) <= ($1::text::xid8, $2)"

Mac = Callable[[bytes], bytes]
Ports = Mapping[str, Callable[..., Awaitable[Any]]]
JOURNAL: Final = "journal_lacks"
"""`ports["journal_lacks"](event_ids) -> list`: which of them the journal of this process does not have."""
ON_THEIR_WAY: Final = 10.0  # seconds that an event may take to the journal
LOOK_AGAIN: Final = 0.2


@dataclass(frozen=True, slots=True)
class Chained:
    """What a walk along a chain found.

    `facts` rows hold; `head`: the last digest that does, in hex; `heads`: all of them.
    `differ`: where the first break is, as `block N`, then `changed`, `inserted`, `missing` or `swapped` and the name
    of the row there (the one behind what is missing, else `after` the one before), or `digest` where the block itself
    is not the hub's. Besides, as `unjournaled`, each event that the relay published and that never reached the journal.
    """

    name: str
    facts: int
    head: str
    heads: frozenset[str]
    differ: tuple[str, ...] = ()

    def line(self) -> dict[str, Any]:
        """As the API gives it."""
        return {
            "name": self.name,
            "facts": self.facts,
            "head": self.head,
            "equal": not self.differ,
            "differ": list(self.differ),
        }


@dataclass(slots=True)
class _Walk:
    """How far a walk is."""

    before: bytes = NOTHING_BEFORE
    block: int = 0
    at: Cursor = field(default_factory=Cursor)
    last: str = ""
    facts: int = 0
    heads: set[str] = field(default_factory=set)
    differ: str = ""
    lacking: list[str] = field(default_factory=list)
    published: tuple[int, int] = (0, 0)


class Chain:
    """The chain of one table of a service. `rows` reads its feed: xid, position, name, leaf; `mac` is the hub's.

    `ports`: where the journal says what it has, if it is of this process.
    """

    def __init__(
        self,
        pool: Pool,
        mac: Mac,
        name: str,
        *,
        table: str = "events",
        rows: str = EVENTS,
        ports: Ports | None = None,
    ) -> None:
        self.name = name
        self._ports: Ports = {} if ports is None else ports
        self._pool = pool
        self._mac = mac
        self._rows = rows
        self._tip, self._add, self._next, self._up_to = (sql.format(table=table) for sql in (TIP, ADD, NEXT, UP_TO))

    async def run(self) -> None:
        """Take in for ever what the feed has."""
        while True:
            await self.advance()
            await asyncio.sleep(REST_SECONDS)

    async def advance(self, size: int = BLOCK) -> int:
        """Take in everything that no open transaction can precede any more; gives how many rows."""
        taken = 0
        while rows := await self._take(size):
            taken += rows
        return taken

    async def verify(self) -> Chained:
        """Take in what is there, then hash everything again from the first row."""
        await self.advance()
        walk = _Walk()
        async with self._pool.acquire() as db:
            walk.published = await self._published(db)
            async for block in self._blocks(db):
                await self._follow(db, walk, block)
                if walk.differ:
                    break
            await self._nothing_between(db, walk)
        head = walk.before.hex() if walk.facts else ""
        lost = [f"unjournaled {event_id}" for event_id in await self._never_journaled(walk.lacking)]
        differ = ([walk.differ] if walk.differ else []) + lost
        return Chained(self.name, walk.facts, head, frozenset(walk.heads), tuple(differ))

    async def _take(self, size: int) -> int:
        async with self._pool.acquire() as db:
            tip = await db.fetchrow(self._tip)
            at = (tip["xid"], tip["position"]) if tip else ("0", 0)
            rows = await db.fetch(self._rows, *at, size)
            if rows:
                block, before = (tip["block"] + 1, tip["digest"]) if tip else (1, NOTHING_BEFORE)
                leaves = b"".join(row["leaf"] for row in rows)
                last = (rows[-1]["xid"], rows[-1]["position"])
                await db.execute(self._add, block, *last, leaves, self._digest(block, before, leaves))
        return len(rows)

    def _digest(self, block: int, before: bytes, leaves: bytes) -> bytes:
        return self._mac(b"|".join((self.name.encode(), str(block).encode(), before + leaves)))

    async def _blocks(self, db: Connection) -> AsyncIterator[asyncpg.Record]:
        block = 0
        while row := await db.fetchrow(self._next, block):
            yield row
            block = row["block"]

    async def _follow(self, db: Connection, walk: _Walk, block: asyncpg.Record) -> None:
        """Compare a block with the key and with the next rows of the feed."""
        number, leaves = block["block"], block["leaves"]
        if number != walk.block + 1 or block["digest"] != self._digest(number, walk.before, leaves):
            walk.differ = f"block {number} digest"
            return
        expected = [leaves[start : start + HASH] for start in range(0, len(leaves), HASH)]
        rows = await db.fetch(self._rows, walk.at.xid, walk.at.position, len(expected) + 1)
        if said := broken(expected, rows, walk.last):
            walk.differ = f"block {number} {said}"
            return
        last = rows[len(expected) - 1]
        walk.before, walk.block, walk.at = block["digest"], number, Cursor(last["xid"], last["position"])
        walk.last = last["name"]
        walk.facts += len(expected)
        walk.heads.add(walk.before.hex())
        sent = [row["name"] for row in rows[: len(expected)] if (int(row["xid"]), row["position"]) <= walk.published]
        walk.lacking += await self._lacking(sent)

    async def _published(self, db: Connection) -> tuple[int, int]:
        """Where the relay stands: what it has not sent, because the broker is away, cannot be in the journal."""
        row = await db.fetchrow(PUBLISHED) if JOURNAL in self._ports else None
        return (int(row["xid"]), row["position"]) if row else (0, 0)

    async def _lacking(self, names: Sequence[str]) -> list[str]:
        port = self._ports.get(JOURNAL)
        return await port(names) if port and names else []

    async def _never_journaled(self, names: Sequence[str]) -> Sequence[str]:
        """What is still lacking once everything under way has arrived."""
        end = time.monotonic() + ON_THEIR_WAY
        while names and time.monotonic() < end:
            await asyncio.sleep(LOOK_AGAIN)
            names = await self._lacking(names)
        return names

    async def _nothing_between(self, db: Connection, walk: _Walk) -> None:
        """A row at the very place of a block's last one would be read by nobody."""
        if not walk.differ and await db.fetchval(self._up_to, walk.at.xid, walk.at.position) != walk.facts:
            walk.differ = f"block {walk.block} inserted"


def broken(expected: Sequence[bytes], rows: Sequence[asyncpg.Record], before: str) -> str:
    """What is wrong with the rows of a block, empty if nothing; one row behind the block may be given too.

    `before`: the name of the last row of the block before.
    """
    found = [row["leaf"] for row in rows]
    at = next((at for at, leaf in enumerate(expected) if found[at : at + 1] != [leaf]), None)
    if at is None:
        return ""
    if at == len(found):
        return f"missing after {rows[-1]['name'] if rows else before}".rstrip()
    return f"{_kind(expected[at : at + 2], found[at : at + 2])} {rows[at]['name']}"


def _kind(expected: Sequence[bytes], found: Sequence[bytes]) -> str:
    if found[::-1] == expected and len(found) > 1:
        return "swapped"
    if found[1:] == expected[:1]:
        return "inserted"
    return "missing" if found[:1] == expected[1:] else "changed"
