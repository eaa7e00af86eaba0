"""Intake on a real database, without a broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from services.embedded.postgres import EmbeddedPostgres
from services.intake.app import NAME, SOURCE, prepare
from services.intake.desk import Desk, Rules, open_desk
from services.intake.door import Door
from services.intake.identity_key import IdentityKey
from services.kernel.clock import SHANGHAI, VirtualClock
from services.kernel.db import Pool, open_pool
from services.kernel.ids import SeededIds
from services.kernel.roles import KEYS, role_of
from services.kernel.sealing import FileKek, KeyRing
from services.kernel.store import Store
from services.reference.agreement_versions import reading
from services.reference.organisations import load_city
from services.reference.policy import load_policy
from tests.support.postgres import prepared_database

START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
TABLES = """
    select table_schema || '.' || table_name
    from information_schema.tables
    where table_schema in ('intake', 'vault') and table_type = 'BASE TABLE'
"""


@dataclass
class Office:
    """Intake for a test: its pool, desk and door."""

    pool: Pool
    desk: Desk
    door: Door
    clock: VirtualClock
    keyring: KeyRing
    key: IdentityKey
    ports: dict[str, Any] = field(default_factory=dict)

    async def counts(self) -> dict[str, int]:
        """Rows of every table of intake and vault."""
        tables = [row[0] for row in await self.pool.fetch(TABLES)]
        return {table: await self.pool.fetchval(f"select count(*) from {table}") for table in tables}

    async def events(self, stream: str = "%") -> list[tuple[str, dict[str, Any]]]:
        """Short name and payload of all events in feed order."""
        rows = await self.pool.fetch(
            "select type, data from events where stream_id like $1 order by events.xid, position", stream
        )
        return [(row["type"].split(".")[3], row["data"]) for row in rows]

    async def names(self, stream: str = "person-%") -> list[str]:
        """Short names of all events in feed order."""
        return [name for name, _ in await self.events(stream)]

    async def every_cell(self) -> str:
        """All rows of all schemas as text."""
        found: list[str] = []
        for row in await self.pool.fetch(TABLES):
            found += [each["whole"] for each in await self.pool.fetch(f"select t::text as whole from {row[0]} as t")]
        return "\n".join(found)

    async def receipts(self) -> list[tuple[str, str, str]]:
        """Outcome, reason, routing of all receipts in feed order."""
        said = [data for _, data in await self.events("receipt-%")]
        return [(data["outcome"], data["reason"], data["routing"]) for data in said]


@pytest.fixture(params=["a"])
def city(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def database_url(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """A copy of a database whose tables were made once in the session."""
    async with prepared_database(postgres_server, "intake", prepare) as url:
        yield url


@pytest.fixture
async def office(database_url: str, tmp_path: Path, city: str) -> AsyncIterator[Office]:
    clock = VirtualClock(START)
    ids = SeededIds(1, clock)
    async with (
        await open_pool(database_url, NAME, role=role_of(NAME), size=4) as pool,
        await open_pool(database_url, "vault", role=KEYS, size=2) as vault,
    ):
        keyring = await KeyRing.over(vault, FileKek(tmp_path / "kek"))
        store = Store(source=SOURCE, clock=clock, ids=ids, seal=keyring, wake=lambda: None)
        desk = open_desk(
            store,
            keyring,
            Rules(load_city(city), load_policy(), synthetic=True, agreements=reading(city, load_city(city))),
            clock,
            ids,
        )
        key = IdentityKey(tmp_path / "identity.jwk")
        yield Office(pool, desk, Door(desk, key), clock, keyring, key)
