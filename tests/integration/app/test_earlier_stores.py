"""Stores that an earlier release left: restored elsewhere, migrated by today's code, replayed to the same states."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from services.app.schemas import migrate_all
from services.handover import verifying
from services.kernel.db import Pool, open_pool
from services.kernel.projections import ProjectionRunner
from services.kernel.rebuilding import Rebuilding
from services.kernel.roles import KEYS
from services.kernel.sealing import FileKek, KeyRing
from services.timeline import journal
from services.timeline.app import projections
from tests.support import store_dump
from tests.support.history import CITY, decided_again

STATES = "select handover_id, state from {} order by 1"
PINNED = "select distinct doc ->> 'table_version', doc ->> 'policy_version' from handover.sagas"
SMALLEST = 300  # steps of a dump


@dataclass(frozen=True, slots=True)
class Earlier:
    """A dump in a fresh database, migrated; `left`, `pinned`: states and versions of its sagas as it had them."""

    url: str
    handover: Pool
    timeline: Pool
    vault: Pool
    kek: Path
    left: list[tuple[str, str]]
    pinned: list[tuple[str, str]]


@pytest.fixture(params=store_dump.names())
async def earlier(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> AsyncIterator[Earlier]:
    await store_dump.restore(request.param, database_url)
    db = await asyncpg.connect(database_url)
    left = [tuple(row) for row in await db.fetch(STATES.format("handover.sagas"))]
    pinned = [tuple(row) for row in await db.fetch(PINNED)]
    await db.close()
    await migrate_all(database_url)
    kek = store_dump.key_of(request.param, tmp_path)
    async with (
        await open_pool(database_url, "handover", role=None) as handover,
        await open_pool(database_url, "timeline", role=None) as timeline,
        await open_pool(database_url, "vault", role=KEYS) as vault,
    ):
        yield Earlier(database_url, handover, timeline, vault, kek, left, pinned)


async def test_it_migrates_and_replays_to_the_same_states(earlier: Earlier) -> None:
    sagas = await verifying.verify(earlier.handover)
    assert (sagas.equal, sagas.facts > SMALLEST) == (True, True), sagas.differ
    rebuilding = Rebuilding(earlier.url, "timeline", journal.feed)
    await ProjectionRunner(earlier.timeline, journal.feed, projections(CITY)).advance()
    for projection in projections(CITY):
        found = await rebuilding.verify(projection)
        assert (found.equal, found.facts > SMALLEST) == (True, True), found
        assert await rebuilding.verify(projection) == found
    for table in ("handover.sagas", "timeline.station_inbox"):
        rows = await earlier.timeline.fetch(STATES.format(table))
        assert [tuple(row) for row in rows] == earlier.left


async def test_recorded_histories_are_decided_today_as_they_were(earlier: Earlier) -> None:
    ring = await KeyRing.over(earlier.vault, FileKek(earlier.kek))
    async with earlier.handover.acquire() as db:
        decided = [one async for one in decided_again(db, ring)]
    assert len(decided) > SMALLEST
    assert [one for one in decided if not one.same] == []


async def test_a_saga_keeps_the_versions_that_it_was_opened_under(earlier: Earlier) -> None:
    pinned = await earlier.handover.fetch(PINNED)
    assert [tuple(row) for row in pinned] == earlier.pinned == [("1", earlier.pinned[0][1])]
