"""Is anything still on its way? Answered from the database and the broker alone, whatever processes there are.

Quiet means, in one snapshot of the database taken before the broker is asked: every relay is at the end of its feed,
no armed deadline is due, every projection is at the end of its feed; and then every consumer's progress is the
broker's end offset, while the database has not moved.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import asyncpg
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from services.kernel.clock import Clock
from services.kernel.db import Connection, Pool, checked_schema
from services.kernel.topic_ends import Offsets, TopicEnds

POLL: Final = 0.02  # seconds
LONGEST_POLL: Final = 0.06
SCHEMAS: Final = """
select nspname from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
where proname = 'at_work' and has_function_privilege(pg_proc.oid, 'execute')
order by nspname
"""
AT_WORK: Final = """
select what, coalesce(name, '{schema}') as name, topic, numbers, behind from {schema}.at_work($1, $2)
"""
OF_FEED: Final = """
select 'projection', given.name, null, array[coalesce(done.position, 0)],
    coalesce((coalesce(done.xid, '0'::xid8), coalesce(done.position, 0)) < (
        select xid, position from {schema}.journal order by xid desc, position desc limit 1
    ), false)
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


def _nothing() -> None:
    return


@dataclass(slots=True)
class Quiet:
    """Looks and waits. `pairs`: the subscriptions known here; those of other processes are known by their rows.

    `journal`: the schema whose projections follow its journal, `projections`: their names and versions. `asked` is
    told of every question, so that readers which rest look at once for what others wrote.
    """

    pool: Pool
    ends: TopicEnds
    clock: Clock
    pairs: Callable[[], Iterable[Pair]]
    journal: str
    projections: Mapping[str, int]
    asked: Callable[[], None] = _nothing
    _one_look: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def wait(self, timeout: float) -> tuple[str, ...]:  # noqa: ASYNC109 - the caller asks for an answer, not for an end
        """What is still on its way after `timeout` seconds; empty as soon as all is quiet."""
        self.asked()
        end = asyncio.get_running_loop().time() + timeout
        pause = POLL
        while True:
            found = await self.look()
            if not found.waiting and await self._unmoved(found):
                return ()
            if asyncio.get_running_loop().time() >= end:
                return found.waiting or ("moving",)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, LONGEST_POLL)

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

    async def _unmoved(self, found: Look) -> bool:
        """The database still says what it said before the broker was asked."""
        try:
            return figures(await self._rows(await self.ends.cluster_id())) == found.figures
        except (*LOST_DATABASE, *LOST_BROKER):
            return False

    async def _look(self) -> Look:
        cluster_id = await self.ends.cluster_id()
        rows = await self._rows(cluster_id)
        at_work = tuple(behind(rows))
        if at_work:  # the broker need not be asked, and whoever works has the time for it
            return Look(at_work, figures(rows))
        consumers = tuple(consumers_in(rows))
        pairs = {(each.name, each.topic) for each in consumers} | set(self.pairs())
        ends = await self.ends.of({topic for _, topic in pairs}, near(consumers))
        waiting = (*lagging(consumers, ends, pairs), *strangers(rows, cluster_id))
        if any(each.startswith("broker") for each in waiting):
            await self.ends.close()
        return Look(tuple(dict.fromkeys(waiting)), figures(rows))

    async def _rows(self, cluster_id: str) -> Sequence[asyncpg.Record]:
        names, versions = list(self.projections), list(self.projections.values())
        async with self.pool.acquire() as db:
            statement = await self._statement(db)
            return await db.fetch(statement, self.clock.now(), cluster_id, names, versions)

    async def _statement(self, db: Connection) -> str:
        schemas = [checked_schema(row["nspname"]) for row in await db.fetch(SCHEMAS)]
        parts = [AT_WORK.replace("{schema}", schema) for schema in schemas]
        return "union all".join([*parts, OF_FEED.replace("{schema}", checked_schema(self.journal))])


@dataclass(frozen=True, slots=True)
class Consumer:
    """How far one consumer is in one topic: partition → next offset."""

    name: str
    topic: str
    offsets: Mapping[int, int]


def consumers_in(rows: Sequence[asyncpg.Record]) -> Iterator[Consumer]:
    """The consumers among the rows; their numbers are all partitions, then all offsets."""
    for row in rows:
        if row["what"] == "consumer":
            half = len(row["numbers"]) // 2
            offsets = dict(zip(row["numbers"][:half], row["numbers"][half:], strict=True))
            yield Consumer(row["name"], row["topic"], offsets)


def figures(rows: Sequence[asyncpg.Record]) -> tuple[object, ...]:
    """What changes when anything moves."""
    return tuple(tuple(row.values()) for row in rows)


def behind(rows: Sequence[asyncpg.Record]) -> Iterator[str]:
    """Relays, deadlines and projections that have something to do."""
    yield from (f"{row['what']}:{row['name']}" for row in rows if row["behind"])


def near(consumers: Iterable[Consumer]) -> dict[TopicPartition, int]:
    """How far the foremost consumer of each partition is."""
    found: dict[TopicPartition, int] = {}
    for consumer in consumers:
        for partition, offset in consumer.offsets.items():
            part = TopicPartition(consumer.topic, partition)
            found[part] = max(found.get(part, 0), offset)
    return found


def lagging(consumers: Iterable[Consumer], ends: Offsets, pairs: Iterable[Pair]) -> Iterator[str]:
    """Consumers that are not at the end of a partition they read."""
    done = {(consumer.name, consumer.topic): consumer.offsets for consumer in consumers}
    readers: dict[str, list[str]] = {}
    for name, topic in sorted(pairs):
        readers.setdefault(topic, []).append(name)
    for part, end in ends.items():
        for name in readers.get(part.topic, []):
            at = done.get((name, part.topic), {}).get(part.partition, 0)
            if at != end:
                yield f"consumer:{name} {part.topic}" if at < end else "broker:changed"


def strangers(rows: Sequence[asyncpg.Record], cluster_id: str) -> Iterator[str]:
    """Relays whose checkpoint is of another broker than ours."""
    relays = (row for row in rows if row["what"] == "relay" and row["topic"])
    yield from (f"broker:{row['name']}" for row in relays if row["topic"] != cluster_id)
