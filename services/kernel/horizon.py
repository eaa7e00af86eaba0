"""What holds every feed of the instance back: the oldest transaction that may still write."""

from __future__ import annotations

from dataclasses import dataclass

from services.kernel.db import Connection

HORIZON = """
    select extract(epoch from clock_timestamp() - xact_start)::float8 as seconds, pid, state, application_name
    from pg_stat_activity
    where backend_xid is not null and pid <> pg_backend_pid()
    order by age(backend_xid) desc
    limit 1
"""


@dataclass(frozen=True, slots=True)
class Horizon:
    """The oldest open write transaction of the instance: no feed passes it. `seconds` since it began."""

    seconds: float
    pid: int | None = None
    state: str | None = None
    application: str | None = None


async def feed_horizon_age(db: Connection) -> Horizon:
    """How long the feed has been held back, and by which session; 0 seconds if by none.

    Sessions of other roles are seen only by a member of pg_read_all_stats.
    """
    row = await db.fetchrow(HORIZON)
    if row is None:
        return Horizon(0.0)
    return Horizon(row["seconds"], row["pid"], row["state"], row["application_name"])
