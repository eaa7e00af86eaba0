"""Sagas against the fold of their steps, their streams and their alarms."""

from __future__ import annotations

import pytest

from services.kernel.verifying import Finding
from tests.support.handover_desk import Bench, day, worker

DAMAGE = {
    "doc": "update sagas set doc = jsonb_set(doc, '{hops}', '7')",
    "row": "update sagas set state = 'READY'",
    "events": "update sagas set written = written + 1",
    "alarms": "update deadlines set due_at = due_at + interval '1 day' where state = 'armed'",
}


async def verified(desk: Bench) -> Finding:
    [check] = desk.service.checks
    return await check.verify()


async def lived(desk: Bench) -> str:
    """A handover with facts, records and alarms that fired."""
    handover_id = await desk.accepted()
    await desk.order()
    await desk.until(day("03-20"))
    answer = await desk.post(handover_id, "EarlyContactRecorded", worker(), {"mode": "REMOTE", "checklist": []})
    assert answer.status_code in {200, 409, 422}, answer.text
    return handover_id


async def test_a_saga_is_the_fold_of_its_steps_and_its_stream_and_alarms_agree(desk: Bench) -> None:
    await lived(desk)
    found = await verified(desk)
    assert found.equal, found
    assert found.facts > 4
    assert found == await verified(desk)


@pytest.mark.parametrize("column", ["policy_key", "calendar_version"])
async def test_an_alarm_that_says_another_basis_than_its_saga_is_named(desk: Bench, column: str) -> None:
    handover_id = await lived(desk)
    await desk.service.pool.execute(f"update deadlines set {column} = 'other' where state = 'armed'")
    assert (await verified(desk)).differ == (f"{handover_id} alarms",)


@pytest.mark.parametrize("what", DAMAGE)
async def test_what_was_changed_behind_the_steps_is_named(desk: Bench, what: str) -> None:
    handover_id = await lived(desk)
    await desk.service.pool.execute(DAMAGE[what])
    found = await verified(desk)
    assert not found.equal
    assert found.differ == (f"{handover_id} {what}",)
