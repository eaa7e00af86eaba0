"""After a restore in another cluster the feed keeps its order, and whoever read it goes on where they were."""

from __future__ import annotations

import asyncpg

from services.kernel.db import transaction
from services.kernel.new_cluster import settle
from services.kernel.store import Cursor
from tests.support.database import SCHEMA, note, plain_store, service_pool

OLD = "2000000000"
AS_FROM_ELSEWHERE = f"""
alter table events disable trigger events_append_only;
update events set xid = (xid::text::bigint + {OLD})::text::xid8;
alter table events enable trigger events_append_only;
update heads set last_xid = '{OLD}';
"""
READ_TO = """
update relay set xid = read.xid, position = read.position from events as read where read.data->>'text' = $1
"""


async def test_a_feed_whose_positions_lie_crosswise_keeps_its_order_and_its_readers_their_place(
    database_url: str,
) -> None:
    store = plain_store()
    async with service_pool(database_url, owner=True) as pool:
        async with pool.acquire() as slow, slow.transaction():
            await store.append(slow, "a", "a", 0, [note("slow-1")])
            async with transaction(pool) as quick:
                await store.append(quick, "b", "b", 0, [note("quick")])
            await store.append(slow, "a", "a", 1, [note("slow-2")])
        async with pool.acquire() as db:
            before = [event.data["text"] for event in await store.feed(db, Cursor(), 9)]
            await db.execute(AS_FROM_ELSEWHERE)
            await db.execute(READ_TO, "slow-2")
            assert await store.feed(db, Cursor(), 9) == []  # as it would be for ever
        await settled(database_url)
        async with transaction(pool) as db:
            await store.append(db, "b", "b", 1, [note("new")])
        async with pool.acquire() as db:
            feed = [event.data["text"] for event in await store.feed(db, Cursor(), 9)]
            row = await db.fetchrow("select xid::text as xid, position from relay")
            assert row is not None
            rest = [event.data["text"] for event in await store.feed(db, Cursor(row["xid"], row["position"]), 9)]
    assert before == ["slow-1", "slow-2", "quick"]
    assert feed == [*before, "new"]
    assert rest == ["quick", "new"]


async def settled(url: str) -> None:
    db = await asyncpg.connect(url)
    try:
        async with db.transaction():
            await settle(db, SCHEMA)
    finally:
        await db.close()
