from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from services.kernel.db import Connection, Pool, transaction
from services.kernel.projections import Projection, ProjectionRunner
from services.kernel.store import Recorded
from tests.support.database import note, plain_store, service_pool

STORE = plain_store()


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with service_pool(database_url) as pool:
        await pool.execute("create table listed (at bigint generated always as identity, text text, version int)")
        yield pool


class Listing:
    """Lists the texts it is given, after failing as often as asked."""

    def __init__(self, version: int = 1, failures: int = 0, name: str = "listing") -> None:
        self.version = version
        self.name = name
        self.failures = failures
        self.batches: list[int] = []

    def projection(self) -> Projection:
        return Projection(self.name, self.version, self.apply_all)

    async def apply_all(self, db: Connection, records: Sequence[Recorded]) -> None:
        self.batches.append(len(records))
        for record in records:
            await db.execute("insert into listed (text, version) values ($1, $2)", record.data["text"], self.version)
        if self.failures:
            self.failures -= 1
            raise ZeroDivisionError


async def write(pool: Pool, *texts: str) -> None:
    async with transaction(pool) as db:
        version = await STORE.version(db, "person-p1")
        await STORE.append(db, "person-p1", "p1", version, [note(text) for text in texts])


async def listed(pool: Pool) -> list[str]:
    return [row["text"] for row in await pool.fetch("select text from listed order by at")]


def runner(pool: Pool, *listings: Listing) -> ProjectionRunner:
    return ProjectionRunner(pool, STORE.feed, [listing.projection() for listing in listings])


async def test_a_projection_gets_every_fact_once_in_order_across_restarts(pool: Pool) -> None:
    await write(pool, "a", "b")
    assert await runner(pool, Listing()).advance() == 2
    await write(pool, "c")
    assert await runner(pool, Listing()).advance() == 1
    assert await runner(pool, Listing()).advance() == 0
    assert await listed(pool) == ["a", "b", "c"]


async def test_a_long_feed_comes_in_batches(pool: Pool) -> None:
    await write(pool, *(f"{number}" for number in range(1_100)))
    listing = Listing()
    assert await runner(pool, listing).advance() == 1_100
    assert listing.batches == [500, 500, 100]


async def test_what_a_failing_projection_wrote_is_undone_and_done_again(pool: Pool) -> None:
    await write(pool, "a")
    running = runner(pool, Listing(failures=1))
    with pytest.raises(ZeroDivisionError):
        await running.advance()
    assert (await listed(pool), await running.waiting()) == ([], ["listing"])
    await running.advance()
    assert (await listed(pool), await running.waiting()) == (["a"], [])


async def test_two_processes_share_a_projection_without_doing_anything_twice(pool: Pool) -> None:
    expected: list[str] = []
    for number in range(30):
        await write(pool, f"{number}")
        expected.append(f"{number}")
        await asyncio.gather(runner(pool, Listing()).advance(), runner(pool, Listing()).advance())
    assert await listed(pool) == expected


async def test_a_new_version_starts_from_the_first_fact(pool: Pool) -> None:
    await write(pool, "a")
    await runner(pool, Listing()).advance()
    await runner(pool, Listing(version=2)).advance()
    rows = await pool.fetch("select text, version from listed order by at")
    assert list(map(tuple, rows)) == [("a", 1), ("a", 2)]


async def test_looking_in_vain_uses_up_no_transaction_id(pool: Pool) -> None:
    await write(pool, "a")
    running = runner(pool, Listing())
    await running.advance()
    before = await pool.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text")
    await running.advance()
    assert await pool.fetchval("select pg_snapshot_xmax(pg_current_snapshot())::text") == before


async def test_projections_at_one_place_go_on_in_one_transaction(pool: Pool) -> None:
    running = runner(pool, Listing(), Listing(2, name="other"))
    await running.advance()  # nothing yet: where they stand is known now
    await write(pool, "a", "b")
    running.wake()
    assert await running.advance() == 4
    assert await pool.fetchval("select count(distinct xmin::text) from listed") == 1
    assert await pool.fetchval("select count(distinct xmin::text) from projections") == 1


async def test_one_that_fails_stops_no_other_and_undoes_nothing_of_theirs(pool: Pool) -> None:
    healthy, broken = Listing(), Listing(2, failures=100, name="broken")
    running = runner(pool, healthy, broken)
    await running.advance()
    tasks = [asyncio.ensure_future(follow()) for follow in running.loops().values()]
    await write(pool, "a")
    running.wake()
    async with asyncio.timeout(5):
        while await listed(pool) != ["a"]:
            await asyncio.sleep(0.005)
    assert await running.waiting() == ["broken"]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_that_another_process_holds_lets_the_others_pass(pool: Pool) -> None:
    held, free = Listing(), Listing(2, name="free")
    running = runner(pool, held, free)
    await write(pool, "a")
    await running.advance()
    await write(pool, "b")
    running.wake()
    async with transaction(pool) as db:
        await db.execute("select from projections where name = 'listing' for update")
        task = asyncio.ensure_future(running.advance())
        async with asyncio.timeout(5):
            while await pool.fetchval("select count(*) from listed where version = 2") < 2:
                await asyncio.sleep(0.005)
        assert not task.done()
    await task
    assert await running.waiting() == []


async def test_a_running_projection_follows_the_feed(pool: Pool) -> None:
    running = runner(pool, Listing())
    [(name, follow)] = running.loops().items()
    task = asyncio.ensure_future(follow())
    await write(pool, "a")
    running.wake()
    async with asyncio.timeout(5):
        while await listed(pool) != ["a"]:
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert name == "projection-listing"
