"""The end of a record while somebody else says something new about the same person: nobody gets lost (§3.8)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.intake.granted import append_granted, read_granted
from services.intake.orders import Order
from services.intake.records import HISTORY, Records
from services.kernel.db import Connection, retrying
from services.kernel.errors import Refused, Unavailable
from services.kernel.tokens import Actor
from services.reference.calendar import load_calendar
from services.reference.calendar_years import Calendars
from services.reference.policies import Policies
from services.reference.policy import load_policy
from tests.service.intake.conftest import Office
from tests.service.intake.messages import NOTICE, RELEASED, identity, message, send

DISTRICT = Actor("district-1", "DISTRICT_LEAD", "A04")
AGREED = NOTICE | {"basis": "AGREEMENT", "order_expected": "N"}
AGAIN = AGREED | {"notice_no": "N-2"}
OVER: dict[str, Any] = {"live": False, "track": "VOLUNTARY", "station": "A04-S011", "ended": "2020-01-01"}


def records(office: Office, folder: Path) -> Records:
    return Records(
        pool=office.pool,
        desk=office.desk,
        keyring=office.keyring,
        policies=Policies(load_policy()),
        calendars=Calendars(load_calendar()),
        ports=office.ports,
        log=folder / "erasures",
    )


class Handover:
    """What handover says, and when: `asked` once intake waits for it, answered after `go`."""

    def __init__(self, heard: int) -> None:
        self.heard, self.asked, self.go = heard, asyncio.Event(), asyncio.Event()

    async def tell(self, _person_ref: str) -> dict[str, Any]:
        self.asked.set()
        await self.go.wait()
        return OVER | {"heard": self.heard}


async def announced(office: Office, data: dict[str, Any] = AGREED) -> str:
    """The person of a notice that was accepted."""
    await send(office, message(office, "ReleaseNoticeReceived", data, identity()))
    return str((await office.events("person-%"))[-1][1]["person_ref"])


async def test_who_was_announced_a_moment_ago_is_neither_sealed_nor_deleted(office: Office, tmp_path: Path) -> None:
    order = Order(await announced(office), DISTRICT, "PERIOD_OVER")
    handover = Handover(heard=len(await office.events("person-%")))
    handover.go.set()
    office.ports[HISTORY] = handover.tell
    await announced(office, AGAIN)
    with pytest.raises(Refused) as refused:
        await records(office, tmp_path).seal(order)
    assert (refused.value.code, refused.value.detail) == ("not_eligible", "handover_live")
    with pytest.raises(Unavailable):
        await records(office, tmp_path).erase(order)
    handover.heard = len(await office.events("person-%"))
    assert await records(office, tmp_path).seal(order)


async def test_who_is_announced_while_their_record_ends_is_somebody_new(office: Office, tmp_path: Path) -> None:
    person_ref = await announced(office)
    handover = Handover(heard=len(await office.events("person-%")))
    office.ports[HISTORY] = handover.tell
    sealing = asyncio.create_task(records(office, tmp_path).seal(Order(person_ref, DISTRICT)))
    await handover.asked.wait()
    notice = asyncio.create_task(announced(office, AGAIN))
    release = asyncio.create_task(send(office, message(office, "PersonReleased", RELEASED)))
    consent = asyncio.create_task(consented(office, person_ref))
    done, _ = await asyncio.wait([notice, release, consent], timeout=0.3)
    assert not done
    handover.go.set()
    assert await sealing
    assert await notice != person_ref
    assert await consent == "person_unknown"
    await release
    said = await office.events(f"person-{person_ref}")
    assert len(said) == handover.heard
    assert sorted(receipt[0] for receipt in await office.receipts()) == ["accepted", "accepted", "waiting"]


async def consented(office: Office, person_ref: str) -> str:
    """The code of what stood against a consent."""
    granted = read_granted(
        {"person_ref": person_ref, "type": "ConsentWithdrawn", "data": {"consent_id": "ALL"}, "actor": "x"}
    )

    async def work(db: Connection) -> str:
        try:
            await append_granted(db, office.desk, granted)
        except Refused as refused:
            return refused.code
        return ""

    return await retrying(office.pool, work)
