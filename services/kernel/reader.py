"""One subscription's polls: settle the records, then say how far it is. Nothing escapes to the framework's loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from typing_extensions import override

from services.kernel import lanes, logs, meters, offsets, tasks
from services.kernel.db import Connection, Pool, retrying
from services.kernel.parking import Parking
from services.kernel.records import RawMessage, Subscription
from services.kernel.settling import Settler
from services.kernel.takers import taker
from services.kernel.together import Together, each

DRAIN_SECONDS = 20.0
FAILED_SECONDS = 1.0
TELL_SECONDS = 0.5
PACK = 16
PROBE = "cn.aftercare.kernel.Probe"

log = logs.get("kernel.reader")


class Reader:
    """Settles what its client polls. `beaten`: monotonic time of the last sign of life."""

    def __init__(self, pool: Pool, subscription: Subscription, parking: Parking, cluster_id: str) -> None:
        self.subscription = subscription
        self.settler = Settler(pool, taker(subscription, parking), service=parking.service)
        self.settler.beat = self.beat
        self.client: AIOKafkaConsumer | None = None
        self.probed = False
        self.beaten = time.monotonic()
        self._pool = pool
        self._service = parking.service
        self._cluster_id = cluster_id
        self._idle = asyncio.Event()
        self._idle.set()
        self._together = _together(subscription, parking)
        self._saved: dict[TopicPartition, int] = {}
        self._untold: dict[TopicPartition, int] = {}
        self._telling: asyncio.Task[None] | None = None

    def beat(self) -> None:
        """A sign of life."""
        self.beaten = time.monotonic()

    async def on_poll(self, raws: list[RawMessage]) -> None:
        """Settle one poll; the parts that stay undone will be polled again."""
        if raws and raws[0].topic == PROBE:
            self.probed = True
            return
        self.beat()
        self._idle.clear()
        try:
            done = await self._settle(raws)
            await self._finish(raws, done)
        finally:
            self._idle.set()
            self.beat()

    async def drain(self) -> None:
        """Let running work end at its next step; what is undone stays so."""
        self.settler.interrupt.set()
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._idle.wait()
        except TimeoutError:
            log.warning("drain_timed_out", consumer=self.subscription.consumer)
        if self._telling:
            self._telling.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(TELL_SECONDS):
                await self._tell()

    def go_on(self) -> None:
        """After a drain."""
        self.settler.interrupt.clear()

    async def _settle(self, raws: Sequence[RawMessage]) -> set[RawMessage]:
        done: set[RawMessage] = set()
        try:
            for pack in (packs := self._packs(raws)):
                if not self.settler.interrupt.is_set():
                    done |= await self._settle_pack(pack, whole=len(packs) == 1)
        except lanes.LaneStopped:
            return done
        except Exception as error:  # noqa: BLE001 - the framework would swallow it and the next commit would pass it over
            log.critical("poll_failed", consumer=self.subscription.consumer, error=error)
            await asyncio.sleep(FAILED_SECONDS)
        return done

    def _packs(self, raws: Sequence[RawMessage]) -> Sequence[Sequence[RawMessage]]:
        """What may share a transaction: short ones where a handler decides, since they hold the feed back."""
        return lanes.packs(raws, PACK) if self._together and self.subscription.handle else [raws]

    async def _settle_pack(self, raws: Sequence[RawMessage], *, whole: bool) -> set[RawMessage]:
        ends = offsets.finished(raws, raws) if whole else {}
        if self._together and await self._settle_together(self._together, raws, ends):
            self._saved = ends
            return set(raws)
        return await lanes.run(raws, self.settler.settle)

    async def _settle_together(
        self, together: Together, raws: Sequence[RawMessage], ends: dict[TopicPartition, int]
    ) -> bool:
        """A poll that is one pack says how far it is in the transaction of its effects."""
        if self.settler.fuse.stopped:
            return False

        async def take(db: Connection) -> list[str]:
            followed = await together.take(db, raws)
            if ends:
                await self._save(db, ends)
            return followed

        try:
            streams = await retrying(self._pool, take)
        except Exception as error:  # noqa: BLE001 - one by one it becomes clear whose fault it is
            log.warning("poll_taken_one_by_one", consumer=self.subscription.consumer, error=error)
            return False
        meters.settled.labels(self._service).inc(len(raws))
        for stream in streams:
            while await self.settler.follow((raws[0].topic, raws[0].partition), stream):
                pass
        return True

    async def _finish(self, raws: Sequence[RawMessage], done: set[RawMessage]) -> None:
        client = self.client
        if client is None:
            return
        ends = offsets.finished(raws, done)
        if ends and (ends == self._saved or await self.settler.insisted(partial(self._save, ends=ends))):
            self._untold |= ends
            if self._telling is None or self._telling.done():
                self._telling = tasks.spawn(self._tell_soon(), f"tell-{self.subscription.consumer}")
        undone = offsets.unfinished(raws, done)
        offsets.rewind(client, undone)
        self._hold(client, undone)

    async def _tell_soon(self) -> None:
        """One commit, many polls. What the broker was not told is read again by the next owner, whose inbox has it."""
        await asyncio.sleep(TELL_SECONDS)
        await self._tell()

    async def _tell(self) -> None:
        ends, self._untold = self._untold, {}
        if ends and self.client is not None:
            await offsets.commit(self.client, ends, self._service)

    async def _save(self, db: Connection, ends: dict[TopicPartition, int]) -> None:
        await offsets.save(db, self.subscription.consumer, self._cluster_id, ends)

    def _hold(self, client: AIOKafkaConsumer, undone: dict[TopicPartition, int]) -> None:
        stopped = [part for part in undone if (part.topic, part.partition) in self.settler.fuse.stopped]
        ours = [part for part in stopped if part in client.assignment()]
        if ours:
            client.pause(*ours)
        meters.partitions_stopped.labels(self._service).set(len(self.settler.fuse.stopped))


def _together(subscription: Subscription, parking: Parking) -> Together | None:
    """Facts of the hub are taken together where that works; what comes from outside never."""
    handle = subscription.handle_batch or (each(subscription.handle) if subscription.handle else None)
    return Together(subscription, parking, handle) if handle else None


class Draining(ConsumerRebalanceListener):  # type: ignore[misc]
    """Before partitions go to another process, the work on them ends."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    @override
    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        await self._reader.drain()

    @override
    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._reader.go_on()
