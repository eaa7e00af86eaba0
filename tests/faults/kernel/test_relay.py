"""The broker is lost, frozen or away; the relay and its readers come back by themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.embedded.broker import EmbeddedBroker
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
