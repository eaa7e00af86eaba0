"""The relay: publishes a service's feed in order, from a checkpoint, one leader at a time.

Nothing is lost and the order per key is kept; an event may be published again, never out of order with its key:
the checkpoint moves only after every acknowledgement, and only under the lease that published.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from services.kernel import checkpoint, logs, meters, producer, tasks, telemetry, topics_admin
from services.kernel.arrivals import Arrivals
from services.kernel.db import Pool
from services.kernel.errors import Unavailable
from services.kernel.lease import SECONDS, Fenced, Lease
from services.kernel.store import Cursor, Recorded, Store

BATCH = 500
GATHER = 0.008  # seconds: writes that follow each other so closely travel together,
GATHERINGS = 4  # but none waits longer than so many times that
PAUSES = (0.005, 0.015, 0.03, 0.05, 0.1, 0.2)  # an open transaction elsewhere may hold the feed back; others may write
CLUSTER_SECONDS = 1.0
BACKOFF = (0.1, 0.2, 0.5, 1.0, 2.0)

TROUBLE = (Unavailable, KafkaError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

Connect = Callable[[str], Awaitable[AIOKafkaProducer]]

log = logs.get("kernel.relay")


class Relay:
    """One service's relay. `wake` is set by the store; `on_cluster` runs before anything is sent to a new broker."""

    def __init__(  # noqa: PLR0913 - the composition root names them all
        self,
        pool: Pool,
        store: Store,
        bootstrap: str,
        *,
        service: str,
        wake: asyncio.Event,
        on_cluster: Callable[[str], Awaitable[None]] | None = None,
        arrivals: Arrivals | None = None,
        lease_seconds: float = SECONDS,
        connect: Connect = producer.connect,
    ) -> None:
        self._pool = pool
        self._store = store
        self._bootstrap = bootstrap
        self._service = service
        self._wake = wake
        self._on_cluster = on_cluster
        self._arrivals = arrivals or Arrivals()
        self._lease = Lease(f"{service}-{secrets.token_hex(8)}", lease_seconds)
        self._connect = connect
        self._at = Cursor()
        self._asked = 0.0
        self._links: frozenset[object] = frozenset()

    async def run(self) -> None:
        """Publish for ever: wait for the lease, lead, and after any trouble begin again at the checkpoint."""
        trouble = 0
        try:
            while True:
                trouble = 0 if await self._term() else trouble + 1
                await asyncio.sleep(BACKOFF[min(trouble, len(BACKOFF)) - 1] if trouble else 0)
        finally:
            await self._step_down()

    async def waiting(self) -> int:
        """How many events of the feed are not published yet, those of open transactions too."""
        async with self._pool.acquire() as db:
            return await checkpoint.waiting(db)

    async def republish(self) -> None:
        """Begin again at the first event; consumers drop what they know."""
        async with self._pool.acquire() as db:
            await checkpoint.reset(db)
        self._wake.set()

    async def _term(self) -> bool:
        """One time as leader, until fenced or in trouble. True if there was no trouble."""
        try:
            if not await self._acquire():
                await asyncio.sleep(self._lease.seconds / 5)
                return True
            await self._lead()
        except Fenced:
            meters.relay_fenced.labels(self._service).inc()
            log.warning("relay_fenced", service=self._service)
        except TROUBLE as error:
            meters.relay_failed.labels(self._service).inc()
            log.warning("relay_in_trouble", service=self._service, error=error)
            return False
        finally:
            meters.relay_leads.labels(self._service).set(0)
        return True

    async def _acquire(self) -> bool:
        async with self._pool.acquire() as db:
            if self._lease.valid():
                await self._lease.renew(db)
                return True
            return await self._lease.acquire(db)

    async def _lead(self) -> None:
        await self._recognise_broker(await topics_admin.cluster_id(self._bootstrap))
        sender = await self._connect(self._bootstrap)
        async with self._pool.acquire() as db:
            self._at = await checkpoint.read(db)
        meters.relay_leads.labels(self._service).set(1)
        try:
            await self._publish_forever(sender)
        finally:
            await producer.discard(sender)

    async def _publish_forever(self, sender: AIOKafkaProducer) -> None:
        quiet = 0
        while True:
            if await self._broker_changed(sender):
                return
            published = await self._publish_batch(sender)
            if published == BATCH:
                continue
            quiet = 0 if published else quiet + 1
            if await self._rest(PAUSES[min(quiet, len(PAUSES) - 1)]):
                quiet = 0
                await self._gather()

    async def _publish_batch(self, sender: AIOKafkaProducer) -> int:
        """Publish what comes next; gives how many events that were."""
        async with self._pool.acquire() as db:
            events = await self._store.feed(db, self._at, BATCH)
            if events or self._lease.due():
                await self._lease.renew(db)
        if not events:
            return 0
        self._lease.check()
        await self._send(sender, events)
        self._arrivals.tell({producer.topic_of(event) for event in events})
        async with self._pool.acquire() as db:
            self._at = await checkpoint.move(db, self._lease, self._at, events[-1])
        meters.published.labels(self._service).inc(len(events))
        return len(events)

    async def _send(self, sender: AIOKafkaProducer, events: list[Recorded]) -> None:
        created = [event.meta.get("traceparent") for event in events]
        with telemetry.batch("send", self._service, created, len(events)):
            sending = tasks.spawn(producer.send(sender, events), f"relay-send-{self._service}")
            try:
                while not (await asyncio.wait({sending}, timeout=self._lease.seconds / 3))[0]:
                    async with self._pool.acquire() as db:
                        await self._lease.renew(db)
                await sending
            finally:
                sending.cancel()

    async def _broker_changed(self, sender: AIOKafkaProducer) -> bool:
        """Ask who the broker is after every new connection, and now and then: an empty one gives no error."""
        links = producer.links(sender)
        if links == self._links and time.monotonic() - self._asked < CLUSTER_SECONDS:
            return False
        self._links = links
        return await self._recognise_broker(await topics_admin.cluster_of(sender.client))

    async def _recognise_broker(self, found: str) -> bool:
        """Compare with the checkpoint's broker. True if it is another one: the feed then begins again."""
        async with self._pool.acquire() as db:
            known = await checkpoint.cluster(db)
        if known != found:
            if self._on_cluster:
                await self._on_cluster(found)
            async with self._pool.acquire() as db:
                await checkpoint.begin_on(db, self._lease, found)
            meters.relay_reset.labels(self._service).inc()
            log.info("relay_on_new_broker", service=self._service, first=known is None)
        self._asked = time.monotonic()
        return known != found

    async def _rest(self, seconds: float) -> bool:
        """Wait for a wake-up at most so long. True if woken."""
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        self._wake.clear()
        return True

    async def _gather(self) -> None:
        """Wait while more is being written."""
        for _ in range(GATHERINGS):
            await asyncio.sleep(GATHER)
            if not self._wake.is_set():
                return
            self._wake.clear()

    async def _step_down(self) -> None:
        """Let the next one lead at once."""
        try:
            async with asyncio.timeout(1), self._pool.acquire() as db:
                await self._lease.release(db)
        except TROUBLE as error:
            log.warning("relay_lease_not_released", service=self._service, error=error)
