"""Wires intake: schema and vault, the doors, the relay, what operators see."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from fastapi import APIRouter

from services.intake import sharing
from services.intake.api import Counter, routes
from services.intake.desk import Desk, Rules, open_desk
from services.intake.domain import record
from services.intake.door import Door
from services.intake.identity_key import IdentityKey
from services.intake.lawful import LawfulReads
from services.intake.people import people_of, people_routes
from services.intake.record_api import Office, record_routes
from services.intake.records import Records
from services.intake.rerouting import Rerouting
from services.intake.sealing_time import SealingTime
from services.intake.sharing import Sharing
from services.intake.subscribers import subscriptions
from services.intake.walk_ins import WalkIns
from services.kernel.blocking import Blocking
from services.kernel.chain import Chain
from services.kernel.clock import Clock, VirtualClock
from services.kernel.db import Connection, Pool, open_pool
from services.kernel.deadlines import Deadline, DeadlineWorker, Fire, Outcome
from services.kernel.errors import Refused
from services.kernel.ids import Ids
from services.kernel.kit import Kit
from services.kernel.migrations import migrate
from services.kernel.relay import Relay
from services.kernel.roles import role_of
from services.kernel.sealing import VAULT_MIGRATIONS, KeyRing
from services.kernel.service import Service
from services.kernel.settings import Settings
from services.kernel.store import Store
from services.kernel.topics_admin import ensure_topics
from services.reference import policies
from services.reference.agreement_versions import reading
from services.reference.disclosure import shipped_matrix

NAME: Final = "intake"
SOURCE: Final = "jieli/intake"
MIGRATIONS: Final = Path(__file__).parent / "migrations"
IDENTITIES: Final = Path(__file__).parent / "vault_migrations"
ABOUT: Final = """
    insert into about (city, clock_at) values ($1, $2)
    on conflict (only_row) do update set city = excluded.city, clock_at = excluded.clock_at
"""


async def prepare(url: str) -> None:
    """Bring intake's own schema, the vault's and the reference data's up to date."""
    await migrate(url, "vault", [VAULT_MIGRATIONS, IDENTITIES], kernel=False)
    await migrate(url, policies.SCHEMA, [policies.MIGRATIONS], kernel=False)
    await migrate(url, NAME, [MIGRATIONS])


async def build(kit: Kit) -> Service:
    """Intake over an up-to-date schema; its pool is closed by whoever runs it."""
    await prepare(kit.database_url)
    pool = await open_pool(kit.database_url, NAME, role=role_of(NAME))
    await pool.execute(ABOUT, kit.settings.city, kit.clock.now() if isinstance(kit.clock, VirtualClock) else None)
    woken = asyncio.Event()
    store = Store(source=SOURCE, clock=kit.clock, ids=kit.ids, seal=kit.sealer, wake=woken.set)
    agreements = reading(kit.settings.city, kit.directory)
    rules = Rules(kit.directory, kit.policies.current, kit.settings.persons == "synthetic", agreements)
    desk = open_desk(store, kit.keyring, rules, kit.clock, kit.ids)
    key = IdentityKey(identity_key_file(kit.settings))
    read = subscriptions(Door(desk, key), Rerouting(desk))
    records = records_of(kit, pool, desk)
    kinds = {sharing.STREAM: Sharing(desk, kit.sealer).fire, record.STREAM: SealingTime(records).fire}
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
        router=router_of(kit, records, key),
        subscriptions=read,
        deadlines=DeadlineWorker(pool, kit.clock, fire_of(desk, kinds)),
        chains=(Chain(pool, kit.keyring.chained, "audit.intake", ports=kit.ports),),
    )


def router_of(kit: Kit, records: Records, key: IdentityKey) -> APIRouter:
    """The front door, the door to who a person is, and the end of records."""
    pool, desk = records.pool, records.desk
    router = routes(Counter(pool, desk, key, WalkIns(pool, desk, kit.ports)))
    router.include_router(people_routes(people_of(pool, desk, kit.keyring, kit.ports)))
    router.include_router(record_routes(Office(records, LawfulReads(records, shipped_matrix()))))
    return router


def records_of(kit: Kit, pool: Pool, desk: Desk) -> Records:
    """What seals and deletes, with the log of erasures where the settings say."""
    return Records(
        pool=pool,
        desk=desk,
        keyring=kit.keyring,
        policies=kit.policies,
        calendars=kit.calendars,
        ports=kit.ports,
        log=kit.settings.erasure_log,
    )


def fire_of(desk: Desk, kinds: Mapping[str, Fire]) -> Fire:
    """Deadlines by the prefix of what they are about; all others are questions to centres."""

    async def fire(db: Connection, saga_id: str, due: list[Deadline]) -> Mapping[Deadline, Outcome]:
        own = next((fires for prefix, fires in kinds.items() if saga_id.startswith(prefix)), desk.asking.fire)
        return await own(db, saga_id, due)

    return fire


def relay_of(kit: Kit, pool: Pool, store: Store, woken: asyncio.Event) -> Relay:
    """Publishes intake's events; a new broker gets its topics first."""

    async def topics(_cluster_id: str) -> None:
        await ensure_topics(kit.kafka_bootstrap, kit.topics)

    return Relay(pool, store, kit.kafka_bootstrap, service=NAME, wake=woken, on_cluster=topics, arrivals=kit.arrivals)


def desk_beside(keyring: KeyRing, rules: Rules, clock: Clock, ids: Ids) -> Desk:
    """The same desk for a command that works on the database alone: the running hub's relay polls and publishes."""
    store = Store(source=SOURCE, clock=clock, ids=ids, seal=keyring, wake=lambda: None)
    return open_desk(store, keyring, rules, clock, ids)


def identity_key_file(settings: Settings) -> Path:
    """Intake's own key: where the setting says, else beside the key-encryption key's file."""
    if settings.identity_key_file is not None:
        return settings.identity_key_file
    if settings.kek_file is None:
        raise Refused("setting_missing", "JIELI_IDENTITY_KEY_FILE", status=500)
    return settings.kek_file.with_name("identity.jwk")
