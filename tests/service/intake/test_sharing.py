"""Data-sharing agreements: what rests on one that is not in force goes nowhere, is not lost, and flows once one is."""

from __future__ import annotations

from asyncio import create_task, sleep, wait
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from schemas.intake import ReleaseNoticeReceived
from schemas.sealed import Clear
from services.intake.app import fire_of
from services.intake.erasing import erase
from services.intake.sharing import STREAM, Sharing, expect
from services.kernel.clock import SHANGHAI
from services.kernel.db import session_settings, speak_json, transaction
from services.kernel.deadlines import DeadlineWorker
from services.reference.agreement_versions import ADD
from services.reference.agreements import Agreement, shipped_agreements
from tests.service.intake.conftest import START, Office
from tests.service.intake.messages import NOTICE, identity, message, resident, send

SHIPPED = shipped_agreements("a")[0]
ENDED = {"version": 2, "to": "2026-03-01"}
AGREED = NOTICE | {"basis": "AGREEMENT", "order_expected": "N"}
HELD_UP = "select exists (select from pg_locks where relation = 'notices'::regclass and not granted)"
WITHOUT = ("accepted", "agreement_missing", "no_basis")


async def brought(url: str, **changed: Any) -> None:  # noqa: ANN401 - fields of a file
    """A version as the command leaves it: written down by the owner, its beginning armed."""
    agreement = Agreement.model_validate(SHIPPED.content() | changed)
    db = await asyncpg.connect(url, server_settings=session_settings("intake"))
    try:
        await speak_json(db)
        await db.execute(ADD, agreement.id, agreement.version, agreement.content(), START)
        await expect(db, agreement, "CN")
    finally:
        await db.close()


async def fired(office: Office) -> None:
    fire = fire_of(office.desk, {STREAM: Sharing(office.desk, office.keyring).fire})
    await DeadlineWorker(office.pool, office.clock, fire).fire_due()


async def announced(office: Office, number: int = 1, **changed: str | int) -> tuple[str, str, str]:
    said = AGREED | {"notice_no": f"N-{number}"} | changed
    return await send(office, message(office, "ReleaseNoticeReceived", said, identity(number)))


async def test_an_agreement_in_force_is_named_by_the_hub_whatever_the_centre_says(office: Office) -> None:
    assert await announced(office, dsa_id="MADE-UP") == ("accepted", "", "offered")
    told = dict(await office.events("person-%"))
    assert told["ReleaseNoticeReceived"]["dsa_id"] == SHIPPED.id
    assert await announced(office, 2, basis="ORDER", dsa_id="MADE-UP") == ("accepted", "", "offered")
    assert (await office.events("person-%"))[-2][1]["dsa_id"] is None


async def test_without_one_in_force_nothing_is_offered_but_what_an_order_carries(
    office: Office, database_url: str
) -> None:
    await brought(database_url, **ENDED)
    assert await announced(office) == WITHOUT
    events = await office.events("person-%")
    assert [name for name, _ in events] == ["PersonRegistered", "ReleaseNoticeReceived", "LegalBasisMissing"]
    assert (events[1][1]["dsa_id"], events[2][1]["missing"]) == (None, "DSA")
    assert (await announced(office, 2, basis="ORDER"))[2] == "offered"
    assert (await announced(office, 3, basis="NONE", order_expected="Y"))[2] == "offered"
    other = message(office, "ReleaseNoticeReceived", AGREED | {"notice_no": "N-4"}, identity(4), source="A-CENTRE-2")
    assert (await send(office, other))[2] == "offered"


async def test_once_one_is_in_force_it_is_said_and_what_waited_is_announced_anew_to_be_read(
    office: Office, database_url: str
) -> None:
    await brought(database_url, **ENDED)
    await announced(office)
    await fired(office)
    assert await office.events("agreement-%") == []  # it is over: nothing comes into force
    await brought(database_url, version=3)
    await fired(office)
    [(name, said)] = await office.events("agreement-%")
    assert (name, said["dsa_id"], said["version"], len(said["hash"])) == ("DsaActivated", SHIPPED.id, "3", 64)
    events = await office.events("person-%")
    assert [name for name, _ in events][3:] == ["ReleaseNoticeReceived", "JurisdictionResolved"]
    assert (events[3][1]["dsa_id"], events[4][1]["station_id"]) == (SHIPPED.id, "A04-S011")
    async with office.pool.acquire() as db:
        anew = (await office.desk.store.load(db, f"person-{events[0][1]['person_ref']}"))[3]
    opened = await office.keyring.open(anew.event(), anew.event_id)
    assert isinstance(opened, ReleaseNoticeReceived)
    assert isinstance(opened.flags, Clear)
    await fired(office)
    assert len(await office.events("person-%")) == len(events)


async def test_one_whose_first_day_is_to_come_waits_for_it(office: Office, database_url: str) -> None:
    await brought(database_url, **ENDED)
    await brought(database_url, version=3, **{"from": "2026-03-05"})
    assert await announced(office) == WITHOUT
    await fired(office)
    assert await office.events("agreement-%") == []
    office.clock.set(datetime(2026, 3, 5, tzinfo=SHANGHAI))
    await fired(office)
    assert (await office.names())[-1] == "JurisdictionResolved"


async def test_a_notice_that_is_being_taken_while_an_agreement_begins_is_not_left_behind(
    office: Office, database_url: str
) -> None:
    await brought(database_url, **ENDED)
    async with office.pool.acquire() as db, db.transaction():
        await db.execute("lock table notices in share mode")
        taking = create_task(announced(office))
        while not await office.pool.fetchval(HELD_UP):
            await sleep(0.01)
        await brought(database_url, version=3)
        firing = create_task(fired(office))
        await wait({firing}, timeout=0.5)
    assert await taking == WITHOUT
    await firing
    assert (await office.names())[-1] == "JurisdictionResolved"


async def test_what_waited_longer_than_it_may_be_kept_is_not_announced(office: Office, database_url: str) -> None:
    await brought(database_url, **ENDED)
    await announced(office)
    office.clock.set(START + timedelta(days=31))
    await brought(database_url, version=3)
    await fired(office)
    assert (await office.names())[-1] == "LegalBasisMissing"


async def test_a_handover_that_runs_goes_on_when_its_agreement_ends(office: Office, database_url: str) -> None:
    await announced(office)
    await brought(database_url, **ENDED)
    corrected = await announced(office, revision=2, planned_release_date="2026-04-02")
    assert corrected == ("revised", "", "offered")
    assert (await office.names())[3:] == ["ReleaseDateChanged"]


async def test_an_erased_person_is_not_announced_anew(office: Office, database_url: str) -> None:
    await brought(database_url, **ENDED)
    await announced(office)
    person = (await office.events("person-%"))[0][1]["person_ref"]
    async with transaction(office.pool) as db:
        await erase(db, person)
    await brought(database_url, version=3)
    await fired(office)
    assert (await office.names())[-1] == "LegalBasisMissing"
    assert resident() not in await office.every_cell()
