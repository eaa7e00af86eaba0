"""Is anything still on its way? Answered from the database and the broker alone, whatever processes there are.

Quiet means, in one snapshot of the database taken before the broker is asked: every relay is at the end of its feed,
no armed deadline is due, every projection is at the end of its feed; and then every consumer's progress is the
broker's end offset. Two looks in a row must agree.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import asyncpg
from aiokafka.errors import KafkaError

from services.kernel.clock import Clock
from services.kernel.db import Connection, Pool, checked_schema
from services.kernel.ends import Ends, Offsets

POLL: Final = 0.02
SCHEMAS: Final = "select nspname from pg_namespace where to_regclass(format('%I.relay', nspname)) is not null order by 1"
OF_SCHEMA: Final = """
select 'relay' as what, '{schema}' as name, relay.cluster_id as topic, 0 as partition, relay.position as number,
    exists (
        select from {schema}.events where (events.xid, events.position) > (relay.xid, relay.position)
    ) as behind
from {schema}.relay
union all
select 'deadlines', '{schema}', null, 0, 0,
    exists (select from {schema}.deadlines where state = 'armed' and due_at <= $1)
union all
select 'consumer', consumer, topic, partition, next_offset, false
from {schema}.progress
where cluster_id = $2
"""
OF_FEED: Final = """
select 'projection', given.name, null, 0, coalesce(done.position, 0),
    exists (
        select from {schema}.journal
        where (journal.xid, journal.position) > (coalesce(done.xid, '0'::xid8), coalesce(done.position, 0))
    )
from unnest($3::text[], $4::int[]) as given (name, version)
left join {schema}.projections as done using (name, version)
"""

LOST_DATABASE: Final = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, ConnectionResetError)
LOST_BROKER: Final = (KafkaError, OSError, TimeoutError)

Pair: TypeAlias = tuple[str, str]
"""Consumer and topic."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look: what is still on its way, and the figures it was judged by."""

    waiting: tuple[str, ...]
    figures: tuple[object, ...] = ()


@dataclass(slots=True)
class Quiet:
    """Looks and waits. `pairs`: the subscriptions known here; those of other processes are known by their rows.

    `journal`: the schema whose projections follow its journal, `projections`: their names and versions.
    """

    pool: Pool
    ends: Ends
    clock: Clock
    pairs: Callable[[], Iterable[Pair]]
    journal: str
    projections: Mapping[str, int]
    _one_look: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def wait(self, timeout: float) -> tuple[str, ...]:  # noqa: ASYNC109 - the caller asks for an answer, not for an end
        """What is still on its way after `timeout` seconds; empty as soon as all is quiet."""
        end = asyncio.get_running_loop().time() + timeout
        before = await self.look()
        while True:
            after = await self.look()
            if not after.waiting and after == before:
                return ()
            if asyncio.get_running_loop().time() >= end:
                return after.waiting or ("moving",)
            before = after
            await asyncio.sleep(POLL)

    async def look(self) -> Look:
        """Database first, then broker: what was consumed by then can only have grown since."""
        async with self._one_look:
            try:
                return await self._look()
            except LOST_DATABASE:
                return Look(("database",))
            except LOST_BROKER:
                await self.ends.close()
                return Look(("broker",))

    async def _look(self) -> Look:
        cluster_id = await self.ends.cluster_id()
        rows = await self._rows(cluster_id)
        offsets = await self.ends.of({topic for _, topic in self._pairs(rows)})
        return await self._judged(rows, offsets, cluster_id)

    async def _judged(self, rows: Sequence[asyncpg.Record], offsets: Offsets, cluster_id: str) -> Look:
        waiting = [*behind(rows), *lagging(rows, offsets, self._pairs(rows)), *strangers(rows, cluster_id)]
        if any(each.startswith("broker") for each in waiting):
            await self.ends.close()
        figures = tuple((row["what"], row["name"], row["topic"], row["partition"], row["number"]) for row in rows)
        return Look(tuple(dict.fromkeys(waiting)), figures)

    def _pairs(self, rows: Sequence[asyncpg.Record]) -> set[Pair]:
        told = {(row["name"], row["topic"]) for row in rows if row["what"] == "consumer"}
        return told | set(self.pairs())

    async def _rows(self, cluster_id: str) -> Sequence[asyncpg.Record]:
        names, versions = list(self.projections), list(self.projections.values())
        async with self.pool.acquire() as db:
            statement = await self._statement(db)
            return await db.fetch(statement, self.clock.now(), cluster_id, names, versions)

    async def _statement(self, db: Connection) -> str:
        schemas = [checked_schema(row["nspname"]) for row in await db.fetch(SCHEMAS)]
        parts = [OF_SCHEMA.replace("{schema}", schema) for schema in schemas]
        return "union all".join([*parts, OF_FEED.replace("{schema}", checked_schema(self.journal))])


def behind(rows: Sequence[asyncpg.Record]) -> Iterator[str]:
    """Relays, deadlines and projections that have something to do."""
    yield from (f"{row['what']}:{row['name']}" for row in rows if row["behind"])


def lagging(rows: Sequence[asyncpg.Record], offsets: Offsets, pairs: Iterable[Pair]) -> Iterator[str]:
    """Consumers that are not at the end of a partition they read."""
    done = {(row["name"], row["topic"], row["partition"]): row["number"] for row in rows if row["what"] == "consumer"}
    for consumer, topic in sorted(pairs):
        for partition, end in offsets.get(topic, {}).items():
            at = done.get((consumer, topic, partition), 0)
            if at < end:
                yield f"consumer:{consumer} {topic}"
            elif at > end:
                yield "broker:changed"


def strangers(rows: Sequence[asyncpg.Record], cluster_id: str) -> Iterator[str]:
    """Relays whose checkpoint is of another broker than ours."""
    relays = (row for row in rows if row["what"] == "relay" and row["topic"])
    yield from (f"broker:{row['name']}" for row in relays if row["topic"] != cluster_id)
