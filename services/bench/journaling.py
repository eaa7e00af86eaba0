"""From a topic of the hub into `timeline.journal` by the real subscription, beside a bare consumer and executemany."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from schemas.topics import TOPICS
from services.bench.facts import TOPIC
from services.bench.ground import Ground
from services.bench.relaying import send_all, sent, write_backlog
from services.bench.rounds import Figures
from services.bench.sizes import Sizes
from services.kernel import producer
from services.kernel.db import Connection, Pool
from services.kernel.records import Message, Subscription
from services.kernel.store import Cursor
from services.kernel.subscriber import EMBEDDED_WAIT_MS, MAX_RECORDS, Subscribers
from services.kernel.topics_admin import ensure_topics
from services.timeline.journal import journaling

NAME: Final = "ingest_to_journal"
MIGRATIONS: Final = Path(__file__).parent.parent / "timeline" / "migrations"
INGEST: Final = "hub.bench.v1"
PATIENCE: Final = 120.0  # seconds
LOOK_EVERY: Final = 0.005  # seconds
COUNT: Final = "select count(*) from journal"
PROGRESS: Final = "select coalesce(sum(next_offset), 0) from progress where consumer = $1"
TWIN: Final = "create table if not exists plain_journal (like journal including all)"
PLAIN: Final = """
insert into plain_journal (
    event_id, stream_id, version, type, data, meta, topic, partition, "offset", recorded_at, journaled_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""
COLUMNS: Final = frozenset({"id", "type", "sequence", "stream", "specversion"})


class Stopwatch:
    """Starts once."""

    def __init__(self) -> None:
        self.began = 0.0

    def start(self) -> None:
        """The first call counts."""
        self.began = self.began or time.perf_counter()

    def rate(self, count: int) -> Figures:
        """So many since the start, in a second."""
        return {NAME: count / (time.perf_counter() - self.began)}


@dataclass(frozen=True, slots=True)
class Journaling:
    """Both sides over one topic that holds `count` facts. The time runs from the first poll with records in hand."""

    ground: Ground
    count: int

    async def ours(self, number: int) -> Figures:
        """The timeline's own subscription in a fresh schema, until everything is journaled and its offsets are kept."""
        watch = Stopwatch()
        async with self.ground.schema(f"journaling_{number}", MIGRATIONS) as pool:
            subscription = self._subscription(number, watch)
            subscribers = self._subscribers(pool, subscription)
            await subscribers.start()
            try:
                await _reached(pool, PROGRESS, self.count, subscription.consumer)
                return watch.rate(await pool.fetchval(COUNT))
            finally:
                await subscribers.stop()

    async def raw(self, number: int) -> Figures:
        """A bare consumer with the same fetches; each poll one executemany of the same rows, then a commit."""
        async with self.ground.schema(f"journaling_{number}") as pool, pool.acquire() as db:
            await db.execute(TWIN)
            consumer = await self._consumer(number)
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._copy(consumer, db)
            finally:
                await consumer.stop()

    async def _copy(self, consumer: AIOKafkaConsumer, db: Connection) -> Figures:
        watch, copied = Stopwatch(), 0
        while copied < self.count:
            polled = await consumer.getmany(timeout_ms=EMBEDDED_WAIT_MS, max_records=MAX_RECORDS)
            records = [record for each in polled.values() for record in each]
            if records:
                watch.start()
                await db.executemany(PLAIN, [row(record, self.ground.clock.now()) for record in records])
                await consumer.commit()
                copied += len(records)
        return watch.rate(copied)

    def _subscription(self, number: int, watch: Stopwatch) -> Subscription:
        archive = journaling(self.ground.clock, lambda: None)

        async def timed(db: Connection, messages: Sequence[Message]) -> None:
            watch.start()
            await archive(db, messages)

        return Subscription(consumer=f"bench.journal-{number}", topics=(INGEST,), handle_batch=timed)

    def _subscribers(self, pool: Pool, subscription: Subscription) -> Subscribers:
        return Subscribers(
            self.ground.bootstrap,
            pool,
            self.ground.store(),
            self.ground.clock,
            [subscription],
            embedded=True,
            ids=self.ground.ids,
            service="bench",
        )

    async def _consumer(self, number: int) -> AIOKafkaConsumer:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.ground.bootstrap,
            group_id=f"bench.raw-{number}",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=EMBEDDED_WAIT_MS,
        )
        await consumer.start()
        consumer.assign([TopicPartition(INGEST, part) for part in range(TOPICS[TOPIC].partitions)])
        return consumer


def row(record: ConsumerRecord, now: datetime) -> tuple[Any, ...]:
    """A record as a journal row, nothing checked."""
    said = {name.removeprefix("ce_"): value.decode() for name, value in record.headers}
    meta = {name: value for name, value in said.items() if name not in COLUMNS}
    return (
        said["id"],
        said["stream"],
        int(said["sequence"]),
        said["type"],
        json.loads(record.value),
        meta,
        record.topic,
        record.partition,
        record.offset,
        datetime.fromisoformat(said["recordedtime"]),
        now,
    )


@asynccontextmanager
async def ingesting(ground: Ground, sizes: Sizes) -> AsyncIterator[Journaling]:
    """A topic like `hub.intake.v1` with all facts on it."""
    await ensure_topics(ground.bootstrap, {INGEST: replace(TOPICS[TOPIC], name=INGEST)})
    async with ground.schema("ingesting") as pool:
        await write_backlog(ground, pool, sizes.ingest)
        async with pool.acquire() as db:
            messages = [sent(event) for event in await ground.store().feed(db, Cursor(), sizes.ingest)]
    sender = await producer.connect(ground.bootstrap)
    try:
        await send_all(sender, messages, INGEST)
    finally:
        await producer.discard(sender)
    yield Journaling(ground, len(messages))


async def _reached(pool: Pool, question: str, count: int, *arguments: object) -> None:
    async with asyncio.timeout(PATIENCE), pool.acquire() as db:
        while await db.fetchval(question, *arguments) < count:
            await asyncio.sleep(LOOK_EVERY)
