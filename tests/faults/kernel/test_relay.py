"""The broker is lost, frozen or away; the relay and its readers come back by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownError
from aiokafka.protocol.produce import ProduceRequest

from services.embedded.broker import EmbeddedBroker
from services.kernel import producer
from tests.support.checker import topic_messages
from tests.support.transport import Bench, bench, relaying, subscribed, until


@pytest.fixture
async def on(database_url: str, fresh_broker: EmbeddedBroker) -> AsyncIterator[Bench]:
    async with bench(database_url, fresh_broker.bootstrap, embedded=True) as made:
        yield made


async def test_a_broker_that_came_back_empty_is_filled_again_and_nothing_happens_twice(
    on: Bench, fresh_broker: EmbeddedBroker
) -> None:
    async with relaying(on.relay()), subscribed(on.subscribers()) as subscribers:
        await on.happen("p1", "a", "b")
        await on.happen("p2", "c")
        await on.saw("p1", "a", "b")
        await on.saw("p2", "c")
        await fresh_broker.restart()
        await on.happen("p1", "d")
        await on.saw("p1", "a", "b", "d")

        async def filled() -> bool:
            return await on.on_topic() >= 4

        await until(filled)

        async def begun_anew() -> bool:
            return subscribers._cluster_id == fresh_broker.cluster_id

        await until(begun_anew)
    assert await on.seen("p2") == ["c"]


async def test_facts_written_while_the_broker_is_away_follow_in_order(on: Bench, fresh_broker: EmbeddedBroker) -> None:
    async with relaying(on.relay()), subscribed(on.subscribers()):
        await on.happen("p1", "a")
        await on.saw("p1", "a")
        await fresh_broker.kill()
        await on.happen("p1", "b")
        await on.happen("p1", "c")
        await fresh_broker.start()
        await on.saw("p1", "a", "b", "c")
    told = await topic_messages(fresh_broker.bootstrap)
    assert list(dict.fromkeys(message.data["text"] for message in told)) == ["a", "b", "c"]


async def test_a_broker_that_froze_and_thawed_loses_nothing(on: Bench, fresh_broker: EmbeddedBroker) -> None:
    async with relaying(on.relay()), subscribed(on.subscribers()):
        await on.happen("p1", "a")
        await on.saw("p1", "a")
        fresh_broker.pause()
        await on.happen("p1", "b")
        fresh_broker.resume()
        await on.saw("p1", "a", "b")


async def test_a_stopped_relay_leaves_the_lease_to_the_next_at_once(on: Bench) -> None:
    async with relaying(on.relay(lease_seconds=60)):
        await on.happen("p1", "a")

        async def sent() -> bool:
            return await on.on_topic() == 1

        await until(sent)
    await on.happen("p1", "b")
    async with relaying(on.relay()), subscribed(on.subscribers()):
        await on.saw("p1", "a", "b")


async def test_nothing_is_sent_that_stands_behind_a_batch_that_failed(on: Bench) -> None:
    failed: list[object] = []

    async def connect(bootstrap: str) -> AIOKafkaProducer:
        made = await producer.connect(bootstrap)
        send = made.client.send

        async def first_fails(node: int, request: object, **how: Any) -> object:  # noqa: ANN401 - the library's own
            if isinstance(request, ProduceRequest) and not failed:
                failed.append(request)
                raise UnknownError
            return await send(node, request, **how)

        made.client.send = first_fails
        return made

    texts = [f"{number:03}{'x' * 400}" for number in range(200)]  # more than one batch
    await on.happen("p1", *texts)

    async def sent() -> bool:
        return await on.on_topic() >= len(texts)

    async with relaying(on.relay(connect=connect)):
        await until(sent)
    told = [message.data["text"] for message in await topic_messages(on.bootstrap, only=(on.topic,))]
    assert failed
    assert list(dict.fromkeys(told)) == texts
