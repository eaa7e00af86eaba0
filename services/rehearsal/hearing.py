"""What the topics hold, read as anybody with the right to could: from the beginning, without a group."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.topics import TOPICS

PATIENCE: Final = 30.0  # seconds until everything that was sent is here
WAIT_MS: Final = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """One record of a topic. `unescaped`: the value as it reads where JSON wrote it with escapes."""

    topic: str
    key: str
    headers: dict[str, str]
    body: str
    unescaped: str

    @property
    def name(self) -> str:
        """The short name of its type."""
        parts = self.headers.get("ce_type", "").split(".")
        return parts[-2] if len(parts) > 1 else ""

    def mentions(self, text: str) -> bool:
        """Whether the key, a header or the value has it."""
        said = (self.key, self.body, self.unescaped, *self.headers, *self.headers.values())
        return any(text in part for part in said)


@dataclass(slots=True)
class Hearing:
    """Everything heard so far on all topics of the catalogue."""

    consumer: AIOKafkaConsumer
    parts: Sequence[TopicPartition]
    records: list[Heard] = field(default_factory=list)

    async def catch_up(self) -> None:
        """Read on to where the topics end now. Raises TimeoutError. In between nothing is asked of the broker."""
        ends = await self.consumer.end_offsets(self.parts)
        async with asyncio.timeout(PATIENCE):
            while behind := [part for part, end in ends.items() if await self.consumer.position(part) < end]:
                self.consumer.resume(*behind)
                for records in (await self.consumer.getmany(*behind, timeout_ms=WAIT_MS)).values():
                    self.records += [_heard(each) for each in records]
        self.consumer.pause(*self.parts)

    def of(self, topics: Iterable[str]) -> list[Heard]:
        """Those of some topics."""
        wanted = set(topics)
        return [each for each in self.records if each.topic in wanted]


@asynccontextmanager
async def hearing(bootstrap: str) -> AsyncIterator[Hearing]:
    """Listens to all topics from their beginning until the block ends."""
    first = {"auto_offset_reset": "earliest", "enable_auto_commit": False, "fetch_max_wait_ms": WAIT_MS}
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, **first) as consumer:
        known = await consumer.topics() & TOPICS.keys()
        parts = [TopicPartition(name, number) for name in known for number in consumer.partitions_for_topic(name) or ()]
        consumer.assign(parts)
        yield Hearing(consumer, parts)


def _heard(record: object) -> Heard:
    key, value = getattr(record, "key", None) or b"", getattr(record, "value", None) or b""
    headers = {name: (text or b"").decode("utf-8", "replace") for name, text in getattr(record, "headers", ())}
    body = value.decode("utf-8", "replace")
    return Heard(getattr(record, "topic", ""), key.decode("utf-8", "replace"), headers, body, _unescaped(body))


def _unescaped(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text
