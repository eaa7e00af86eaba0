"""What `/readyz` asks: does the database answer, does the broker. A late consumer is no reason to be unready."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg

from services.kernel.broker_health import BrokerWatch
from services.kernel.errors import Unavailable
from services.kernel.http import Probe
from services.kernel.kit import Kit

PATIENCE = 2.0  # seconds


def probes(kit: Kit) -> Sequence[Probe]:
    """One probe for each dependency of the process."""
    watch = BrokerWatch(kit.kafka_bootstrap)

    async def database() -> str | None:
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(service.pool.fetchval("select 1") for service in kit.services))
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return "database"
        return None

    async def broker() -> str | None:
        try:
            async with asyncio.timeout(PATIENCE):
                await watch.cluster_id()
        except (TimeoutError, Unavailable):
            return "broker"
        return None

    return database, broker
