"""What relay and subscribers promise, on the embedded broker and on a real Kafka."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError

from services.kernel import producer
from services.kernel.db import Connection
from services.kernel.store import Cursor, Recorded, Store
from tests.support.transport import PATIENCE, Bench, bench, relaying, subscribed


@pytest.fixture(params=["embedded", "kafka"])
async def on(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Bench]:
    embedded = request.param == "embedded"
    bootstrap = request.getfixturevalue("fresh_broker").bootstrap if embedded else request.getfixturevalue("kafka")
    async with bench(database_url, bootstrap, embedded=embedded) as made:
        yield made


async def test_facts_arrive_once_and_in_the_order_of_their_key(on: Bench) -> None:
    for number in range(20):
        await on.happen(f"p{number % 4}", f"{number}")
    async with relaying(on.relay()), subscribed(on.subscribers()):
        for key in range(4):
            await on.saw(f"p{key}", *[f"{number}" for number in range(20) if number % 4 == key])


async def test_a_poison_message_blocks_its_key_while_others_flow(on: Bench) -> None:
    on.broken.add("bad")
    await on.happen("p1", "bad", "later")
    await on.happen("p2", "fine")
    async with relaying(on.relay()), subscribed(on.subscribers()):
        await on.saw("p2", "fine")
        [row] = await on.parked()
        assert (row["key"], row["blocking"], row["reason"]) == ("p1", True, "TECHNICAL")
        assert await on.seen("p1") == []
    assert [name for name, _ in await on.told()] == ["EventParked"]


async def test_a_retry_drains_the_key_in_order(on: Bench) -> None:
    on.broken.add("bad")
    blocking = on.blocking()
    async with relaying(on.relay()), subscribed(on.subscribers()):
        await on.happen("p1", "bad", "second")
        [row] = await on.parked(blocking)
        await on.happen("p1", "third")
        await on.waits_behind(row["id"], 3)
        assert (await blocking.retry(row["id"]))["released"] is False
        on.broken.clear()
        answer = await blocking.retry(row["id"], "op-1")
        assert (answer["released"], answer["handled"], answer["attempts"]) == (True, 3, 2)
        await on.happen("p1", "fourth")
        await on.saw("p1", "bad", "second", "third", "fourth")
    assert await blocking.list() == []
    assert [name for name, _ in await on.told()] == ["EventParked", "EventReleased"]


async def test_a_message_that_is_given_again_has_no_second_effect(on: Bench) -> None:
    await on.happen("p1", "once")
    relay = on.relay()
    async with relaying(relay), subscribed(on.subscribers()):
        await on.saw("p1", "once")
        await relay.republish()
        await on.happen("p1", "next")
        await on.saw("p1", "once", "next")
        assert await on.on_topic() == 3


async def test_a_consumer_that_starts_anew_goes_on_where_it_was(on: Bench) -> None:
    async with relaying(on.relay()):
        await on.happen("p1", "before")
        async with subscribed(on.subscribers()):
            await on.saw("p1", "before")
        await on.happen("p1", "meanwhile")
        async with subscribed(on.subscribers()):
            await on.saw("p1", "before", "meanwhile")
    assert on.calls == ["before", "meanwhile"]


async def test_a_failing_producer_loses_nothing_and_keeps_the_order(on: Bench) -> None:
    failures = iter([True, False, False, True, False, True])

    async def fragile(bootstrap: str) -> AIOKafkaProducer:
        client = await producer.connect(bootstrap)
        send = client.send_batch

        async def after_some(*arguments: object, **named: object) -> object:
            if next(failures, False):
                raise KafkaTimeoutError
            return await send(*arguments, **named)

        client.send_batch = after_some
        return client

    for number in range(10):
        await on.happen("p1", f"{number}")
    async with relaying(on.relay(connect=fragile)), subscribed(on.subscribers()):
        await on.saw("p1", *[f"{number}" for number in range(10)])


async def test_a_leader_that_was_frozen_neither_sends_nor_moves_the_checkpoint(on: Bench) -> None:
    reached, thaw = asyncio.Event(), asyncio.Event()

    class Frozen(Store):
        async def feed(self, db: Connection, after: Cursor, limit: int) -> list[Recorded]:
            events = await super().feed(db, after, limit)
            if events and not reached.is_set():
                reached.set()
                await thaw.wait()
            return events

    await on.happen("p1", "first")
    on.store.__class__ = Frozen
    async with relaying(on.relay(lease_seconds=0.5)):
        await asyncio.wait_for(reached.wait(), PATIENCE)
        async with relaying(on.relay()), subscribed(on.subscribers()):
            await on.saw("p1", "first")
            thaw.set()
            await on.happen("p1", "second")
            await on.saw("p1", "first", "second")
        assert await on.on_topic() == 2


async def test_the_producer_is_idempotent_where_the_broker_can(on: Bench) -> None:
    client = await producer.connect(on.bootstrap)
    await producer.discard(client)
    assert (client._txn_manager is None) is on.embedded
