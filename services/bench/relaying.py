"""A backlog published by the relay beside a producer that is made alike and sends the same bytes to the same broker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaProducer

from schemas.envelope import to_headers
from schemas.topics import TOPICS
from services.bench.facts import TOPIC, notice
from services.bench.ground import Ground
from services.bench.rounds import Figures
from services.bench.sizes import Sizes
from services.kernel import checkpoint, producer
from services.kernel.db import Connection, Pool, retrying
from services.kernel.relay import Relay
from services.kernel.store import Cause, Cursor, Draft, Recorded, Store
from services.kernel.tasks import spawn
from services.kernel.topics_admin import ensure_topics

NAME: Final = "relay"
SCHEMA: Final = "relaying"
PER_PERSON: Final = 10
PATIENCE: Final = 120.0  # seconds
LOOK_EVERY: Final = 0.005  # seconds
LAST: Final = "select max(position) from events"
REACHED: Final = "select position from relay"

Sent: TypeAlias = dict[str, Any]
"""Arguments of AIOKafkaProducer.send but the topic."""


@dataclass(slots=True)
class Relaying:
    """Both sides over one backlog; the relay begins each round again at its first event."""

    ground: Ground
    pool: Pool
    store: Store
    messages: Sequence[Sent]
    last: int

    async def ours(self, _number: int) -> Figures:
        """From the leading relay's connected producer until the checkpoint stands at the end of the feed."""
        async with self.pool.acquire() as db:
            await checkpoint.reset(db)
        relay, connected = self._relay()
        running = spawn(relay.run(), "bench-relay")
        try:
            async with asyncio.timeout(PATIENCE):
                began = await connected
                await self._published()
                return {NAME: len(self.messages) / (time.perf_counter() - began)}
        finally:
            await _ended(running)

    async def raw(self, _number: int) -> Figures:
        """From the first send to the last acknowledgement, by a producer that is connected already."""
        sender = await producer.connect(self.ground.bootstrap)
        try:
            began = time.perf_counter()
            await send_all(sender, self.messages)
            return {NAME: len(self.messages) / (time.perf_counter() - began)}
        finally:
            await producer.discard(sender)

    def _relay(self) -> tuple[Relay, asyncio.Future[float]]:
        connected: asyncio.Future[float] = asyncio.get_running_loop().create_future()

        async def connect(bootstrap: str) -> AIOKafkaProducer:
            sender = await producer.connect(bootstrap)
            if not connected.done():
                connected.set_result(time.perf_counter())
            return sender

        bootstrap, wake = self.ground.bootstrap, asyncio.Event()
        return Relay(self.pool, self.store, bootstrap, service="bench", wake=wake, connect=connect), connected

    async def _published(self) -> None:
        async with self.pool.acquire() as db:
            while await db.fetchval(REACHED) < self.last:
                await asyncio.sleep(LOOK_EVERY)


@asynccontextmanager
async def relaying(ground: Ground, sizes: Sizes) -> AsyncIterator[Relaying]:
    """The topic made, the backlog written, its messages as bytes in hand."""
    await ensure_topics(ground.bootstrap, {TOPIC: TOPICS[TOPIC]})
    async with ground.schema(SCHEMA) as pool:
        store = ground.store()
        await write_backlog(ground, pool, sizes.backlog)
        last = await pool.fetchval(LAST)
        async with pool.acquire() as db:
            messages = [sent(event) for event in await store.feed(db, Cursor(), sizes.backlog)]
        yield Relaying(ground, pool, store, messages, last)


async def write_backlog(ground: Ground, pool: Pool, count: int) -> None:
    """So many facts of people, some to each."""
    store = ground.store()
    for some in _shares(count):
        person = ground.ids.new()
        drafts = [Draft(notice(person, sealed=False), ground.clock.now(), Cause(correlation_id=person))] * some

        async def append(db: Connection, person: str = person, drafts: Sequence[Draft] = drafts) -> None:
            await store.append(db, f"person-{person}", person, 0, drafts)

        await retrying(pool, append)


def sent(event: Recorded) -> Sent:
    """The event as the relay sends it."""
    envelope = event.envelope()
    return {
        "key": envelope.partitionkey.encode(),
        "value": event.body,
        "headers": to_headers(envelope),
        "timestamp_ms": int(event.recorded_at.timestamp() * 1000),
    }


async def send_all(sender: AIOKafkaProducer, messages: Sequence[Sent], topic: str = TOPIC) -> None:
    """All of them in order, then wait for every acknowledgement."""
    acknowledged = [await sender.send(topic, **message) for message in messages]
    await asyncio.gather(*acknowledged)


def _shares(count: int) -> Iterator[int]:
    for begun in range(0, count, PER_PERSON):
        yield min(PER_PERSON, count - begun)


async def _ended(running: asyncio.Task[None]) -> None:
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
