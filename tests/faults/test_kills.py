"""Killed at random points, the hub goes on: what was answered is there, once and in order."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from services.embedded.broker import EmbeddedBroker
from tests.support.campaign import Campaign, campaign
from tests.support.checker import processes_that_name
from tests.support.hub import SERVICES, hub_over, services_apart

KILLS = int(os.environ.get("JIELI_KILLS", "3"))
SEED = int(os.environ.get("JIELI_SEED", "20260302"))
ROWS = min(430, 40 * KILLS)
PEOPLE = 8 * KILLS
ROUND_SECONDS = 60
SESSION_MS = "6000"
SHARE_OF_IMPORTS = 0.4  # of the kills: the import dies too
SHARE_OF_STARTS = 0.25  # of the kills: the next start dies as well
pytestmark = pytest.mark.timeout(240 + 60 * KILLS)

Record = Callable[[str, object], None]


async def test_a_killed_hub_loses_nothing_and_does_nothing_twice(tmp_path: Path, record_property: Record) -> None:
    chance = random.Random(SEED)
    async with hub_over(tmp_path) as hub:
        await hub.start()
        async with campaign(hub, tmp_path, rows=ROWS, people=PEOPLE, seed=SEED) as sent:
            for _ in range(KILLS):
                await at_a_random_point(sent, chance)
                await hub.kill()
                if chance.random() < SHARE_OF_STARTS:
                    await hub.spawn()
                    await asyncio.sleep(chance.uniform(0.5, 3))
                    await hub.kill()
                await hub.start()
        assert await sent.verdict() == []
        assert await hub.stop() == 0
    record_property("figures", sent.figures())
    assert processes_that_name(tmp_path) == []


async def test_killed_services_lose_nothing_and_do_nothing_twice(
    tmp_path: Path, database_url: str, fresh_broker: EmbeddedBroker, record_property: Record
) -> None:
    chance = random.Random(SEED)
    async with services_apart(tmp_path, database_url, fresh_broker.bootstrap, session_ms=SESSION_MS) as apart:
        await apart.start()
        async with campaign(apart, tmp_path, rows=ROWS, people=PEOPLE, seed=SEED) as sent:
            for _ in range(KILLS):
                await at_a_random_point(sent, chance)
                victim = chance.choice(SERVICES)
                await apart.kill(victim)
                await apart.start(victim)
        assert await sent.verdict() == []
        assert set(await apart.stop()) == {0}
    record_property("figures", sent.figures())


async def at_a_random_point(sent: Campaign, chance: random.Random) -> None:
    """Somewhere in the import and in the load, which last as long as the kills do."""
    sent.load.allow(PEOPLE // KILLS)
    await sent.progress(chance.randrange(1, ROWS // KILLS), ROUND_SECONDS)
    await asyncio.sleep(chance.uniform(0, 0.3))
    if chance.random() < SHARE_OF_IMPORTS:
        sent.importing.kill()
