"""Wires the timeline: journal, projections, read API, and the operators' routes of the process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from fastapi import APIRouter

from schemas.topics import ingress_topics
from services.kernel.blocking import Blocking
from services.kernel.chain import JOURNAL, Chain
from services.kernel.clock import VirtualClock
from services.kernel.clock_api import clock_routes
from services.kernel.db import Connection, Pool, open_pool
from services.kernel.kit import Kit
from services.kernel.migrations import migrate
from services.kernel.phrases import Phrases
from services.kernel.projections import Projection, ProjectionRunner
from services.kernel.quiet import Pair, Quiet
from services.kernel.quiet_api import quiet_routes
from services.kernel.rebuilding import Rebuilding
from services.kernel.relay import Relay
from services.kernel.roles import role_of
from services.kernel.service import Service
from services.kernel.stepping import Stepping
from services.kernel.store import Store
from services.kernel.topic_ends import TopicEnds
from services.kernel.topics_admin import ensure_topics
from services.reference.organisations import Organisations
from services.timeline import journal
from services.timeline.accesses import Accesses
from services.timeline.api import EntriesOf, Reading, routes
from services.timeline.copying import Copying
from services.timeline.desk_hours import DeskHours
from services.timeline.figures import Figures
from services.timeline.kpi_api import kpi_routes
from services.timeline.ledger_api import Ledger, ledger_routes
from services.timeline.own_view import OwnView
from services.timeline.projections import kpi, kpi_frozen, person_organisations, person_timeline, short_notices
from services.timeline.projections import station_inbox as inbox
from services.timeline.projections.station_inbox import Entry
from services.timeline.rights import Rights
from services.timeline.rights_api import rights_routes
from services.timeline.rights_inbox import RightsInbox
from services.timeline.rights_parts import Parts
from services.timeline.sealed import deleting, ends_with_the_record
from services.timeline.subscribers import subscriptions
from services.timeline.summaries import Summaries

NAME: Final = "timeline"
SOURCE: Final = "jieli/timeline"
WORKSTATIONS: Final = frozenset({"DWS", "CGS"})
"""Who decides about the sealing of records."""
MIGRATIONS: Final = Path(__file__).parent / "migrations"


async def build(kit: Kit) -> Service:
    """The timeline over an up-to-date schema; its pool is closed by whoever runs it."""
    await migrate(kit.database_url, NAME, [MIGRATIONS])
    pool = await open_pool(kit.database_url, NAME, role=role_of(NAME))
    kit.ports[JOURNAL] = partial(journal.lacking, pool)
    runner = ProjectionRunner(pool, journal.feed, projections(kit.directory))
    quiet = quiet_of(kit, pool)
    read = subscriptions(kit.clock, runner.wake)
    woken = asyncio.Event()
    store = Store(source=SOURCE, clock=kit.clock, ids=kit.ids, seal=kit.sealer, wake=woken.set)
    return Service(
        name=NAME,
        pool=pool,
        store=store,
        blocking=Blocking(
            pool=pool,
            store=store,
            clock=kit.clock,
            ids=kit.ids,
            subscriptions=read,
            bootstrap=kit.kafka_bootstrap,
            service=NAME,
        ),
        relay=relay_of(kit, pool, store, woken),
        router=router_of(kit, pool, quiet, store),
        subscriptions=read,
        loops=runner.loops(),
        checks=Rebuilding(kit.database_url, NAME, journal.feed).checks(projections(kit.directory)),
        chains=(Chain(pool, kit.keyring.chained, "audit.timeline", ports=kit.ports),),
    )


def relay_of(kit: Kit, pool: Pool, store: Store, woken: asyncio.Event) -> Relay:
    """The relay of this service's own few events (what it parked); a new broker gets its topics first."""

    async def prepare(_cluster_id: str) -> None:
        await ensure_topics(kit.kafka_bootstrap, kit.topics)

    return Relay(pool, store, kit.kafka_bootstrap, service=NAME, wake=woken, on_cluster=prepare, arrivals=kit.arrivals)


def projections(directory: Organisations) -> tuple[Projection, ...]:
    """All questions that the journal answers in advance; each forgets a person with their record."""
    by_person = (
        person_timeline.PROJECTION,
        person_organisations.PROJECTION,
        inbox.StationInbox(directory).projection(),
        short_notices.PROJECTION,
    )
    forgetful = [ends_with_the_record(each, deleting(*each.tables)) for each in by_person]
    return (*forgetful, ends_with_the_record(kpi.PROJECTION, kpi_frozen.freeze))


def router_of(kit: Kit, pool: Pool, quiet: Quiet, store: Store) -> APIRouter:
    """The read routes and the operators' routes; the clock's only where it is virtual."""
    summaries = Summaries(Phrases.load("services.timeline", lang=kit.lang), kit.directory)
    hours, accesses = DeskHours(kit.policies, kit.calendars), Accesses(pool, store, kit.clock)
    reading = Reading(pool, kit.directory, summaries, hours, accesses, OwnView(kit.sealer, summaries))
    rights = rights_of(kit, reading, store)
    router = routes(reading, inboxes(kit))
    router.include_router(rights_routes(rights, Copying(rights, kit.sealer)))
    router.include_router(ledger_routes(Ledger(reading)))
    figures = Figures(directory=kit.directory, policies=kit.policies, calendars=kit.calendars, clock=kit.clock)
    router.include_router(kpi_routes(pool, figures))
    router.include_router(quiet_routes(quiet))
    if isinstance(kit.clock, VirtualClock):
        router.include_router(clock_routes(stepping_of(kit, pool, kit.clock, quiet)))
    return router


def inboxes(kit: Kit) -> tuple[EntriesOf, ...]:
    """What an organisation has to do: handovers, releases moved near, requests of persons, records to seal."""
    requests = RightsInbox(kit.directory, kit.clock)

    async def to_seal(db: Connection, org_id: str) -> list[Entry]:
        decides = kit.directory.type_of(org_id) in WORKSTATIONS
        return await person_organisations.proposed_to(db, org_id) if decides else []

    return (inbox.entries_of, short_notices.entries_of, requests.entries_of, to_seal)


def rights_of(kit: Kit, reading: Reading, store: Store) -> Rights:
    """The requests of persons."""
    return Rights(
        reading=reading,
        parts=Parts(reading),
        store=store,
        ids=kit.ids,
        policies=kit.policies,
        calendars=kit.calendars,
        ports=kit.ports,
    )


def stepping_of(kit: Kit, pool: Pool, clock: VirtualClock, quiet: Quiet) -> Stepping:
    """The clock of this process and who is told that it moved."""

    async def moved() -> None:
        await kit.ports["clock_moved"]()

    return Stepping(pool, clock, quiet, moved)


def quiet_of(kit: Kit, pool: Pool) -> Quiet:
    """Quiet over every service that has a schema in this database."""

    def pairs() -> Iterator[Pair]:
        return (
            (subscription.consumer, topic)
            for service in kit.services
            for subscription in service.subscriptions
            for topic in subscription.topics
        )

    followed = {projection.name: projection.version for projection in projections(kit.directory)}
    written_outside = [topic.name for topic in ingress_topics()]
    asked = partial(kit.arrivals.tell, written_outside)
    return Quiet(pool, TopicEnds(kit.kafka_bootstrap), kit.clock, pairs, NAME, followed, asked)
