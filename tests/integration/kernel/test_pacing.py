"""On the embedded broker an empty topic rests: it is seldom asked, and a publication in the process ends the rest."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from services.embedded.broker import EmbeddedBroker
from services.kernel import pacing
from services.kernel.arrivals import Arrivals
from services.kernel.subscriber import Subscribers
from tests.support.transport import Bench, bench, relaying, subscribed, until


@pytest.fixture
async def on(database_url: str, fresh_broker: EmbeddedBroker) -> AsyncIterator[Bench]:
    async with bench(database_url, fresh_broker.bootstrap, embedded=True) as made:
        yield made


async def rests(subscribers: Subscribers) -> None:
    [running] = subscribers._running

    async def paused() -> bool:
        client = running.reader.client
        return client is not None and client.paused() == client.assignment()

    await until(paused)


async def test_an_empty_topic_rests_and_what_others_write_is_found_all_the_same(on: Bench) -> None:
    async with subscribed(on.subscribers()) as subscribers:
        await rests(subscribers)
        on.arrivals = Arrivals()  # the relay of another process
        async with relaying(on.relay()):
            await on.happen("p1", "a")
            await on.saw("p1", "a")
            await rests(subscribers)
            await on.happen("p1", "b")
            await on.saw("p1", "a", "b")


async def test_a_publication_in_the_process_ends_the_rest(on: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "OWN_REST_SECONDS", 60.0)
    async with relaying(on.relay()), subscribed(on.subscribers()) as subscribers:
        for number in range(3):
            await rests(subscribers)
            began = time.monotonic()
            await on.happen("p1", f"{number}")
            await on.saw("p1", *[f"{seen}" for seen in range(number + 1)])
            assert time.monotonic() - began < 30


async def test_nobody_hears_of_a_topic_that_is_not_theirs() -> None:
    arrivals = Arrivals()
    ours, other = arrivals.listen(["a", "b"]), arrivals.listen(["c"])
    arrivals.tell({"b"})
    await asyncio.wait_for(ours.wait(), 1)
    assert not other.is_set()
