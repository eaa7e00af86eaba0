"""Wires the handover service: schema, doors, subscriptions, deadlines, relay, what operators see."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from services.handover import calendar_watch, deadline_firing, history, standing, verifying, walk_in
from services.handover.api import routes
from services.handover.desk import Desk
from services.handover.subscribers import subscriptions
from services.kernel.blocking import Blocking
from services.kernel.db import Pool, after_commit, open_pool
from services.kernel.deadlines import DeadlineWorker
from services.kernel.kit import Kit
from services.kernel.migrations import migrate
from services.kernel.parking import Parking
from services.kernel.records import Subscription
from services.kernel.relay import Relay
from services.kernel.roles import role_of
from services.kernel.service import Service
from services.kernel.store import Store
from services.kernel.topics_admin import ensure_topics
from services.reference.agreement_versions import reading

NAME: Final = "handover"
SOURCE: Final = "jieli/handover"
MIGRATIONS: Final = Path(__file__).parent / "migrations"


async def build(kit: Kit) -> Service:
    """The handover service over an up-to-date schema; its pool is closed by whoever runs it."""
    await migrate(kit.database_url, NAME, [MIGRATIONS])
    pool = await open_pool(kit.database_url, NAME, role=role_of(NAME))
    woken, moved = asyncio.Event(), Moved()
    desk = desk_of(kit, pool, woken, moved)
    worker = DeadlineWorker(pool, kit.clock, partial(deadline_firing.fire, desk))
    moved.worker = worker
    kit.ports[walk_in.PORT] = partial(walk_in.report, desk)
    kit.ports[standing.PORT] = partial(standing.told, desk)
    kit.ports[history.PORT] = partial(history.told, desk)
    read = subscriptions(desk)
    return Service(
        name=NAME,
        pool=pool,
        store=desk.store,
        blocking=blocking_of(kit, desk, read),
        relay=relay_of(kit, pool, desk.store, woken),
        router=routes(desk),
        subscriptions=read,
        deadlines=worker,
        loops={"calendar": partial(calendar_watch.watch, desk)},
        checks=verifying.checks(pool),
        chains=verifying.chains(pool, kit.keyring.chained, kit.ports),
    )


def blocking_of(kit: Kit, desk: Desk, read: Sequence[Subscription]) -> Blocking:
    """What an operator does with messages that were set aside."""
    return Blocking(
        pool=desk.pool,
        store=desk.store,
        clock=kit.clock,
        ids=kit.ids,
        subscriptions=read,
        bootstrap=kit.kafka_bootstrap,
        service=NAME,
    )


class Moved:
    """Tells the deadline worker that an alarm was set, once there is one."""

    worker: DeadlineWorker | None = None

    def __call__(self) -> None:
        """The worker looks as soon as the alarm is committed."""
        if self.worker:
            after_commit(self.worker.wake)


def desk_of(kit: Kit, pool: Pool, woken: asyncio.Event, moved: Moved) -> Desk:
    """What every door works with."""
    store = Store(source=SOURCE, clock=kit.clock, ids=kit.ids, seal=kit.sealer, wake=woken.set)
    return Desk(
        pool=pool,
        store=store,
        parking=Parking(store, kit.clock, kit.ids, NAME),
        clock=kit.clock,
        ids=kit.ids,
        sealer=kit.sealer,
        policies=kit.policies,
        calendars=kit.calendars,
        organisations=kit.directory,
        agreements=reading(kit.settings.city, kit.directory),
        armed=moved,
        ports=kit.ports,
    )


def relay_of(kit: Kit, pool: Pool, store: Store, woken: asyncio.Event) -> Relay:
    """Publishes the service's events; a new broker gets its topics first."""

    async def prepare(_cluster_id: str) -> None:
        await ensure_topics(kit.kafka_bootstrap, kit.topics)

    return Relay(pool, store, kit.kafka_bootstrap, service=NAME, wake=woken, on_cluster=prepare, arrivals=kit.arrivals)
