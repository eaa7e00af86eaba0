"""A walk-in: the opening fact of a handover, or a record on the one that lives."""

from __future__ import annotations

import pytest

from services.handover.walk_in import report_walk_in
from services.kernel.errors import Refused
from services.kernel.tokens import Actor
from tests.support.handover_desk import STATION, Bench, P, day, worker

HERE = {"place_kind": "WALK_IN", "identity_check": True}


async def test_a_stranger_who_reports_opens_a_handover_in_reported(desk: Bench) -> None:
    handover_id = await report_walk_in(desk.kit, P, worker(), HERE)
    seen = await desk.seen(handover_id)
    assert (seen["state"], seen["station"], seen["accountable"]) == ("REPORTED", STATION, STATION)
    names = await desk.events(f"handover-{handover_id}")
    assert names[0] == "PersonReported"
    (row,) = await desk.rows("select data from events where type like '%.PersonReported.v1'")
    assert row["data"]["handover_id"] == handover_id


async def test_a_known_person_reports_on_the_handover_that_lives(desk: Bench) -> None:
    known = await desk.released()
    assert await report_walk_in(desk.kit, P, worker(), {**HERE, "at": day("03-30").isoformat()}) == known
    assert (await desk.seen(known))["state"] == "REPORTED"


async def test_facts_that_waited_follow_a_walk_in_too(desk: Bench) -> None:
    await desk.order()
    handover_id = await report_walk_in(desk.kit, P, worker(), HERE)
    assert (await desk.seen(handover_id))["track"] == "ORDERED"


async def test_not_everybody_may_take_a_report(desk: Bench) -> None:
    with pytest.raises(Refused, match="actor_not_allowed"):
        await report_walk_in(desk.kit, P, Actor("x", "LABOUR_BUREAU", "A-LABOUR"), HERE)
    (row,) = await desk.rows("select outcome, code from audit")
    assert tuple(row) == ("refused", "actor_not_allowed")
