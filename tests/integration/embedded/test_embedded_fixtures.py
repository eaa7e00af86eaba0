"""The servers the other tests stand on."""

from __future__ import annotations

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic


async def test_every_test_gets_an_empty_postgres_18(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    tables = await connection.fetchval("select count(*) from pg_tables where schemaname = 'public'")
    version = await connection.fetchval("show server_version")
    await connection.close()
    assert (tables, version.split(".")[0]) == (0, "18")


async def test_a_wrong_password_is_refused(database_url: str) -> None:
    head, tail = database_url.split("@")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"{head}x@{tail}")


async def test_the_embedded_broker_carries_a_record(broker: str) -> None:
    assert await sent_and_read(broker) == b"value"


async def test_the_real_kafka_carries_a_record(kafka: str) -> None:
    assert await sent_and_read(kafka) == b"value"


async def sent_and_read(bootstrap: str) -> bytes | None:
    """Value of one record that went through a topic made for it."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("embedded.fixture", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait("embedded.fixture", b"value", key=b"key")
    async with AIOKafkaConsumer(
        "embedded.fixture", bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        value: bytes | None = (await consumer.getone()).value
        return value
