"""What holds every feed of the instance back: the oldest transaction that may still write."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.kernel import logs, meters
from services.kernel.db import Connection, Pool

LOOK_SECONDS = 5.0
ALARM_SECONDS = 30.0

log = logs.get("kernel.horizon")

HORIZON = "select seconds, pid, state, application_name from oldest_writer()"


@dataclass(frozen=True, slots=True)
class Horizon:
    """The oldest open write transaction of the instance: no feed passes it. `seconds` since it began."""

    seconds: float
    pid: int | None = None
    state: str | None = None
    application: str | None = None


async def feed_horizon_age(db: Connection) -> Horizon:
    """How long the feed has been held back, and by which session; 0 seconds if by none.

    Sessions of other roles are seen only where the owner of the schema is a member of pg_read_all_stats.
    """
    row = await db.fetchrow(HORIZON)
    if row is None:
        return Horizon(0.0)
    return Horizon(row["seconds"], row["pid"], row["state"], row["application_name"])


async def watch(pool: Pool, service: str) -> None:
    """Measure for ever, and warn while an open transaction holds the service's feed back for long."""
    while True:
        async with pool.acquire() as db:
            held = await feed_horizon_age(db)
        meters.horizon.labels(service).set(held.seconds)
        if held.seconds > ALARM_SECONDS:
            log.warning("feed_held_back", service=service, seconds=held.seconds, pid=held.pid, state=held.state)
        await asyncio.sleep(LOOK_SECONDS)
