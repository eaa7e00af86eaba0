"""What the catalogue says about a topic arrives at a real Kafka."""

from __future__ import annotations

from dataclasses import replace

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from schemas.topics import TOPICS
from services.kernel.topics_admin import admin, ensure_topics


async def test_a_topic_is_kept_as_long_as_the_catalogue_says_from_its_append_on(kafka: str) -> None:
    wanted = {
        name: replace(TOPICS[name], name=f"kept.{name}", partitions=1) for name in ("out.detox.v1", "hub.intake.v1")
    }
    await ensure_topics(kafka, {topic.name: topic for topic in wanted.values()})
    for topic in wanted.values():
        told = await configs(kafka, topic.name)
        assert told["retention.ms"] == str(topic.retention_ms)
        assert told["message.timestamp.type"] == "LogAppendTime"


async def configs(bootstrap: str, topic: str) -> dict[str, str]:
    async with admin(bootstrap) as client:
        (answer,) = await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        ((_, _, _, _, entries),) = answer.resources
        return {entry[0]: entry[1] for entry in entries}
