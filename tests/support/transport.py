"""Two services in one test: `source` writes facts and relays them, `sink` reads them and writes down what it saw."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas import registry
from schemas.base import Event, PiiClass
from schemas.envelope import to_headers
from schemas.topics import TOPICS, Topic
from services.kernel import producer, tasks
from services.kernel.arrivals import Arrivals
from services.kernel.blocking import Blocking
from services.kernel.clock import VirtualClock
from services.kernel.db import Connection, Pool, retrying
from services.kernel.errors import SetAside
from services.kernel.ids import RandomIds
from services.kernel.parking import Parking
from services.kernel.reader import Reader
from services.kernel.records import Message, Quarantine, RawMessage, Subscription
from services.kernel.relay import Connect, Relay
from services.kernel.store import Cause, Cursor, Draft, Recorded, Store
from services.kernel.subscriber import Subscribers
from services.kernel.topics_admin import ensure_topics
from tests.support.database import START, NoSealing, service_pool

WIRE = "cn.aftercare.test.Happened.v1"
PARTITIONS = 3
SEEN = "create table seen (place bigint generated always as identity, key text, text text)"
PATIENCE = 30.0

T = TypeVar("T")


class Broken(Exception):
    """A bug of the handler."""


def happened(name: str) -> type[Event]:
    """A fact of its own topic, so that tests on a shared broker do not meet."""

    class Happened(Event):
        wire: ClassVar[str] = WIRE
        topic: ClassVar[str] = name
        pii: ClassVar[PiiClass] = "P1"

        text: str
        person_ref: str

    return Happened


async def until(true: Callable[[], Awaitable[T]], seconds: float = PATIENCE) -> T:
    """Ask again and again until the answer is truthy, and give it."""
    async with asyncio.timeout(seconds):
        while not (answer := await true()):
            await asyncio.sleep(0.02)
    return answer


@dataclass
class Bench:
    """The two services and how a test moves them."""

    bootstrap: str
    embedded: bool
    source: Pool
    sink: Pool
    topic: str
    clock: VirtualClock
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    arrivals: Arrivals = field(default_factory=Arrivals)
    broken: set[str] = field(default_factory=set)
    misfits: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.fact = happened(self.topic)
        self.topics = {self.topic: self._topic(self.topic), "hub.parked.v1": TOPICS["hub.parked.v1"]}
        self.consumer = f"{self.topic}.facts"
        self.ids = RandomIds(self.clock)
        self.store = self._store(self.wake.set)
        self.sink_store = self._store(lambda: None)
        self.subscription = Subscription(consumer=self.consumer, topics=(self.topic,), handle=self.handle)

    def _store(self, wake: Callable[[], None]) -> Store:
        return Store(source="jieli/test", clock=self.clock, ids=self.ids, seal=NoSealing(), wake=wake)

    def _topic(self, name: str) -> Topic:
        return Topic(
            name=name,
            key="person_ref",
            partitions=PARTITIONS,
            retention="P30D",
            writers=(),
            readers=(),
            pii="P1",
            why="test",
        )

    def relay(self, *, lease_seconds: float = 5.0, connect: Connect = producer.connect) -> Relay:
        return Relay(
            self.source,
            self.store,
            self.bootstrap,
            service="source",
            wake=self.wake,
            on_cluster=self.on_cluster,
            lease_seconds=lease_seconds,
            connect=connect,
            arrivals=self.arrivals,
        )

    async def on_cluster(self, _cluster_id: str) -> None:
        await ensure_topics(self.bootstrap, self.topics)

    def subscribers(self, *subscriptions: Subscription, session_ms: int = 10_000) -> Subscribers:
        given: Sequence[Subscription] = subscriptions or (self.subscription,)
        return Subscribers(
            self.bootstrap,
            self.sink,
            self.sink_store,
            self.clock,
            given,
            self.embedded,
            ids=self.ids,
            service="sink",
            session_ms=session_ms,
            arrivals=self.arrivals,
        )

    def blocking(self, *subscriptions: Subscription) -> Blocking:
        return Blocking(
            pool=self.sink,
            store=self.sink_store,
            clock=self.clock,
            ids=self.ids,
            subscriptions=subscriptions or (self.subscription,),
            bootstrap=self.bootstrap,
            service="sink",
        )

    async def handle(self, db: Connection, message: Message) -> None:
        text = message.event.model_dump()["text"]
        self.calls.append(text)
        await self.see(db, message.key, text)
        if text in self.broken:
            raise Broken(text)
        if text in self.misfits:
            raise SetAside("STALE")

    async def handle_batch(self, db: Connection, messages: Sequence[Message]) -> None:
        for message in messages:
            await self.handle(db, message)

    async def handle_raw(self, db: Connection, raw: RawMessage) -> None:
        text = (raw.value or b"").decode(errors="replace")
        await self.see(db, raw.key_text or "", text)
        if text in self.unreadable:
            raise Quarantine("payload_invalid", ("notice_no",))
        if text in self.broken:
            raise Broken(text)

    async def see(self, db: Connection, key: str, text: str) -> None:
        await db.execute("insert into seen (key, text) values ($1, $2)", key, text)

    async def happen(self, key: str, *texts: str) -> None:
        """Append one fact a text to the key's stream, in one transaction."""
        drafts = [Draft(self.fact.model_validate({"text": text, "person_ref": key}), START, Cause()) for text in texts]

        async def work(db: Connection) -> None:
            version = await self.store.version(db, f"person-{key}")
            await self.store.append(db, f"person-{key}", key, version, drafts)

        await retrying(self.source, work)

    async def seen(self, key: str | None = None) -> list[str]:
        rows = await self.sink.fetch("select text from seen where $1::text is null or key = $1 order by place", key)
        return [row["text"] for row in rows]

    async def saw(self, key: str, *texts: str) -> list[str]:
        """Wait until the key's facts are these, in this order."""

        async def complete() -> bool:
            return len(await self.seen(key)) >= len(texts)

        try:
            await until(complete)
        finally:
            found = await self.seen(key)
            assert found == list(texts), found
        return found

    async def parked(self, blocking: Blocking | None = None, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many things are parked, and list them."""
        listing = blocking or self.blocking()

        async def enough() -> bool:
            return len(await listing.list()) >= count

        await until(enough)
        return await listing.list()

    def reader(self, subscription: Subscription | None = None, cluster_id: str = "c1") -> Reader:
        """A reader that is given its polls by the test."""
        parking = Parking(self.sink_store, self.clock, self.ids, "sink")
        return Reader(self.sink, subscription or self.subscription, parking, cluster_id)

    async def feed(self) -> list[RawMessage]:
        """All facts of the source as records, as the relay would send them."""
        async with self.source.acquire() as db:
            events = await self.store.feed(db, Cursor(), 1000)
        return [self.record(event, offset) for offset, event in enumerate(events)]

    def record(self, event: Recorded, offset: int) -> RawMessage:
        """One fact as a record."""
        envelope = event.envelope()
        value = json.dumps(event.data).encode()
        return RawMessage(
            self.topic, 0, offset, envelope.partitionkey.encode(), value, tuple(to_headers(envelope)), 0, "c1"
        )

    async def waits_behind(self, parked_id: str, count: int) -> None:
        """Wait until so many messages are parked behind a key."""

        async def enough() -> bool:
            return any(row["id"] == parked_id and row["waiting"] >= count for row in await self.blocking().list())

        await until(enough)

    async def on_topic(self) -> int:
        """How many records the topic holds."""
        parts = [TopicPartition(self.topic, number) for number in range(PARTITIONS)]
        client = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=20)
        await client.start()
        try:
            client.assign(parts)
            count = 0
            while records := await client.getmany(timeout_ms=500):
                count += sum(len(found) for found in records.values())
            return count
        finally:
            await client.stop()

    async def send(
        self, key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]] = ()
    ) -> None:
        """Write to the topic from outside, whatever it is."""
        client = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await client.start()
        try:
            await client.send_and_wait(
                self.topic, key=key, value=value, headers=list(headers), partition=None if key else 0
            )
        finally:
            await producer.discard(client)

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """What the sink said about parked things: short name and payload, in order."""
        rows = await self.sink.fetch("select type, data from events order by position")
        return [(row["type"].split(".")[-2], row["data"]) for row in rows]


@asynccontextmanager
async def bench(database_url: str, bootstrap: str, *, embedded: bool) -> AsyncIterator[Bench]:
    """Both services migrated, the topics there, the fact known; nothing runs yet. No broker needs no bootstrap."""
    async with service_pool(database_url, schema="source") as source, service_pool(database_url, schema="sink") as sink:
        await sink.execute(SEEN)
        made = Bench(bootstrap, embedded, source, sink, f"hub.test-{secrets.token_hex(4)}.v1", VirtualClock(START))
        registry.EVENTS[WIRE] = made.fact
        if bootstrap:
            await ensure_topics(bootstrap, made.topics)
        try:
            yield made
        finally:
            del registry.EVENTS[WIRE]


@asynccontextmanager
async def relaying(relay: Relay) -> AsyncIterator[asyncio.Task[None]]:
    """The relay runs meanwhile."""
    task = tasks.spawn(relay.run(), "relay")
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def subscribed(subscribers: Subscribers) -> AsyncIterator[Subscribers]:
    """The subscribers run meanwhile."""
    await subscribers.start()
    try:
        yield subscribers
    finally:
        await subscribers.stop()
