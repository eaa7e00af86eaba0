"""What was committed is there after any end, and nothing left behind stops the next start."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from services.embedded.broker import EmbeddedBroker
from services.embedded.stack import EmbeddedStack
from tests.support.processes import touching


@asynccontextmanager
async def running(data: Path) -> AsyncIterator[EmbeddedStack]:
    """A stack on that folder."""
    stack = EmbeddedStack(data)
    await stack.start()
    try:
        yield stack
    finally:
        await stack.stop()


async def write_a_row(stack: EmbeddedStack) -> None:
    connection = await asyncpg.connect(stack.database_url)
    await connection.execute("create table proof (n int)")
    await connection.execute("insert into proof values (7)")
    await connection.close()


async def read_the_row(stack: EmbeddedStack) -> int:
    connection = await asyncpg.connect(stack.database_url)
    value: int = await connection.fetchval("select n from proof")
    await connection.close()
    return value


async def test_a_committed_row_survives_a_killed_server(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as stack:
        await write_a_row(stack)
        await stack.postgres.kill()
        await stack.postgres.start()
        assert await read_the_row(stack) == 7


async def test_a_committed_row_survives_the_death_of_everything(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running(data) as stack:
        await write_a_row(stack)
        for pid in touching(str(data)):
            os.kill(pid, signal.SIGKILL)
    async with running(data) as stack:
        assert await read_the_row(stack) == 7


async def test_a_lock_file_that_names_a_living_stranger_does_not_stop_the_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running(data) as stack:
        await write_a_row(stack)
        await stack.postgres.kill()
    lock = data / "postgres" / "postmaster.pid"
    lock.write_text("\n".join([str(os.getppid()), *lock.read_text().split("\n")[1:]]))
    async with running(data) as stack:
        assert await read_the_row(stack) == 7


async def test_a_half_made_cluster_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "data" / "postgres.new" / "base").mkdir(parents=True)
    async with running(tmp_path / "data") as stack:
        await write_a_row(stack)


async def test_a_restarted_broker_is_empty_and_says_that_it_is_another(fresh_broker: EmbeddedBroker) -> None:
    before = (fresh_broker.bootstrap, fresh_broker.cluster_id)
    await make_topic(fresh_broker.bootstrap)
    await fresh_broker.restart()
    topics, cluster = await topics_and_cluster(fresh_broker.bootstrap)
    assert topics == []
    assert cluster == fresh_broker.cluster_id != before[1]
    assert fresh_broker.bootstrap == before[0]


async def test_a_broker_with_clients_attached_stops_within_two_seconds(fresh_broker: EmbeddedBroker) -> None:
    async with asyncio.timeout(10), AIOKafkaProducer(bootstrap_servers=fresh_broker.bootstrap):
        began = time.monotonic()
        await fresh_broker.stop()
        assert time.monotonic() - began < 2
        assert not fresh_broker.running()


async def test_a_frozen_broker_answers_nothing_until_it_goes_on(fresh_broker: EmbeddedBroker) -> None:
    fresh_broker.pause()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await topics_and_cluster(fresh_broker.bootstrap)
    fresh_broker.resume()
    assert await topics_and_cluster(fresh_broker.bootstrap) == ([], fresh_broker.cluster_id)


async def make_topic(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("embedded.lost", 1, 1)])
    await admin.close()


async def topics_and_cluster(bootstrap: str) -> tuple[list[str], str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        return await admin.list_topics(), (await admin.describe_cluster())["cluster_id"]
    finally:
        await admin.close()


async def test_a_killed_server_comes_back_where_its_clients_look_for_it(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as stack:
        before = stack.database_url
        await stack.postgres.kill()
        await stack.start_missing()
        assert stack.database_url == before
