"""How far a consumer is: explicit offsets of the contiguous settled prefix, kept in the database and at the broker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError

from services.kernel import logs, meters
from services.kernel.db import Connection
from services.kernel.records import RawMessage

SAVE = """
insert into progress (consumer, cluster_id, topic, partition, next_offset)
select $1, $2, topic, partition, next_offset
from unnest($3::text[], $4::int[], $5::bigint[]) as given (topic, partition, next_offset)
on conflict (consumer, cluster_id, topic, partition)
do update set next_offset = greatest(progress.next_offset, excluded.next_offset)
"""

log = logs.get("kernel.offsets")


def finished(records: Sequence[RawMessage], done: Iterable[RawMessage]) -> dict[TopicPartition, int]:
    """Per partition the offset behind its first records that are all done; offsets may have holes."""
    settled = set(done)
    open_at = unfinished(records, settled)
    ends: dict[TopicPartition, int] = {}
    for record in records:
        part = TopicPartition(record.topic, record.partition)
        if record in settled and record.offset < open_at.get(part, record.offset + 1):
            ends[part] = max(ends.get(part, 0), record.offset + 1)
    return ends


def unfinished(records: Sequence[RawMessage], done: Iterable[RawMessage]) -> dict[TopicPartition, int]:
    """Per partition with an undone record, the first one's offset."""
    settled = set(done)
    starts: dict[TopicPartition, int] = {}
    for record in records:
        if record not in settled:
            part = TopicPartition(record.topic, record.partition)
            starts[part] = min(starts.get(part, record.offset), record.offset)
    return starts


async def save(db: Connection, consumer: str, cluster_id: str, ends: Mapping[TopicPartition, int]) -> None:
    """Write the progress rows; they never go back."""
    ordered = sorted(ends.items())
    topics = [part.topic for part, _ in ordered]
    partitions = [part.partition for part, _ in ordered]
    await db.execute(SAVE, consumer, cluster_id, topics, partitions, [end for _, end in ordered])


async def commit(client: AIOKafkaConsumer, ends: Mapping[TopicPartition, int], service: str) -> None:
    """Tell the broker. A refused commit is harmless: the inbox knows what was done."""
    try:
        await client.commit(dict(ends))
    except (CommitFailedError, IllegalStateError, KafkaError) as error:
        meters.commits_lost.labels(service).inc()
        log.warning("commit_lost", error=error)


def rewind(client: AIOKafkaConsumer, starts: Mapping[TopicPartition, int]) -> None:
    """Let the next poll begin at the first undone record of each partition that is still ours."""
    for part, offset in starts.items():
        if part in client.assignment():
            client.seek(part, offset)
