"""Reads one record again from its place on the broker: what came from outside is not stored."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError

from services.kernel.errors import Refused, Unavailable
from services.kernel.records import RawMessage
from services.kernel.topics_admin import cluster_id

SECONDS = 10.0


async def reread(bootstrap: str, kept: RawMessage, sha256: str) -> RawMessage:
    """The record as it stands on the broker. Raises Refused `message_gone` if it is not as it was, Unavailable."""
    if await cluster_id(bootstrap) != kept.cluster_id:
        raise Refused("message_gone")
    record = await _record(bootstrap, TopicPartition(kept.topic, kept.partition), kept.offset)
    if record is None:
        raise Refused("message_gone")
    place = kept.topic, kept.partition, kept.offset
    found = RawMessage(*place, record.key, record.value, tuple(record.headers), record.timestamp, kept.cluster_id)
    if found.sha256 != sha256:
        raise Refused("message_gone")
    return found


async def _record(bootstrap: str, part: TopicPartition, offset: int) -> ConsumerRecord | None:
    client = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="none")
    try:
        async with asyncio.timeout(SECONDS):
            await client.start()
            client.assign([part])
            client.seek(part, offset)
            record = await client.getone(part)
            return record if record.offset == offset else None
    except OffsetOutOfRangeError:
        return None
    except (KafkaError, OSError) as error:
        raise Unavailable(f"kafka {type(error).__name__}") from error
    finally:
        await client.stop()
