"""`jieli backup` of a running hub and `jieli restore` into a new folder: the same hub, without those erased since."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.intake.erasing import write_down
from services.kernel.clock import SystemClock
from tests.support.centre import Centre, Inmate, inmate
from tests.support.running_hub import Hub, Said, command, running_hub

START = "2026-03-02T09:00:00+08:00"
PEOPLE = [inmate() for _ in range(3)]
EARLIER = "insert into reference.policies (version, chosen, since) values ('an-earlier-one', '{}', '2025-01-01T00:00Z')"
KEY = "select state, wrapped from vault.person_keys where person_ref = $1"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Hub]]:
    """A folder with the backup of a hub that knows three people, and the hub, which runs on."""
    folder = tmp_path_factory.mktemp("kept")
    with running_hub(folder / "data", "--clock", START) as hub:
        yield folder, hub


async def known(hub: Hub) -> dict[str, dict[str, Any]]:
    """The handover of each notice."""
    if not hub.handovers("A-CENTRE-1", PEOPLE[0].notice_no):
        await Centre(hub).announce_all(PEOPLE)
        hub.settle()
    return {each.notice_no: hub.handovers("A-CENTRE-1", each.notice_no)[0] for each in PEOPLE}


def restored(folder: Path, name: str, *more: str | Path) -> Said:
    return command("restore", folder / "backup", "--data", folder / name, "--kek", folder / "data/secrets/kek", *more)


async def test_a_restored_hub_is_the_same_hub_without_those_who_were_erased_since(kept: tuple[Path, Hub]) -> None:
    folder, hub = kept
    before = await known(hub)
    erased, *others = before
    [head] = [item["head"] for item in hub.post("/verify/audit", {}).json()["items"] if item["name"] == "audit.intake"]
    async with hub.database() as db:
        await db.execute(EARLIER)
    assert hub.runs("backup", folder / "backup").code == 0
    write_down(folder / "log", before[erased]["person_ref"], SystemClock().now())

    said = restored(folder, "again", "--erasures", folder / "log")
    assert said.lines[-1] == {"kind": "restore", "folder": str(folder / "backup"), "erased": 1}
    with running_hub(folder / "again", "--clock", START) as again:
        again.settle()
        assert again.runs("verify").code == 0
        assert again.post("/verify/audit", {"heads": [head]}).json()["equal"]
        after = {number: again.handovers("A-CENTRE-1", number)[0] for number in others}
        assert after == {number: before[number] for number in others}
        async with again.database() as db:
            row = await db.fetchrow(
                "select state, wrapped from vault.person_keys where person_ref = $1", before[erased]["person_ref"]
            )
            assert row is not None
            assert (row["state"], row["wrapped"]) == ("erased", None)
            assert await db.fetchval("select count(*) from vault.identities") == len(others)
            assert await db.fetchval("select true from reference.policies where version = 'an-earlier-one'")
        await goes_on(again, others[0])
        assert await comes_as_somebody_new(again, PEOPLE[0]) != before[erased]["person_ref"]


async def goes_on(hub: Hub, notice_no: str) -> None:
    """What was begun before the backup can be ended after the restore."""
    mine = next(each for each in PEOPLE if each.notice_no == notice_no)
    await Centre(hub).publish(mine, "PersonReleased", mine.release(), f"release-{notice_no}")
    hub.settle()
    assert hub.handovers("A-CENTRE-1", notice_no)[0]["state"] == "AWAITING_REPORT"


async def comes_as_somebody_new(hub: Hub, who: Inmate) -> str:
    """The person whom the same number stands for now."""
    new = Inmate("N-NEW", who.resident_id, who.name)
    return (await Centre(hub).announce_all([new]))[0]


async def test_a_damaged_backup_is_refused_and_nothing_is_brought(kept: tuple[Path, Hub]) -> None:
    folder, hub = kept
    await known(hub)
    assert hub.runs("backup", folder / "damaged").code == 0
    with (folder / "damaged" / "handover.dump").open("r+b") as dump:
        dump.seek(100)
        dump.write(b"x")
    said = command("restore", folder / "damaged", "--data", folder / "fresh")
    assert (said.code, said.lines[-1]["code"]) == (1, "backup_damaged")


async def test_a_used_database_and_a_used_folder_are_refused(kept: tuple[Path, Hub]) -> None:
    folder, hub = kept
    await known(hub)
    assert hub.runs("backup", folder / "twice").code == 0
    again = hub.runs("backup", folder / "twice")
    assert (again.code, again.lines[-1]["code"]) == (1, "folder_in_use")
    over = command("restore", folder / "twice", JIELI_DATABASE_URL=hub.database_url)
    assert (over.code, over.lines[-1]["code"]) == (1, "database_in_use")


async def test_a_backup_holds_no_key_that_opens_it_and_is_its_owners_alone(kept: tuple[Path, Hub]) -> None:
    folder, hub = kept
    await known(hub)
    assert hub.runs("backup", folder / "closed").code == 0
    kek = json.loads((folder / "data/secrets/kek").read_text())["keys"]
    for file in (folder / "closed").iterdir():
        assert file.stat().st_mode & 0o077 == 0
        assert not any(secret.encode() in file.read_bytes() for secret in kek.values())
