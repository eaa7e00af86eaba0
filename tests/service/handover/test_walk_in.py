"""A walk-in: the opening fact of a handover, or a record on the one that lives."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.handover import walk_in
from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.kernel.records import Message
from services.kernel.tasks import spawn
from services.kernel.tokens import Actor
from tests.support.handover_desk import CENTRE, STATION, STREET, Bench, N, P, day, worker

HERE = {"place_kind": "WALK_IN", "identity_check": True}
LOCKED_OUT = """
    select 1 from pg_locks join pg_stat_activity using (pid) where not granted and datname = current_database()
"""


async def report(desk: Bench, person_ref: str, actor: Actor, data: dict[str, Any], key: str | None = None) -> str:
    """Through the port that intake uses."""
    return str(await desk.kit.ports[walk_in.PORT](person_ref, actor, data, key))


async def test_a_stranger_who_reports_opens_a_handover_in_reported(desk: Bench) -> None:
    handover_id = await report(desk, P, worker(), HERE)
    seen = await desk.seen(handover_id)
    assert (seen["state"], seen["station"], seen["accountable"]) == ("REPORTED", STATION, STATION)
    names = await desk.events(f"handover-{handover_id}")
    assert names[0] == "PersonReported"
    (row,) = await desk.rows("select data from events where type like '%.PersonReported.v1'")
    assert row["data"]["handover_id"] == handover_id


async def test_a_known_person_reports_on_the_handover_that_lives(desk: Bench) -> None:
    known = await desk.released()
    assert await report(desk, P, worker(), {**HERE, "at": day("03-30").isoformat()}) == known
    assert (await desk.seen(known))["state"] == "REPORTED"


async def test_facts_that_waited_follow_a_walk_in_too(desk: Bench) -> None:
    await desk.order()
    handover_id = await report(desk, P, worker(), HERE)
    assert (await desk.seen(handover_id))["track"] == "ORDERED"


async def test_not_everybody_may_take_a_report(desk: Bench) -> None:
    with pytest.raises(Refused, match="actor_not_allowed"):
        await report(desk, P, Actor("x", "LABOUR_BUREAU", "A-LABOUR"), HERE)
    (row,) = await desk.rows("select outcome, code from audit")
    assert tuple(row) == ("refused", "actor_not_allowed")


async def test_one_report_told_at_once_and_again_under_one_key_is_one_report(desk: Bench) -> None:
    told = [report(desk, P, worker(), HERE, "k-1") for _ in range(3)]
    (handover_id,) = set(await asyncio.gather(*told))
    assert await report(desk, P, worker(), HERE, "k-1") == handover_id
    assert (await desk.events(f"handover-{handover_id}")).count("PersonReported") == 1
    with pytest.raises(Refused, match="idempotency_key_reused"):
        await report(desk, P, worker(), {**HERE, "identity_check": False}, "k-1")


async def test_a_fact_put_to_wait_beside_an_opening_walk_in_follows_it(desk: Bench) -> None:
    order: dict[str, Any] = {
        "order_kind": "CRH",
        "order_no": "O-1",
        "served_at": desk.clock.now(),
        "executing_street": STREET,
    }
    async with desk.service.pool.acquire() as db, db.transaction():
        await deliver_in(db, desk, await desk.sealed("OrderServed", **order))
        walking_in = spawn(report(desk, P, worker(), HERE), "walk-in")
        await done_or_locked_out(desk, walking_in)
    assert (await desk.seen(await walking_in))["track"] == "ORDERED"
    assert not await desk.rows("select 1 from waiting_facts")


async def test_a_fact_beside_the_notice_that_opens_the_next_handover_follows_it(desk: Bench) -> None:
    await desk.offered()
    await desk.fact("ReleaseNoticeWithdrawn", notice_no=N, reason="ERROR")
    notice: dict[str, Any] = {
        "notice_no": "N-2",
        "revision": 1,
        "centre_id": CENTRE,
        "source_org": CENTRE,
        "episode_no": "2",
    }
    dated: dict[str, Any] = {"planned_release_date": "2026-03-30", "basis": "ORDER", "order_expected": "Y"}
    async with desk.service.pool.acquire() as db, db.transaction():
        await deliver_in(db, desk, await desk.sealed("ReleaseNoticeReceived", **notice, **dated))
        ordering = spawn(desk.order(), "order")
        await done_or_locked_out(desk, ordering)
    await ordering
    items = (await desk.get("/handovers", person_ref=P)).json()["items"]
    assert [one["track"] for one in items] == ["VOLUNTARY", "ORDERED"]
    assert not await desk.rows("select 1 from waiting_facts")


async def deliver_in(db: Connection, desk: Bench, message: Message) -> None:
    """Hand a message over in a transaction that stays open."""
    handle = desk.subscription(message.topic).handle
    assert handle is not None
    await handle(db, message)


async def done_or_locked_out(desk: Bench, task: asyncio.Task[Any]) -> None:
    """Until the task has ended, or waits for the transaction beside it."""
    while not task.done() and not await desk.rows(LOCKED_OUT):
        await asyncio.sleep(0.01)
