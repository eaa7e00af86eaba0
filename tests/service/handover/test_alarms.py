"""Alarms: armed as rows and facts, fired once with what they cause, stopped by what makes them moot."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.support.handover_desk import Bench, N, day, lead, worker


async def armed(desk: Bench) -> set[str]:
    """Names of the armed rows."""
    return {row["name"] for row in await desk.rows("select name from deadlines where state = 'armed'")}


async def test_the_armed_rows_are_the_alarms_of_the_view(desk: Bench) -> None:
    handover_id = await desk.released()
    seen = await desk.seen(handover_id)
    assert await armed(desk) == {timer["name"] for timer in seen["timers"]}
    assert {"T_D1", "T_D3", "T_L2", "T_L3A", "T_DEADLINE", "T_L4"} <= await armed(desk)


async def test_every_armed_alarm_is_a_fact_of_the_stream(desk: Bench) -> None:
    await desk.released()
    rows = await desk.rows("select data from events where type like '%.TimerScheduled.v1'")
    told = {(row["data"]["name"], row["data"]["deadline_rev"], row["data"]["occurrence"]) for row in rows}
    kept = {(row["name"], row["deadline_rev"], row["occurrence"]) for row in await desk.rows("select * from deadlines")}
    assert told == kept


async def test_a_due_alarm_is_told_with_what_it_causes(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(day("03-31"))
    names = await desk.events(f"handover-{handover_id}")
    assert names[-2:] == ["TimerFired", "ContactTaskCreated"]
    (row,) = await desk.rows("select state from deadlines where name = 'T_D1'")
    assert row["state"] == "fired"


async def test_the_ladder_rises_day_by_day_and_stands_down_with_the_report(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(day("04-09"))
    assert (await desk.seen(handover_id))["level"] == 3
    names = await desk.events(f"handover-{handover_id}")
    assert names.count("EscalationRaised") == 3
    await desk.post(handover_id, "PersonReported", worker(), {"at": day("04-09").isoformat()})
    assert await armed(desk) == {"T_ONBOARD"}
    assert "EscalationStoodDown" in await desk.events(f"handover-{handover_id}")


async def test_an_alarm_that_was_stopped_and_started_again_still_fires(desk: Bench) -> None:
    handover_id = await desk.offered()
    await desk.post(handover_id, "HandoverDeclined", lead(), {"reason": "CAPACITY"})
    assert "T_ROUTE" in await armed(desk)
    await desk.until(day("03-06"))
    names = await desk.events(f"handover-{handover_id}")
    assert names.count("RoutingEscalated") >= 2
    (row,) = await desk.rows("select state from deadlines where name = 'T_ROUTE' and occurrence = 1")
    assert row["state"] == "fired"


async def test_an_alarm_that_another_moved_while_the_hub_was_away_comes_due_later(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(day("04-05"))
    timers = {one["name"]: one for one in (await desk.seen(handover_id))["timers"]}
    assert timers["T_L2"]["due_at"] < timers["T_ACK"]["due_at"]
    desk.clock.set(datetime.fromisoformat(timers["T_ACK"]["due_at"]) + timedelta(minutes=30))
    await desk.service.deadlines.fire_due()  # type: ignore[union-attr]
    moved = next(one for one in (await desk.seen(handover_id))["timers"] if one["name"] == "T_ACK")
    assert (moved["occurrence"], moved["due_at"] > timers["T_ACK"]["due_at"]) == (timers["T_ACK"]["occurrence"], True)
    (row,) = await desk.rows("select state, due_at from deadlines where name = 'T_ACK' and state = 'armed'")
    assert row["due_at"] == datetime.fromisoformat(moved["due_at"])
    assert "TimerIgnored" not in await desk.events(f"handover-{handover_id}")
    await desk.until(row["due_at"])
    assert "EscalationForwarded" in await desk.events(f"handover-{handover_id}")


async def test_a_moved_release_opens_a_new_revision_and_ends_the_alarms_of_the_old(desk: Bench) -> None:
    handover_id = await desk.accepted()
    before = await desk.seen(handover_id)
    await desk.fact("ReleaseDateChanged", notice_no=N, revision=2, old_date="2026-03-30", new_date="2026-05-20")
    after = await desk.seen(handover_id)
    assert after["deadline_rev"] == before["deadline_rev"] + 1
    rows = await desk.rows("select state from deadlines where name = 'T_EARLY' order by deadline_rev")
    assert [row["state"] for row in rows] == ["stopped", "armed"]


async def test_a_pass_of_sixty_days_fires_nothing_twice(desk: Bench) -> None:
    await desk.released()
    await desk.until(day("06-01"))
    rows = await desk.rows("select data from events where type like '%.TimerFired.v1'")
    fired = [(row["data"]["name"], row["data"]["deadline_rev"], row["data"]["occurrence"]) for row in rows]
    assert len(fired) == len(set(fired)) > 20
    assert await desk.service.deadlines.waiting() == 0  # type: ignore[union-attr]
