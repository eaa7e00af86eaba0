"""A subscriber that died, stands still, or never handed on anything does not go unnoticed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from services.embedded.broker import EmbeddedBroker
from services.kernel import polling
from services.kernel.errors import Unavailable
from services.kernel.records import Subscription
from services.kernel.watchdog import STILL_SECONDS
from tests.support.transport import Bench, bench, relaying, subscribed


@pytest.fixture
async def on(database_url: str, fresh_broker: EmbeddedBroker) -> AsyncIterator[Bench]:
    async with bench(database_url, fresh_broker.bootstrap, embedded=True) as made:
        yield made


async def test_a_subscriber_whose_loop_died_is_started_again(on: Bench) -> None:
    async with relaying(on.relay()), subscribed(on.subscribers()) as subscribers:
        await on.happen("p1", "a")
        await on.saw("p1", "a")
        [running] = subscribers._running
        for task in running._subscriber.tasks:
            task.cancel()
        await on.happen("p1", "b")
        await on.saw("p1", "a", "b")


async def test_a_subscriber_that_stands_still_before_messages_is_started_again(on: Bench) -> None:
    async with relaying(on.relay()), subscribed(on.subscribers()) as subscribers:
        [running] = subscribers._running
        client = running.reader.client
        assert client is not None
        await running._loops.stop()  # else they are resumed within a moment
        client.pause(*client.assignment())
        await on.happen("p1", "a", "b")
        assert await on.seen() == []
        running.reader.beaten = time.monotonic() - STILL_SECONDS - 1
        await on.saw("p1", "a", "b")


async def test_a_parser_that_hands_on_nothing_is_found_at_start(on: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def with_two_arguments(records: object, parser: object, more: object) -> None:
        raise AssertionError(records, parser, more)

    monkeypatch.setattr(polling, "parse", with_two_arguments)
    subscribers = on.subscribers()
    with pytest.raises(polling.ProbeFailed):
        await subscribers.start()
    await subscribers.stop()


async def test_a_missing_topic_is_found_at_start(on: Bench) -> None:
    async def handle(*_: object) -> None:
        raise AssertionError

    subscribers = on.subscribers(Subscription(consumer="x", topics=("hub.missing.v1",), handle=handle))
    with pytest.raises(Unavailable, match=r"hub\.missing\.v1"):
        await subscribers.start()
    await subscribers.stop()
