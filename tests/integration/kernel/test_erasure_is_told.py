from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.kernel import person_keys
from services.kernel.db import Pool
from services.kernel.errors import SetAside
from services.kernel.kek import FileKek
from services.kernel.person_keys import VAULT_MIGRATIONS
from services.kernel.sealing import KeyRing
from services.kernel.tasks import Loops
from tests.support.database import service_pool

SOON = 10  # seconds


@pytest.fixture
async def vault(database_url: str) -> AsyncIterator[Pool]:
    async with service_pool(database_url, VAULT_MIGRATIONS, schema="vault", owner=True) as pool:
        yield pool


@pytest.fixture
def kek(tmp_path: Path) -> FileKek:
    return FileKek(tmp_path / "kek")


async def gone(ring: KeyRing, person: str) -> None:
    """Until the ring refuses the person."""
    async with asyncio.timeout(SOON):
        while True:
            try:
                await ring.tag(person, "x")
            except SetAside:
                return
            await asyncio.sleep(0.01)


async def test_another_process_forgets_an_erased_key_at_once(vault: Pool, kek: FileKek) -> None:
    one, other = await KeyRing.over(vault, kek), await KeyRing.over(vault, kek)
    loops = Loops()
    loops.start("listening", other.listen)
    await other.tag("p", "x")
    await listened(vault)
    await one.erase("p")
    await gone(other, "p")
    await loops.stop()


async def test_a_process_that_missed_the_word_forgets_the_key_after_a_while(
    vault: Pool, kek: FileKek, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_keys, "CACHED_SECONDS", 0.2)
    one, deaf = await KeyRing.over(vault, kek), await KeyRing.over(vault, kek)
    await deaf.tag("p", "x")
    await one.erase("p")
    await gone(deaf, "p")


async def listened(vault: Pool) -> None:
    """Until somebody listens."""
    async with asyncio.timeout(SOON):
        while not await vault.fetchval("select 1 from pg_stat_activity where query ilike 'listen%' limit 1"):
            await asyncio.sleep(0.01)
