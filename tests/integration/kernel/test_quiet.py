"""Quiet is told from the database and the broker alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from aiokafka import AIOKafkaProducer

from schemas.topics import TOPICS
from services.embedded.broker import EmbeddedBroker
from services.kernel import topics_admin
from services.kernel.clock import VirtualClock
from services.kernel.db import Pool
from services.kernel.deadlines import Deadline, arm
from services.kernel.quiet import Quiet
from services.kernel.topic_ends import TopicEnds
from services.timeline.app import MIGRATIONS
from tests.support.database import START, note, plain_store, service_pool

TOPIC = "hub.privacy.v1"
CONSUMER = "timeline.journal"
PROGRESS = """
    insert into progress (consumer, cluster_id, topic, partition, next_offset) values ($1, $2, $3, $4, $5)
    on conflict (consumer, cluster_id, topic, partition) do update set next_offset = excluded.next_offset
"""


@dataclass
class Place:
    """A timeline's schema, a broker, and the question whether all is quiet."""

    pool: Pool
    broker: EmbeddedBroker
    clock: VirtualClock
    quiet: Quiet

    async def waiting(self) -> tuple[str, ...]:
        return await self.quiet.wait(0)

    async def progress(self, topic: str, partition: int, offset: int) -> None:
        cluster_id = await self.quiet.ends.cluster_id()
        await self.pool.execute(PROGRESS, CONSUMER, cluster_id, topic, partition, offset)

    async def send(self, topic: str, partition: int, records: int = 1) -> None:
        """All in one batch."""
        producer = AIOKafkaProducer(bootstrap_servers=self.broker.bootstrap, linger_ms=50)
        await producer.start()
        sent = [await producer.send(topic, b"{}", partition=partition) for _ in range(records)]
        await asyncio.gather(*sent)
        await producer.stop()


@pytest.fixture
async def place(database_url: str, fresh_broker: EmbeddedBroker) -> AsyncIterator[Place]:
    await topics_admin.ensure_topics(fresh_broker.bootstrap, TOPICS)
    async with service_pool(database_url, MIGRATIONS, schema="timeline") as pool:
        clock, ends = VirtualClock(START), TopicEnds(fresh_broker.bootstrap)
        pairs = [(CONSUMER, topic) for topic in TOPICS]
        quiet = Quiet(pool, ends, clock, lambda: pairs, "timeline", {"station_inbox": 1})
        yield Place(pool, fresh_broker, clock, quiet)
        await ends.close()


async def test_an_empty_hub_is_quiet(place: Place) -> None:
    assert await place.waiting() == ()


async def test_an_event_that_the_relay_has_not_sent_is_not_quiet(place: Place) -> None:
    async with place.pool.acquire() as db:
        await plain_store().append(db, "s", "k", 0, [note("one")])
    assert await place.waiting() == ("relay:timeline",)


async def test_a_deadline_is_not_quiet_from_the_instant_it_is_due(place: Place) -> None:
    async with place.pool.acquire() as db:
        await arm(db, [Deadline("s", "T", 0, 1, START + timedelta(days=1), 0, "p", "c")])
    assert await place.waiting() == ()
    place.clock.set(START + timedelta(days=1))
    assert await place.waiting() == ("deadlines:timeline",)


async def test_a_record_that_a_consumer_has_not_taken_is_not_quiet(place: Place) -> None:
    await place.send(TOPIC, 3)
    assert await place.waiting() == (f"consumer:{CONSUMER} {TOPIC}",)
    await place.progress(TOPIC, 3, 1)
    assert await place.waiting() == ()


async def test_all_records_of_a_batch_must_be_taken(place: Place) -> None:
    await place.send(TOPIC, 3, records=4)
    await place.progress(TOPIC, 3, 1)
    assert await place.waiting() == (f"consumer:{CONSUMER} {TOPIC}",)
    await place.progress(TOPIC, 3, 4)
    assert await place.waiting() == ()


async def test_a_projection_behind_the_journal_is_not_quiet(place: Place) -> None:
    await place.pool.execute(
        'insert into journal (event_id, stream_id, version, type, data, meta, topic, partition, "offset", recorded_at,'
        " journaled_at) values ('e', 's', 1, 't', '{}', '{}', 'hub.intake.v1', 0, 0, now(), now())"
    )
    assert await place.waiting() == ("projection:station_inbox",)


async def test_progress_beyond_the_end_means_another_broker(place: Place) -> None:
    await place.progress(TOPIC, 0, 7)
    assert await place.waiting() == ("broker:changed",)


async def test_a_broker_that_is_away_is_not_quiet_and_found_again(place: Place) -> None:
    assert await place.waiting() == ()
    await place.broker.kill()
    assert (await place.waiting())[0].startswith("broker")
    await place.broker.restart()
    await topics_admin.ensure_topics(place.broker.bootstrap, TOPICS)
    assert await place.quiet.wait(10) == ()


async def test_a_quiet_hub_is_told_within_thirty_milliseconds(place: Place) -> None:
    await place.send(TOPIC, 3)
    await place.progress(TOPIC, 3, 1)
    await place.waiting()
    took = []
    for _ in range(20):
        begun = time.perf_counter()
        assert await place.waiting() == ()
        took.append(time.perf_counter() - begun)
    assert min(took) < 0.03  # other work on the machine may slow down some
