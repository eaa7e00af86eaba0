"""The subscribers of a service: FastStream consumes, the kernel settles and commits."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from typing import Any

from faststream.kafka import KafkaBroker, TopicPartition
from faststream.middlewares import AckPolicy

from services.kernel import logs, polling, topics_admin
from services.kernel.arrivals import Arrivals
from services.kernel.broker_health import BrokerWatch
from services.kernel.clock import Clock
from services.kernel.db import Pool
from services.kernel.errors import Unavailable
from services.kernel.ids import Ids
from services.kernel.pacing import Pacing
from services.kernel.parking import Parking
from services.kernel.polling import Running
from services.kernel.reader import Draining, Reader
from services.kernel.records import (
    BatchHandler,
    Handler,
    Message,
    Quarantine,
    RawHandler,
    RawMessage,
    Subscription,
)
from services.kernel.store import Store
from services.kernel.tasks import Loops
from services.kernel.watchdog import Watchdog

__all__ = [
    "BatchHandler",
    "Handler",
    "Message",
    "Quarantine",
    "RawHandler",
    "RawMessage",
    "Subscribers",
    "Subscription",
]

EMBEDDED_WAIT_MS = 10  # the embedded broker does not wake a waiting fetch
CLUSTER_WAIT_MS = 200
MAX_RECORDS = 500
SESSION_MS = 45_000
REBALANCE_MS = 60_000  # longer than a drain

log = logs.get("kernel.subscriber")


class Subscribers:
    """All subscriptions of one service. `embedded`: all partitions to this process, no consumer groups."""

    def __init__(  # noqa: PLR0913 - the composition root names them all
        self,
        bootstrap: str,
        pool: Pool,
        store: Store,
        clock: Clock,
        subscriptions: Sequence[Subscription],
        embedded: bool,  # noqa: FBT001 - the place is agreed
        *,
        ids: Ids,
        service: str = "",
        session_ms: int = SESSION_MS,
        arrivals: Arrivals | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._pool = pool
        self._parking = Parking(store, clock, ids, service)
        self._subscriptions = subscriptions
        self._embedded = embedded
        self._session_ms = session_ms
        self._arrivals = arrivals or Arrivals()
        self._broker: KafkaBroker | None = None
        self._running: list[Running] = []
        self._cluster_id = ""
        self._watch = BrokerWatch(bootstrap)
        self._loops = Loops(cap=2.0)
        self._changing = asyncio.Lock()

    async def start(self) -> None:
        """Start all, each proved by a probe. Raises Unavailable if the broker or a topic is missing, ProbeFailed."""
        async with self._changing:
            await self._start()
        self._loops.start("watchdog", Watchdog(self, self._parking.service).run)

    async def stop(self) -> None:
        """End running work at its next step, then leave."""
        await self._loops.stop()
        async with self._changing:
            await self._stop()
        await self._watch.close()

    async def restart(self) -> None:
        """All anew, as for another broker. After an Unavailable the watchdog tries again by itself."""
        async with self._changing:
            await self._begin_anew()

    async def look_after(self, watchdog: Watchdog) -> None:
        """One look of the watchdog, while nobody else starts or stops anything."""
        async with self._changing:
            if await self._on_another_broker():
                log.warning("broker_changed", service=self._parking.service)
                await self._begin_anew()
            for each in self._running:
                await watchdog.look(each)

    async def _on_another_broker(self) -> bool:
        try:
            return await self._watch.cluster_id() != self._cluster_id
        except Unavailable:
            return False

    async def _begin_anew(self) -> None:
        await self._stop()
        await self._start()

    async def _start(self) -> None:
        cluster_id = await topics_admin.cluster_id(self._bootstrap)
        topics = sorted({topic for each in self._subscriptions for topic in each.topics})
        counts = await topics_admin.partitions(self._bootstrap, topics)
        os.environ["FASTSTREAM_SUPERVISOR_DISABLED"] = (
            "1"  # it restarts without a pause; the watchdog restarts with one
        )
        self._broker = polling.broker(self._bootstrap)
        self._running = [self._declare(self._broker, each, counts, cluster_id) for each in self._subscriptions]
        await self._broker.connect()
        try:
            await asyncio.gather(*(each.start() for each in self._running))
        except BaseException:
            await self._stop()
            raise
        self._cluster_id = cluster_id

    async def _stop(self) -> None:
        await asyncio.gather(*(each.reader.drain() for each in self._running))
        await asyncio.gather(*(each.stop() for each in self._running))
        if self._broker:
            await self._broker.stop()
        self._broker, self._running, self._cluster_id = None, [], ""

    def _declare(
        self, broker: KafkaBroker, subscription: Subscription, counts: dict[str, int], cluster_id: str
    ) -> Running:
        reader = Reader(self._pool, subscription, self._parking, cluster_id)
        options = self._assigned(subscription, counts) if self._embedded else self._grouped(reader)
        subscriber = broker.subscriber(
            *(() if self._embedded else subscription.topics),
            batch=True,
            group_id=f"jieli.{subscription.consumer}",
            auto_offset_reset="earliest",
            max_records=MAX_RECORDS,
            ack_policy=AckPolicy.MANUAL,
            parser=polling.parse,
            decoder=polling.decoder(cluster_id),
            title=subscription.consumer,
            **options,
        )
        subscriber(reader.on_poll)
        pacing = Pacing(reader, self._arrivals.listen(subscription.topics)) if self._embedded else None
        return Running(reader, subscriber, pacing)

    def _assigned(self, subscription: Subscription, counts: dict[str, int]) -> dict[str, Any]:
        parts = [TopicPartition(topic, number) for topic in subscription.topics for number in range(counts[topic])]
        return {"partitions": parts, "fetch_max_wait_ms": EMBEDDED_WAIT_MS, "batch_timeout_ms": CLUSTER_WAIT_MS}

    def _grouped(self, reader: Reader) -> dict[str, Any]:
        return {
            "listener": Draining(reader),
            "session_timeout_ms": self._session_ms,
            "rebalance_timeout_ms": max(self._session_ms, REBALANCE_MS),
            "batch_timeout_ms": CLUSTER_WAIT_MS,
        }
