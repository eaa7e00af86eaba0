"""The Kafka producer of a relay: a fuse. After any error it is thrown away, and a new one begins at the checkpoint."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from itertools import zip_longest
from typing import TypeAlias

from aiokafka import AIOKafkaProducer
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError, UnknownError, UnsupportedVersionError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder

from services.kernel import logs
from services.kernel.errors import Unavailable
from services.kernel.reading import current_type
from services.kernel.store import Recorded

LINGER_MS = 5
BATCH_BYTES = 128 * 1024
REQUEST_MS = 10_000
START_SECONDS = 15.0
SEND_SECONDS = 15.0
STOP_SECONDS = 3.0
NO_IDEMPOTENCE = (UnknownError, UnsupportedVersionError, IncompatibleBrokerVersion)
PARTITIONER = DefaultPartitioner()

Place: TypeAlias = tuple[str, int]
"""Topic and partition."""

log = logs.get("kernel.producer")


async def connect(bootstrap: str) -> AIOKafkaProducer:
    """A started producer; idempotent where the broker can, and the log says which. Raises Unavailable."""
    try:
        return await _start(bootstrap, idempotent=True)
    except NO_IDEMPOTENCE as error:
        log.warning("producer_not_idempotent", guarantee="at_least_once_in_order", reason=type(error).__name__)
        return await _start(bootstrap, idempotent=False)


async def send(producer: AIOKafkaProducer, events: Sequence[Recorded], seconds: float = SEND_SECONDS) -> None:
    """Publish in the given order per key and wait for every acknowledgement. Any error: the producer is of no more use.

    A batch goes out when the one before it in its partition is acknowledged, so nothing passes one that failed.
    """
    async with asyncio.timeout(seconds):
        packed = await _packed(producer, events)
        for together in zip_longest(*packed.values()):
            sent = [(place, batch) for place, batch in zip(packed, together, strict=True) if batch]
            acknowledged = [await producer.send_batch(batch, topic, partition=part) for (topic, part), batch in sent]
            await asyncio.gather(*acknowledged)


def links(producer: AIOKafkaProducer) -> frozenset[object]:
    """Its open connections: a new one may lead to another broker, which came back empty on the same address."""
    return frozenset(each for each in producer.client._conns.values() if each.connected())  # noqa: SLF001


async def discard(producer: AIOKafkaProducer) -> None:
    """End it without waiting for what it still holds: a broker that is away would let it wait for ever."""
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await producer.stop()
    except (TimeoutError, KafkaError, OSError):
        await _cut(producer)


async def _start(bootstrap: str, *, idempotent: bool) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=idempotent,
        linger_ms=LINGER_MS,
        max_batch_size=BATCH_BYTES,
        request_timeout_ms=REQUEST_MS,
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            await producer.start()
    except BaseException as error:
        await discard(producer)
        if isinstance(error, (KafkaError, OSError)) and not isinstance(error, NO_IDEMPOTENCE):
            raise Unavailable(f"kafka {type(error).__name__}") from error
        raise
    if not idempotent:
        producer._message_accumulator._batch_ttl = 0  # noqa: SLF001 - no other way to have no silent second try
    log.info("producer_started", idempotent=idempotent)
    return producer


async def _packed(producer: AIOKafkaProducer, events: Sequence[Recorded]) -> dict[Place, list[BatchBuilder]]:
    """The events as batches of their partitions, in their order."""
    topics = [topic_of(event) for event in events]
    counts = {topic: len(await producer.partitions_for(topic)) for topic in set(topics)}
    packed: dict[Place, list[BatchBuilder]] = {}
    for topic, event in zip(topics, events, strict=True):
        key = event.meta["partitionkey"].encode()
        batches = packed.setdefault((topic, _partition(key, counts[topic])), [])
        if not batches or not _add(batches[-1], key, event):
            batches.append(producer.create_batch())
            _add(batches[-1], key, event)
    for batches in packed.values():
        batches[-1].close()  # a closed one does not linger; the full ones are closed
    return packed


def topic_of(event: Recorded) -> str:
    """Where an event is published. Raises Unavailable for one that this version of the hub does not know."""
    kind = current_type(event.type)
    if kind is None:
        raise Unavailable(f"event type {event.type}")
    return kind.topic


@lru_cache(maxsize=4096)
def _partition(key: bytes, count: int) -> int:
    """Where every producer of the library sends the key."""
    part: int = PARTITIONER(key, range(count), ())
    return part


def _add(batch: BatchBuilder, key: bytes, event: Recorded) -> bool:
    """False if it is full."""
    at = int(event.recorded_at.timestamp() * 1000)
    return batch.append(timestamp=at, key=key, value=event.body, headers=event.headers()) is not None


def _drop(producer: AIOKafkaProducer) -> None:
    """Forget at once what was not sent yet: the producer would go on behind a batch that failed, out of order."""
    held = producer._message_accumulator  # noqa: SLF001 - no public way
    queued = [batch for batches in held._batches.values() for batch in batches]  # noqa: SLF001
    held.fail_all(KafkaError("thrown away"))
    held._batches.clear()  # noqa: SLF001 - what has failed would be sent all the same
    for batch in queued:
        batch._drain_waiter.exception()  # noqa: SLF001 - looked at, or asyncio logs that nobody did


async def _cut(producer: AIOKafkaProducer) -> None:
    """Do what stop() does after its flush, which may never come."""
    with suppress(TimeoutError, KafkaError, OSError):
        async with asyncio.timeout(STOP_SECONDS):
            _drop(producer)  # else close() waits on
            await producer.client.close()
            await producer._sender.close()  # noqa: SLF001 - stop() only gets here after the flush
