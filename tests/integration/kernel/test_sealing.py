from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from schemas.base import Event
from schemas.registry import load
from schemas.sealed import Clear
from services.kernel.db import Pool
from services.kernel.errors import Poison, Refused, SetAside
from services.kernel.sealing import VAULT_MIGRATIONS, FileKek, KeyRing
from tests.support.database import service_pool

SECRET = "O-SECRET-1"


@pytest.fixture
async def vault(database_url: str) -> AsyncIterator[Pool]:
    async with service_pool(database_url, VAULT_MIGRATIONS, schema="vault", owner=True) as pool:
        yield pool


@pytest.fixture
def kek(tmp_path: Path) -> FileKek:
    return FileKek(tmp_path / "kek")


def served(order_no: object = SECRET, person: str = "p") -> Event:
    data = {"person_ref": person, "order_kind": "CRH", "order_no": order_no, "served_at": "2026-03-02T10:00:00+08:00"}
    return load("cn.aftercare.intake.OrderServed.v1", data)


async def written(ring: KeyRing, event: Event) -> dict[str, Any]:
    """The payload as event `e1`."""
    payload: dict[str, Any] = json.loads(await ring.seal(event, "e1"))
    return payload


async def test_another_process_with_the_same_key_file_opens_what_one_sealed(vault: Pool, kek: FileKek) -> None:
    data = await written((await KeyRing.over(vault, kek)), served())
    opened = await (await KeyRing.over(vault, kek)).open(load(served().wire, data), "e1")
    assert opened == served()


async def test_two_first_uses_at_once_mint_one_key(vault: Pool, kek: FileKek) -> None:
    rings = [await KeyRing.over(vault, kek) for _ in range(8)]
    sealed = await asyncio.gather(*(written(ring, served()) for ring in rings for _ in "12"))
    assert len({data["order_no"]["kid"] for data in sealed}) == 1
    assert await vault.fetchval("select count(*) from person_keys") == 1
    for data in sealed:
        assert await rings[0].open(load(served().wire, data), "e1") == served()


async def test_an_erased_key_stays_erased(vault: Pool, kek: FileKek) -> None:
    ring = await KeyRing.over(vault, kek)
    sealed = load(served().wire, await written(ring, served()))
    await ring.erase("p")
    for again in (ring, (await KeyRing.over(vault, kek))):
        for use in (again.seal(served(), "e2"), again.open(sealed, "e1"), again.tag("p", "x")):
            with pytest.raises(SetAside, match="SEALED"):
                await use
    row = await vault.fetchrow("select wrapped, state from person_keys where person_ref = 'p'")
    assert tuple(row or ()) == (None, "erased")


async def test_a_person_erased_before_the_first_use_never_gets_a_key(vault: Pool, kek: FileKek) -> None:
    ring = await KeyRing.over(vault, kek)
    await ring.erase("p")
    with pytest.raises(SetAside):
        await ring.seal(served(), "e1")


async def test_erasing_one_person_leaves_the_others(vault: Pool, kek: FileKek) -> None:
    ring = await KeyRing.over(vault, kek)
    sealed = load(served().wire, await written(ring, served(person="q")))
    await ring.erase("p")
    assert await ring.open(sealed, "e1") == served(person="q")


async def test_reading_never_mints(vault: Pool, kek: FileKek) -> None:
    token = {"v": 1, "alg": "A256GCM", "kid": "k", "nonce": "bm9uY2U", "ct": "Y3Q"}
    with pytest.raises(Poison):
        await (await KeyRing.over(vault, kek)).open(served(token), "e1")
    assert await vault.fetchval("select count(*) from person_keys") == 0


async def test_another_key_file_opens_nothing(vault: Pool, kek: FileKek, tmp_path: Path) -> None:
    sealed = load(served().wire, await written((await KeyRing.over(vault, kek)), served()))
    await vault.execute("delete from hub_keys")  # else the foreign key is refused at the start
    with pytest.raises(Poison):
        await (await KeyRing.over(vault, FileKek(tmp_path / "other"))).open(sealed, "e1")


async def test_a_key_file_of_another_hub_is_refused_at_the_start(vault: Pool, kek: FileKek, tmp_path: Path) -> None:
    await KeyRing.over(vault, kek)
    with pytest.raises(Refused, match="kek_foreign"):
        await KeyRing.over(vault, FileKek(tmp_path / "other"))


async def test_an_event_without_sealed_fields_needs_no_key(vault: Pool, kek: FileKek) -> None:
    event = load(
        "cn.aftercare.intake.ReleaseNoticeWithdrawn.v1", {"person_ref": "p", "notice_no": "N-1", "reason": "ERROR"}
    )
    ring = await KeyRing.over(vault, kek)
    assert await written(ring, event) == event.model_dump(mode="json")
    assert await ring.open(event, "e1") is event
    assert await vault.fetchval("select count(*) from person_keys") == 0


async def test_sealing_again_keeps_what_is_sealed(vault: Pool, kek: FileKek) -> None:
    ring = await KeyRing.over(vault, kek)
    data = await written(ring, served())
    assert await written(ring, load(served().wire, data)) == data


async def test_equal_texts_have_equal_tags_for_one_person_only(vault: Pool, kek: FileKek) -> None:
    one, other = (await KeyRing.over(vault, kek)), (await KeyRing.over(vault, kek))
    assert await one.tag("p", SECRET) == await other.tag("p", SECRET)
    assert await one.tag("p", SECRET) != await one.tag("p", SECRET + "x")
    assert await one.tag("p", SECRET) != await one.tag("q", SECRET)
    assert SECRET not in await one.tag("p", SECRET)


async def test_a_blind_index_is_the_same_wherever_the_key_file_is(vault: Pool, kek: FileKek, tmp_path: Path) -> None:
    index = (await KeyRing.over(vault, kek)).blind_index("000101199003070075")
    assert index == (await KeyRing.over(vault, FileKek(tmp_path / "kek"))).blind_index("000101199003070075")
    assert index != (await KeyRing.over(vault, kek)).blind_index("000101199003070076")
    await vault.execute("delete from hub_keys")
    assert index != (await KeyRing.over(vault, FileKek(tmp_path / "other"))).blind_index("000101199003070075")


async def test_the_cache_is_bounded_and_a_forgotten_key_is_found_again(vault: Pool, kek: FileKek) -> None:
    ring = await KeyRing.over(vault, kek, cached=2)
    sealed = [load(served().wire, await written(ring, served(person=f"p{n}"))) for n in range(5)]
    assert len(ring._keys._cache) == 2
    for event in sealed:
        assert isinstance(dict(await ring.open(event, "e1"))["order_no"], Clear)


async def test_the_vault_holds_no_key_in_clear(vault: Pool, kek: FileKek) -> None:
    ring = await KeyRing.over(vault, kek)
    await ring.seal(served(), "e1")
    (row,) = await vault.fetch("select * from person_keys")
    assert (row["state"], row["wrapped_by"]) == ("active", kek.kid)
    assert len(row["wrapped"]) == 12 + 32 + 16
    assert repr(ring._keys._cache["p"]) == f"PersonKey(kid='{row['kid']}')"


async def test_the_national_suite_seals_and_either_opens_what_the_other_sealed(vault: Pool, kek: FileKek) -> None:
    national, other = await KeyRing.over(vault, kek, alg="SM4GCM"), await KeyRing.over(vault, kek)
    for sealing, opening, alg in ((national, other, "SM4GCM"), (other, national, "A256GCM")):
        data = await written(sealing, served())
        assert data["order_no"]["alg"] == alg
        assert await opening.open(load(served().wire, data), "e1") == served()
        record = await sealing.seal_bytes("t", "p", b"clear")
        assert await opening.open_bytes("t", "p", record) == b"clear"
