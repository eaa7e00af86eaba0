"""Topics as an outsider sees them: publish anything, read everything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

READ_SECONDS = 90

Headers: TypeAlias = Sequence[tuple[str, bytes | None]]


async def publish(bootstrap: str, topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> str:
    """Publish a record, whatever it is; gives its place, `topic/partition/offset`."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        sent = await producer.send_and_wait(topic, value, key=key, headers=list(headers))
    return f"{topic}/{sent.partition}/{sent.offset}"


async def all_records(bootstrap: str, *topics: str) -> list[ConsumerRecord]:
    """Everything that the topics hold now, in the order of each partition; without names, all topics."""
    first = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "fetch_max_wait_ms": 20}
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, **first) as consumer:  # seeking races with the reset
        names = topics or tuple(name for name in await consumer.topics() if not name.startswith("__"))
        parts = [TopicPartition(name, number) for name in names for number in consumer.partitions_for_topic(name) or ()]
        consumer.assign(parts)
        missing = {part: end for part, end in (await consumer.end_offsets(parts)).items() if end > 0}
        return await _read(consumer, missing)


async def _read(consumer: AIOKafkaConsumer, missing: dict[TopicPartition, int]) -> list[ConsumerRecord]:
    found: list[ConsumerRecord] = []
    async with asyncio.timeout(READ_SECONDS):
        while missing:
            for part, records in (await consumer.getmany(timeout_ms=200)).items():
                found += records
                if records and records[-1].offset + 1 >= missing.get(part, 0):
                    missing.pop(part, None)
    return found
