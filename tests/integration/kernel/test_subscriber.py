"""Several processes of one consumer on a real Kafka share its partitions."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.transport import Bench, bench, relaying, subscribed

PEOPLE = [f"p{number}" for number in range(6)]


@pytest.fixture
async def on(database_url: str, kafka: str) -> AsyncIterator[Bench]:
    async with bench(database_url, kafka, embedded=False) as made:
        yield made


async def test_partitions_move_between_processes_without_a_second_effect_or_a_gap(on: Bench) -> None:
    async with relaying(on.relay()), subscribed(on.subscribers()):
        for person in PEOPLE:
            await on.happen(person, "1", "2")
        async with subscribed(on.subscribers()):
            for person in PEOPLE:
                await on.happen(person, "3")
            for person in PEOPLE:
                await on.saw(person, "1", "2", "3")
        for person in PEOPLE:
            await on.happen(person, "4")
        for person in PEOPLE:
            await on.saw(person, "1", "2", "3", "4")
