"""The relay's checkpoint: one row, moved only by the leader whose epoch stands in it."""

from __future__ import annotations

from services.kernel.db import Connection
from services.kernel.lease import Lease
from services.kernel.store import Cursor, Recorded

READ = "select xid::text as xid, position from relay"
CLUSTER = "select cluster_id from relay"
MOVE = """
update relay set xid = $3::text::xid8, position = $4
where owner = $1 and epoch = $2 and until >= clock_timestamp() and xid = $5::text::xid8 and position = $6
returning 1
"""
BEGIN_ON = """
update relay set cluster_id = $3, xid = '0', position = 0
where owner = $1 and epoch = $2 and until >= clock_timestamp()
returning 1
"""
RESET = "update relay set xid = '0', position = 0, owner = null, until = null, epoch = epoch + 1"
WAITING = """
select count(*) from events, relay where (events.xid, events.position) > (relay.xid, relay.position)
"""


async def read(db: Connection) -> Cursor:
    """How far the feed is published."""
    row = await db.fetchrow(READ)
    assert row is not None, "the migration makes the row"  # noqa: S101
    return Cursor(row["xid"], row["position"])


async def cluster(db: Connection) -> str | None:
    """The broker that has what the checkpoint says; None before the first."""
    found: str | None = await db.fetchval(CLUSTER)
    return found


async def move(db: Connection, lease: Lease, seen: Cursor, last: Recorded) -> Cursor:
    """To behind `last`; gives the new place. Raises Fenced if another leads or led, or if it was reset meanwhile."""
    place = last.xid, last.position, seen.xid, seen.position
    if await db.fetchval(MOVE, lease.owner, lease.epoch, *place) is None:
        raise lease.lost()
    return Cursor(last.xid, last.position)


async def begin_on(db: Connection, lease: Lease, cluster_id: str) -> None:
    """Another broker: it has nothing yet. Raises Fenced."""
    if await db.fetchval(BEGIN_ON, lease.owner, lease.epoch, cluster_id) is None:
        raise lease.lost()


async def reset(db: Connection) -> None:
    """Back to the beginning. Whoever leads is fenced, else a batch under way would move the checkpoint past it."""
    await db.execute(RESET)


async def waiting(db: Connection) -> int:
    """Events behind the checkpoint."""
    count: int = await db.fetchval(WAITING)
    return count
