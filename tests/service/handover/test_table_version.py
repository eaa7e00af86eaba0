"""A saga of a table that this code does not have is decided by no other: everything about it stops and is told."""

from __future__ import annotations

import pytest

from services.handover.domain.table import UnknownTable, shipped_table, table_of
from services.kernel.parking import Failure
from services.kernel.verdicts import failure
from tests.support.handover_desk import Bench, N, day, lead

OTHER = "update sagas set doc = jsonb_set(doc, '{table_version}', '\"0\"')"
LEFT = "select state, version, written from sagas"
UNKNOWN = "table_version_unknown: 0"


async def of_another_table(desk: Bench) -> str:
    handover_id = await desk.offered()
    await desk.service.pool.execute(OTHER)
    return handover_id


async def test_a_fact_about_it_blocks_its_key_as_our_own_fault(desk: Bench) -> None:
    await of_another_table(desk)
    before = await desk.rows(LEFT)
    with pytest.raises(UnknownTable, match=UNKNOWN) as wrong:
        await desk.fact("PersonReleased", notice_no=N, released_at=day("03-30"), pickup="NONE")
    assert failure(wrong.value) == Failure("TECHNICAL", ("UnknownTable",))
    assert await desk.rows(LEFT) == before


async def test_a_record_about_it_changes_nothing(desk: Bench) -> None:
    handover_id = await of_another_table(desk)
    before = await desk.rows(LEFT)
    answer = await desk.post(handover_id, "HandoverAccepted", lead())
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert await desk.rows(LEFT) == before


async def test_its_alarms_stay_armed(desk: Bench) -> None:
    await of_another_table(desk)
    before, due = await desk.rows(LEFT), await desk.next_due()
    assert due is not None
    assert desk.service.deadlines is not None
    desk.clock.set(due)
    await desk.service.deadlines.fire_due()
    assert await desk.rows(LEFT) == before
    assert await desk.next_due() == due


def test_the_shipped_table_is_the_one_of_its_version() -> None:
    assert table_of(shipped_table().version) is shipped_table()
