from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.embedded.postgres import EmbeddedPostgres
from services.handover.app import MIGRATIONS, NAME
from services.kernel.migrations import migrate
from services.kernel.sealing import VAULT_MIGRATIONS
from services.reference import policies
from tests.support.handover_desk import Bench, bench
from tests.support.postgres import prepared_database


@pytest.fixture
async def database_url(postgres_server: EmbeddedPostgres) -> AsyncIterator[str]:
    """A copy of a database whose tables were made once in the session."""
    async with prepared_database(postgres_server, "handover", _migrated) as url:
        yield url


async def _migrated(url: str) -> None:
    await migrate(url, "vault", [VAULT_MIGRATIONS], kernel=False)
    await migrate(url, policies.SCHEMA, [policies.MIGRATIONS], kernel=False)
    await migrate(url, NAME, [MIGRATIONS])


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    """The handover service on its own database."""
    async with bench(database_url, tmp_path) as made:
        yield made
