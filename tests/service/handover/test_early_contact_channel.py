"""Early contact in the centre rests on the agreement between centre and locality until an order is served."""

from __future__ import annotations

from datetime import date

import asyncpg
import pytest

from services.kernel.db import speak_json
from services.reference.agreement_versions import ADD
from services.reference.agreements import shipped_agreements
from tests.support.handover_desk import Bench, worker

TALK = {"mode": "IN_PERSON", "checklist": ["IDENTITY", "LEAFLET"]}
UNSERVED = {"basis": "ORDER", "order_expected": "Y"}


@pytest.mark.parametrize(("served", "code"), [(False, "guard_not_met"), (True, "")])
async def test_without_an_agreement_in_force_it_waits_for_the_order(desk: Bench, *, served: bool, code: str) -> None:
    handover_id = await desk.accepted(**UNSERVED)
    await ended(desk)
    if served:
        await desk.order()
    answer = await desk.post(handover_id, "EarlyContactRecorded", worker(), TALK)
    assert answer.json().get("code", "") == code
    if code:
        assert answer.json()["detail"] == "没有有效的信息共享协议"


async def test_with_one_in_force_it_is_recorded(desk: Bench) -> None:
    handover_id = await desk.accepted(**UNSERVED)
    assert (await desk.post(handover_id, "EarlyContactRecorded", worker(), TALK)).status_code == 200


async def ended(desk: Bench) -> None:
    """As an operator ends the agreement of the notice's centre."""
    one = shipped_agreements("a")[0].model_copy(update={"version": 2, "end": date(2026, 1, 1)})
    db = await asyncpg.connect(desk.kit.database_url)
    try:
        await speak_json(db)
        await db.execute(ADD, one.id, one.version, one.content(), desk.clock.now())
    finally:
        await db.close()
