"""Looks after the subscribers: one that stands still or died is started anew."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from services.kernel import logs, meters
from services.kernel.reader import Reader

TICK_SECONDS = 1.0
STILL_SECONDS = 30.0
ASK_SECONDS = 5.0

log = logs.get("kernel.watchdog")


class Watched(Protocol):
    """A subscriber as the watchdog sees it."""

    reader: Reader

    def alive(self) -> bool:
        """Its loop is running."""
        ...

    async def restart(self) -> None:
        """Stop and start it."""
        ...


class Household(Protocol):
    """All that one watchdog looks after."""

    async def look_after(self, watchdog: Watchdog) -> None:
        """One look at everything."""
        ...


class Watchdog:
    """Looks once a second, until cancelled."""

    def __init__(self, household: Household, service: str) -> None:
        self._household = household
        self._service = service

    async def run(self) -> None:
        """Look, and measure how late the event loop is. An error ends the loop, whoever runs it starts it again."""
        while True:
            asked = time.monotonic()
            await asyncio.sleep(TICK_SECONDS)
            meters.loop_lag.labels(self._service).set(max(0.0, time.monotonic() - asked - TICK_SECONDS))
            await self._household.look_after(self)

    async def look(self, subscriber: Watched) -> None:
        """Restart it if its loop is dead, or if it stands still with messages in front of it."""
        consumer = subscriber.reader.subscription.consumer
        if subscriber.alive() and not await self._stands_still(subscriber.reader):
            return
        log.error("subscriber_restarted", consumer=consumer, alive=subscriber.alive())
        meters.restarts.labels(self._service).inc()
        subscriber.reader.beat()
        await subscriber.restart()

    async def _stands_still(self, reader: Reader) -> bool:
        if reader.client is None or time.monotonic() - reader.beaten < STILL_SECONDS:
            return False
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await _behind(reader, reader.client)
        except (KafkaError, OSError) as error:
            log.warning("position_unknown", consumer=reader.subscription.consumer, error=error)
            return False


async def _behind(reader: Reader, client: AIOKafkaConsumer) -> bool:
    """There are records that it could poll; stopped partitions do not count."""
    parts = [part for part in client.assignment() if (part.topic, part.partition) not in reader.settler.fuse.stopped]
    if not parts:
        return False
    ends = await client.end_offsets(parts)
    for part, end in ends.items():
        if end > await client.position(part):
            return True
    return False
