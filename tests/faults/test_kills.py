"""Killed at random points, the hub goes on: what was answered is there, once and in order."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from services.embedded.broker import EmbeddedBroker
from tests.support import checker
from tests.support.campaign import Campaign, campaign
from tests.support.checker import Fed, Found, OnTopic
from tests.support.hub import SERVICES, Apart, Hub, hub_over, services_apart, until
from tests.support.processes import touching

KILLS = int(os.environ.get("JIELI_KILLS", "3"))
SEED = int(os.environ.get("JIELI_SEED", "20260302"))
ROWS = min(430, 40 * KILLS)
PEOPLE = 8 * KILLS
ROUND_SECONDS = 60
SHARE_OF_IMPORTS = 0.4  # of the kills: the import dies too
SHARE_OF_STARTS = 0.25  # of the kills: the next start dies as well
pytestmark = pytest.mark.timeout(200 + 60 * KILLS)


async def test_a_killed_hub_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    async with hub_over(tmp_path) as hub:
        await hub.start()
        async with campaign(hub, tmp_path, rows=ROWS, people=PEOPLE, seed=SEED) as sent:
            for _ in range(KILLS):
                await at_a_random_point(sent, chance)
                await hub.kill()
                await hub.start()
        assert await sent.verdict() == []
        assert await hub.stop() == 0
    print(f"{KILLS} kills, {sent.importing.runs} imports {sent.importing.ends}, {sent.load.failures} failures")
    assert not touching(str(tmp_path))


async def at_a_random_point(sent: Campaign, chance: random.Random) -> None:
    """Somewhere in the import and in the load, which last as long as the kills do."""
    sent.load.allow(PEOPLE // KILLS)
    await sent.progress(chance.randrange(1, ROWS // KILLS), ROUND_SECONDS)
    await asyncio.sleep(chance.uniform(0, 0.3))
    if chance.random() < SHARE_OF_IMPORTS:
        sent.importing.kill()
