"""How long the topics of a broker are, over one long-lived connection that joins no group."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import OffsetOutOfRangeError, for_code
from aiokafka.protocol.fetch import FetchRequest

from services.kernel import tasks, topics_admin

Offsets: TypeAlias = dict[TopicPartition, int]
"""The offset that a partition's next record will have."""

REQUEST_MS: Final = 5_000
PATIENCE: Final = 1.0  # seconds for one question
WAIT_MS: Final = 1  # the embedded broker answers nothing at all when told not to wait
NO_RECORDS: Final = 1  # bytes: only the mark is wanted
MOST_BYTES: Final = 1_000_000


class TopicEnds:
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

    async def of(self, topics: Iterable[str], near: Mapping[TopicPartition, int]) -> Offsets:
        """Ends of all partitions of these topics; a topic that does not exist is left out.

        Taken from the high-water mark of a fetch: asked plainly, the embedded broker answers with the first offset of
        its last batch plus one. `near`: offsets close to the ends, so that no records are sent along.
        """
        async with asyncio.timeout(PATIENCE):  # the client itself asks a lost broker again and again without a pause
            client = await self._connected()
            wanted = [part for topic in topics for part in await self._parts(client, topic)]
            marks = await fetched(client, {part: near.get(part, 0) for part in wanted})
            beyond = [part for part in wanted if part not in marks]
            return marks | (await client.end_offsets(beyond) if beyond else {})

    async def close(self) -> None:
        """Give up the connection; harmless when there is none."""
        client, self._client, self._partitions = self._client, None, {}
        if client is not None:
            await tasks.outlive(client.stop())

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


async def fetched(client: AIOKafkaConsumer, near: Mapping[TopicPartition, int]) -> Offsets:
    """High-water marks of partitions; one whose offset lies outside its log is left out. Raises KafkaError."""
    marks: Offsets = {}
    for leader, wanted in by_leader(client, near).items():
        request = FetchRequest(WAIT_MS, 0, MOST_BYTES, 0, list(wanted.items()), rack_id="")
        answer = await client._client.send(leader, request)  # noqa: SLF001 - no public way
        marks |= dict(marks_in(answer))
    return marks


def by_leader(
    client: AIOKafkaConsumer, near: Mapping[TopicPartition, int]
) -> dict[int, dict[str, list[tuple[int, int, int]]]]:
    """What to ask which node, as the protocol wants it."""
    nodes: dict[int, dict[str, list[tuple[int, int, int]]]] = {}
    for part, offset in near.items():
        leader = client._client.cluster.leader_for_partition(part)  # noqa: SLF001 - no public way
        topics = nodes.setdefault(leader if leader is not None else -1, {})
        topics.setdefault(part.topic, []).append((part.partition, offset, NO_RECORDS))
    return nodes


def marks_in(answer: Any) -> Iterator[tuple[TopicPartition, int]]:  # noqa: ANN401 - the library's own
    """Partitions and marks of an answer; raises KafkaError for any other trouble than an offset outside the log."""
    for topic, partitions in answer.topics:
        for partition, code, mark, *_ in partitions:
            if code == 0:
                yield TopicPartition(topic, partition), mark
            elif for_code(code) is not OffsetOutOfRangeError:
                raise for_code(code)(topic)
