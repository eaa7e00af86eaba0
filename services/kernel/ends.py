"""How long the topics of a broker are: end offsets over one long-lived connection that joins no group."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.kernel import topics_admin

Offsets: TypeAlias = dict[str, dict[int, int]]
"""Topic → partition → the offset that the next record will have."""

REQUEST_MS = 5_000
PATIENCE = 1.0  # seconds for one question


class Ends:
    """Asks one broker; after KafkaError, OSError or TimeoutError call `close`, and the next question connects anew."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._client: AIOKafkaConsumer | None = None
        self._cluster_id = ""
        self._partitions: dict[str, list[TopicPartition]] = {}

    async def cluster_id(self) -> str:
        """The broker's cluster id as of the connection."""
        async with asyncio.timeout(PATIENCE):
            await self._connected()
        return self._cluster_id

    async def of(self, topics: Iterable[str]) -> Offsets:
        """End offsets of all partitions of these topics; a topic that does not exist is left out."""
        async with asyncio.timeout(PATIENCE):  # the client itself asks a lost broker again and again without a pause
            client = await self._connected()
            wanted = [part for topic in topics for part in await self._parts(client, topic)]
            ends = await client.end_offsets(wanted) if wanted else {}
        found: Offsets = {}
        for part, end in ends.items():
            found.setdefault(part.topic, {})[part.partition] = end
        return found

    async def close(self) -> None:
        """Give up the connection; harmless when there is none."""
        client, self._client, self._partitions = self._client, None, {}
        if client is not None:
            await client.stop()

    async def _connected(self) -> AIOKafkaConsumer:
        if self._client is None:
            self._client = AIOKafkaConsumer(bootstrap_servers=self._bootstrap, request_timeout_ms=REQUEST_MS)
            await self._client.start()
            self._cluster_id = await topics_admin.cluster_of(self._client._client)  # noqa: SLF001 - no public way
        return self._client

    async def _parts(self, client: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
        if topic not in self._partitions:
            await client.topics()
            numbers = client.partitions_for_topic(topic) or set()
            if not numbers:
                return []
            self._partitions[topic] = [TopicPartition(topic, number) for number in sorted(numbers)]
        return self._partitions[topic]
