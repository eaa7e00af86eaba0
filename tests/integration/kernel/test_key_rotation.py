from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.kernel.db import Pool
from services.kernel.errors import SetAside
from services.kernel.kek import FileKek
from services.kernel.person_keys import VAULT_MIGRATIONS
from services.kernel.rewrapping import AT_ONCE, left, rewrap
from services.kernel.sealing import KeyRing
from tests.support.database import service_pool

PEOPLE = [f"p{number}" for number in range(7)]


@pytest.fixture
async def vault(database_url: str) -> AsyncIterator[Pool]:
    async with service_pool(database_url, VAULT_MIGRATIONS, schema="vault", owner=True) as pool:
        yield pool


@pytest.fixture
def kek(tmp_path: Path) -> FileKek:
    return FileKek(tmp_path / "kek")


async def sealed(ring: KeyRing) -> dict[str, bytes]:
    return {person: await ring.seal_bytes("t", person, person.encode()) for person in PEOPLE}


async def test_after_a_rotation_the_new_key_wraps_everybody_and_all_still_opens(vault: Pool, kek: FileKek) -> None:
    ring = await KeyRing.over(vault, kek)
    records, index = await sealed(ring), ring.blind_index("x")
    newer = kek.rotate()
    assert await left(vault, kek) == len(PEOPLE)
    assert await rewrap(vault, kek, lambda _: None) == len(PEOPLE)
    assert await left(vault, kek) == 0
    assert {row[0] for row in await vault.fetch("select wrapped_by from person_keys")} == {newer}
    fresh = await KeyRing.over(vault, kek)
    assert fresh.blind_index("x") == index
    for person, record in records.items():
        assert await fresh.open_bytes("t", person, record) == person.encode()


async def test_a_rewrapping_that_was_cut_short_goes_on(
    vault: Pool, kek: FileKek, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sealed(await KeyRing.over(vault, kek))
    kek.rotate()
    monkeypatch.setattr("services.kernel.rewrapping.AT_ONCE", 3)
    with pytest.raises(RuntimeError, match="cut"):
        await rewrap(vault, kek, cut)
    assert await left(vault, kek) == len(PEOPLE) - 3
    assert await rewrap(vault, kek, lambda _: None) == len(PEOPLE) - 3
    assert AT_ONCE > 3


def cut(_done: int) -> None:
    raise RuntimeError("cut")


async def test_a_process_that_runs_through_a_rotation_mints_under_the_new_key(vault: Pool, kek: FileKek) -> None:
    ring = await KeyRing.over(vault, kek)
    newer = FileKek(kek._path).rotate()
    await ring.tag("new", "x")
    assert await vault.fetchval("select wrapped_by from person_keys where person_ref = 'new'") == newer


async def test_an_erased_key_is_not_wrapped_again(vault: Pool, kek: FileKek) -> None:
    ring = await KeyRing.over(vault, kek)
    await sealed(ring)
    await ring.erase("p1")
    kek.rotate()
    assert await rewrap(vault, kek, lambda _: None) == len(PEOPLE) - 1
    with pytest.raises(SetAside, match="SEALED"):
        await (await KeyRing.over(vault, kek)).tag("p1", "x")
