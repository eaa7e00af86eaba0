"""Topics of a broker: made if missing, counted, and the broker's identity read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.protocol.metadata import MetadataRequest

from schemas.topics import Topic
from services.kernel import logs
from services.kernel.errors import Unavailable

REQUEST_MS = 5_000

log = logs.get("kernel.topics")


@asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A connected administration client. Raises Unavailable if the broker does not answer."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_MS)
    try:
        await client.start()
        yield client
    except (KafkaError, OSError) as error:
        raise Unavailable(f"kafka {type(error).__name__}") from error
    finally:
        await client.close()


async def ensure_topics(bootstrap: str, topics: Mapping[str, Topic], replication: int = 1) -> None:
    """Create the topics that are missing, to be kept as long as the catalogue says.

    Those that exist are left as they are; a wrong partition count is logged.
    """
    async with admin(bootstrap) as client:
        known = await _partitions(client)
        missing = [topic for topic in topics.values() if topic.name not in known]
        if missing:
            await _create(client, missing, replication)
    for topic in topics.values():
        if known.get(topic.name, topic.partitions) != topic.partitions:
            log.warning("topic_partitions_differ", topic=topic.name, wanted=topic.partitions, found=known[topic.name])


async def cluster_id(bootstrap: str) -> str:
    """The broker's cluster id: another one means another broker, with nothing of what we sent to the former."""
    async with admin(bootstrap) as client:
        described: dict[str, Any] = await client.describe_cluster()
    return str(described["cluster_id"])


async def cluster_of(client: AIOKafkaClient) -> str:
    """The cluster id by a client that is connected already."""
    answer = await client.send(client.get_random_node(), MetadataRequest([], allow_auto_topic_creation=False))
    return str(answer.to_object()["cluster_id"])


async def partitions(bootstrap: str, topics: Iterable[str]) -> dict[str, int]:
    """How many partitions each topic has. Raises Unavailable if one is missing.

    Asks for all topics: a question about a missing one would create it on brokers that create by themselves.
    """
    async with admin(bootstrap) as client:
        known = await _partitions(client)
    missing = sorted(set(topics) - known.keys())
    if missing:
        raise Unavailable(f"topics missing: {', '.join(missing)}")
    return {name: known[name] for name in topics}


async def _partitions(client: AIOKafkaAdminClient) -> dict[str, int]:
    return {topic["topic"]: len(topic["partitions"]) for topic in await client.describe_topics()}


def _new(topic: Topic, replication: int) -> NewTopic:
    """Its time counts from the append: a refilled topic holds facts that are older than it keeps them."""
    kept = {"retention.ms": str(topic.retention_ms), "message.timestamp.type": "LogAppendTime"}
    return NewTopic(topic.name, topic.partitions, replication, topic_configs=kept)


async def _create(client: AIOKafkaAdminClient, topics: Iterable[Topic], replication: int) -> None:
    made = await client.create_topics([_new(topic, replication) for topic in topics])
    for told in made.to_object()["topic_errors"]:
        error = for_code(told["error_code"])
        if told["error_code"] and error is not TopicAlreadyExistsError:
            raise error(f"{told['topic']}: {told['error_message']}")
