"""Projections built anew beside the live ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import asyncpg
import pytest

from services.kernel.db import Connection
from services.kernel.projections import Projection
from services.kernel.rebuilding import Rebuilding
from services.kernel.store import Recorded
from services.kernel.verifying import Finding
from services.timeline import journal
from services.timeline.app import projections
from services.timeline.projections import station_inbox
from tests.support.timeline_story import CITY, Story, Timeline, accepted, timeline

CORRUPT = {
    "person_timeline": "update person_timeline set name = 'Invented' where event_id like '%0001'",
    "person_organisations": "delete from person_organisations where relation = 'accountable'",
    "station_inbox": "update station_inbox set level = 4, tasks = '[]'",
    "short_notices": "insert into short_notices values ('GHOST', true, null, '2026-03-04', now(), '1', 1)",
    "kpi": "update kpi_cases set released = '2026-01-01'",
}
TABLES = ("person_timeline", "person_organisations", "station_inbox", "short_notices", "kpi_cases", "kpi_notices")


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[Timeline]:
    async with timeline(database_url) as made:
        await made.read(*(accepted(Story(f"P{number}", f"H{number}")) for number in range(3)))
        yield made


@pytest.fixture
def rebuilding(database_url: str) -> Rebuilding:
    return Rebuilding(database_url, "timeline", journal.feed)


async def verified(rebuilding: Rebuilding) -> dict[str, Finding]:
    return {each.name: await rebuilding.verify(each) for each in projections(CITY)}


def named(name: str) -> Projection:
    return next(each for each in projections(CITY) if each.name == name)


@pytest.mark.usefixtures("kept")
async def test_every_projection_is_what_its_facts_give_twice_the_same(rebuilding: Rebuilding) -> None:
    once, again = await verified(rebuilding), await verified(rebuilding)
    assert set(once) == set(CORRUPT)
    assert all(each.equal and each.facts == 27 for each in once.values()), once
    assert once == again


@pytest.mark.parametrize("name", CORRUPT)
async def test_a_corrupted_row_is_found_and_put_right_and_nothing_else_is_written(
    kept: Timeline, rebuilding: Rebuilding, name: str
) -> None:
    before = await kept.dump()
    await kept.pool.execute(CORRUPT[name])
    found = await verified(rebuilding)
    assert [each for each, one in found.items() if not one.equal] == [name]
    assert (await rebuilding.rebuild(named(name))).rows
    assert await kept.dump() == before
    assert (await rebuilding.rebuild(named(name))).rows is None


async def test_the_hash_knows_no_physical_order_and_no_place_in_the_journal(
    kept: Timeline, rebuilding: Rebuilding
) -> None:
    before = await verified(rebuilding)
    for table in TABLES:
        await kept.pool.execute(f"create table moved as select * from {table} order by random()")
        await kept.pool.execute(f"delete from {table}")
        await kept.pool.execute(f"insert into {table} select * from moved")
        await kept.pool.execute("drop table moved")
    await kept.pool.execute("update person_timeline set position = position + 1000")
    assert await verified(rebuilding) == before


async def test_a_replay_may_write_nothing_but_the_rebuilt_tables(kept: Timeline, rebuilding: Rebuilding) -> None:
    async def meddle(db: Connection, _records: Sequence[Recorded]) -> None:
        await db.execute("insert into inbox (consumer, event_id) values ('sent', 'outward')")

    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await rebuilding.verify(Projection("station_inbox", station_inbox.VERSION, meddle, ("station_inbox",)))
    assert await kept.pool.fetchval("select count(*) from inbox") == 0


async def test_a_rebuild_killed_in_the_middle_leaves_the_live_one_and_a_second_ends_well(
    kept: Timeline, rebuilding: Rebuilding
) -> None:
    right = await kept.dump()
    await kept.pool.execute(CORRUPT["station_inbox"])
    begun = asyncio.Event()

    async def stalling(db: Connection, records: Sequence[Recorded]) -> None:
        await named("station_inbox").apply_all(db, records)
        begun.set()
        await asyncio.sleep(3600)

    stalled = Projection("station_inbox", station_inbox.VERSION, stalling, ("station_inbox",))
    killed = asyncio.create_task(rebuilding.rebuild(stalled))
    await asyncio.wait_for(begun.wait(), 20)
    killed.cancel()
    with suppress(asyncio.CancelledError):
        await killed
    await kept.read(accepted(Story("P9", "H9")))
    assert await kept.pool.fetchval("select state from station_inbox where handover_id = 'H9'") == "ACCEPTED"
    assert (await rebuilding.rebuild(named("station_inbox"))).rows == 6
    assert (await rebuilding.verify(named("station_inbox"))).equal
    assert [row for row in (await kept.dump())[2] if row[0] != "H9"] == right[2]


async def test_a_rebuild_under_load_catches_up_and_ends_equal(kept: Timeline, rebuilding: Rebuilding) -> None:
    for sql in CORRUPT.values():
        await kept.pool.execute(sql)
    done = asyncio.Event()

    async def load() -> int:
        told = 0
        while not done.is_set():
            await kept.read(accepted(Story(f"L{told}", f"LH{told}")))
            told += 1
        return told

    loading = asyncio.create_task(load())
    for each in projections(CITY):
        assert (await rebuilding.rebuild(each)).rows
        assert (await rebuilding.verify(each)).equal
    done.set()
    assert await loading > 0
    assert all(one.equal for one in (await verified(rebuilding)).values())
    assert await kept.pool.fetchval("select count(*) from station_inbox where level = 4") == 0
