"""A part of the hub is lost or stands still; when it is back, nothing is missing and nothing was done twice."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.embedded.broker import EmbeddedBroker
from tests.support.campaign import Campaign, campaign
from tests.support.checker import processes_that_name, servers
from tests.support.hub import hub_over, quiet, services_apart

FREEZE_SECONDS = float(os.environ.get("JIELI_FREEZE", "17"))  # longer than a relay waits for its sends
SESSION_MS = 6_000
ROWS = 60
PEOPLE = 12
SEED = 7
SOON = 60  # seconds
pytestmark = pytest.mark.timeout(300 + FREEZE_SECONDS)


@asynccontextmanager
async def a_hub_at_work(folder: Path) -> AsyncIterator[Campaign]:
    """In the middle of an import and a load; at the end everything must hold, and nothing may be left running."""
    async with hub_over(folder) as hub:
        await hub.start()
        async with campaign(hub, folder, rows=ROWS, people=PEOPLE, seed=SEED) as sent:
            sent.load.allow(PEOPLE // 2)
            await sent.progress(ROWS // 3, SOON)
            yield sent
        assert await sent.verdict() == []
        assert await hub.stop() == 0
    assert processes_that_name(folder) == []


async def test_a_lost_broker_is_replaced_by_an_empty_one_and_refilled(tmp_path: Path) -> None:
    async with a_hub_at_work(tmp_path):
        lost = await the_only(tmp_path, "tansu")
        os.kill(lost, signal.SIGKILL)
        await the_only(tmp_path, "tansu", lost)


async def test_a_broker_that_stands_still_holds_everything_up_and_loses_nothing(tmp_path: Path) -> None:
    async with a_hub_at_work(tmp_path) as sent:
        broker = await the_only(tmp_path, "tansu")
        os.kill(broker, signal.SIGSTOP)
        try:
            sent.load.allow(PEOPLE // 4)
            await asyncio.sleep(FREEZE_SECONDS)
        finally:
            os.kill(broker, signal.SIGCONT)


async def test_a_database_that_died_is_started_again_under_the_running_hub(tmp_path: Path) -> None:
    async with a_hub_at_work(tmp_path) as sent:
        for death in (signal.SIGQUIT, signal.SIGKILL):
            dead = await the_only(tmp_path, "postgres")
            os.kill(dead, death)
            await the_only(tmp_path, "postgres", dead)
            sent.load.allow(PEOPLE // 4)
            await sent.progress(ROWS // 4, SOON)


async def test_a_service_that_was_frozen_beyond_its_session_does_not_undo_what_its_twin_did(
    tmp_path: Path, database_url: str, fresh_broker: EmbeddedBroker
) -> None:
    settings = {"session_ms": str(SESSION_MS)}
    async with services_apart(tmp_path, database_url, fresh_broker.bootstrap, **settings) as apart:
        await apart.start("intake", "handover", "timeline", "handover.2")
        async with campaign(apart, tmp_path, rows=ROWS, people=PEOPLE, seed=SEED) as sent:
            sent.load.allow(PEOPLE // 2)
            await sent.progress(ROWS // 3, SOON)
            apart.freeze("handover")
            await sent.progress(ROWS, SOON)
            await quiet(sent.doors().timeline, sent.load.bearers.ops, SOON)  # the twin has done it all
            apart.wake("handover")
        assert await sent.verdict() == []
        assert set(await apart.stop()) == {0}


async def the_only(folder: Path, name: str, former: int = 0) -> int:
    """Process id of the hub's broker or database, once it runs and is not the former one."""
    async with asyncio.timeout(SOON):
        while True:
            if (found := set(servers(folder, name)) - {former}) and len(found) == 1:
                return found.pop()
            await asyncio.sleep(0.1)
