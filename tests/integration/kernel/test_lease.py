"""One publishes at a time, and who lost the lease can do nothing more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.kernel import checkpoint
from services.kernel.db import Connection, transaction
from services.kernel.lease import Fenced, Lease
from services.kernel.store import Cursor
from tests.support.database import note, plain_store, service_pool

TERM = 0.05


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Connection]:
    async with service_pool(database_url) as pool, pool.acquire() as connection:
        yield connection


async def taken_over(db: Connection, lease: Lease) -> None:
    """The database lets go of a lease a moment after its holder must stop."""
    async with asyncio.timeout(5):
        while not await lease.acquire(db):
            await asyncio.sleep(0.01)


async def test_a_held_lease_is_not_given_to_another(db: Connection) -> None:
    assert await Lease("first").acquire(db)
    assert not await Lease("second").acquire(db)


async def test_a_lease_that_is_over_goes_to_the_next_with_a_higher_epoch(db: Connection) -> None:
    first, second = Lease("first", TERM), Lease("second")
    assert await first.acquire(db)
    await taken_over(db, second)
    assert second.epoch == first.epoch + 1


async def test_who_lost_it_cannot_renew_send_or_move_the_checkpoint(db: Connection) -> None:
    [event] = await plain_store().append(db, "person-p1", "p1", 0, [note("a")])
    first, second = Lease("first", TERM), Lease("second")
    await first.acquire(db)
    await taken_over(db, second)
    with pytest.raises(Fenced):
        first.check()
    with pytest.raises(Fenced):
        await first.renew(db)
    with pytest.raises(Fenced):
        await checkpoint.move(db, first, Cursor(), event)
    with pytest.raises(Fenced):
        await checkpoint.begin_on(db, first, "other-broker")
    assert await checkpoint.read(db) == Cursor()
    await checkpoint.move(db, second, Cursor(), event)
    assert await checkpoint.read(db) == Cursor(event.xid, event.position)


async def test_a_released_lease_is_free_at_once_and_only_its_holder_can_release_it(db: Connection) -> None:
    first, second = Lease("first"), Lease("second")
    await first.acquire(db)
    await second.release(db)
    assert not await second.acquire(db)
    await first.release(db)
    assert await second.acquire(db)


async def test_a_reset_fences_the_leader_so_that_no_batch_under_way_undoes_it(db: Connection) -> None:
    [event] = await plain_store().append(db, "person-p1", "p1", 0, [note("a")])
    leader = Lease("leader")
    await leader.acquire(db)
    await checkpoint.reset(db)
    with pytest.raises(Fenced):
        await checkpoint.move(db, leader, Cursor(), event)
    assert not leader.valid()
    assert await leader.acquire(db)


async def test_waiting_counts_what_stands_behind_the_checkpoint(database_url: str) -> None:
    async with service_pool(database_url) as pool:
        async with transaction(pool) as db:
            events = await plain_store().append(db, "person-p1", "p1", 0, [note("a"), note("b")])
            lease = Lease("leader")
            await lease.acquire(db)
        async with pool.acquire() as db:
            assert await checkpoint.waiting(db) == 2
            await checkpoint.move(db, lease, Cursor(), events[0])
            assert await checkpoint.waiting(db) == 1
