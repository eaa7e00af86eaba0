"""Nobody is pursued: attempts beyond the limits are refused at the door, what the person says never is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from services.kernel.tokens import Actor
from tests.support.handover_desk import STATION, Bench, N, day, lead, worker

VAIN = {"channel": "PHONE", "result": "NO_ANSWER"}


async def attempt(desk: Bench, handover_id: str, **more: str) -> httpx.Response:
    return await desk.post(handover_id, "ContactMade", worker(), {**VAIN, **more})


async def out(desk: Bench, *, ordered: bool = True) -> str:
    """Released on Monday the 30th of March, and nine in the morning of the day after."""
    handover_id = await desk.released(ordered=ordered, **({} if ordered else AGREED))
    await desk.until(day("03-31"))
    return handover_id


AGREED = {"basis": "AGREEMENT", "order_expected": "N"}


async def test_a_second_attempt_on_the_same_day_is_refused_and_changes_nothing(desk: Bench) -> None:
    handover_id = await out(desk)
    assert (await attempt(desk, handover_id)).status_code == 200
    before = await desk.seen(handover_id)
    answer = await attempt(desk, handover_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "guard_not_met")
    assert "contact.max_per_day" in answer.json()["detail"]
    assert "每天最多" in answer.json()["detail"]
    assert await desk.seen(handover_id) == before
    (row,) = await desk.rows("select code from audit where record = 'ContactMade' and outcome = 'refused'")
    assert row["code"] == "guard_not_met"


async def test_the_fourth_attempt_within_seven_days_is_refused(desk: Bench) -> None:
    handover_id = await out(desk)
    for date in ("03-31", "04-01", "04-02"):
        await desk.until(day(date))
        assert (await attempt(desk, handover_id)).status_code == 200
    await desk.until(day("04-03"))
    assert "contact.max_per_week" in (await attempt(desk, handover_id)).json()["detail"]
    await desk.until(day("04-07"))
    assert (await attempt(desk, handover_id)).status_code == 200


async def test_no_attempt_on_a_day_with_a_recorded_contact(desk: Bench) -> None:
    handover_id = await out(desk)
    assert (await attempt(desk, handover_id, result="TALKED")).status_code == 200
    assert "contact.max_per_day" in (await attempt(desk, handover_id)).json()["detail"]


async def test_what_the_person_says_is_taken_on_any_day_and_at_any_hour(desk: Bench) -> None:
    handover_id = await out(desk)
    await attempt(desk, handover_id)
    await desk.until(datetime.fromisoformat("2026-03-31T23:30:00+08:00"))
    night = {"result": "TALKED", "agreed_date": "2026-04-02", "at": "2026-03-31T23:00:00+08:00"}
    assert (await attempt(desk, handover_id, **night)).status_code == 200
    assert (await desk.seen(handover_id))["timers"][0]["name"] == "T_AGREED"


async def test_three_attempts_in_vain_end_the_attempts_towards_a_voluntary_person(desk: Bench) -> None:
    handover_id = await out(desk, ordered=False)
    for date in ("03-31", "04-08", "04-16"):
        await desk.until(day(date))
        assert (await attempt(desk, handover_id)).status_code == 200
    await desk.until(day("04-24"))
    answer = await attempt(desk, handover_id)
    assert answer.json()["code"] == "guard_not_met"
    assert "contact.max_attempts_voluntary" in answer.json()["detail"]
    await desk.until(day("04-30"))
    assert (await desk.seen(handover_id))["state"] == "CLOSED_NOT_ENGAGED"
    assert not await desk.rows("select 1 from events where type like 'cn.aftercare.statutory.%'")


@pytest.mark.parametrize(("kind", "data"), [("ConsentGiven", {"purpose": "CLINIC"}), ("ConsentWithdrawn", {})])
async def test_attempts_in_vain_are_counted_anew_once_the_person_has_spoken(
    desk: Bench, kind: str, data: dict[str, str]
) -> None:
    handover_id = await out(desk, ordered=False)
    for date in ("03-31", "04-08", "04-16"):
        await desk.until(day(date))
        await attempt(desk, handover_id)
    await desk.until(day("04-22"))
    await desk.fact(kind, consent_id="K-1", **data)
    assert "contact.max_per_day" in (await attempt(desk, handover_id)).json()["detail"]
    await desk.until(day("04-24"))
    assert (await attempt(desk, handover_id)).status_code == 200


async def test_after_a_report_attempts_are_counted_anew(desk: Bench) -> None:
    handover_id = await out(desk, ordered=False)
    for date in ("03-31", "04-08", "04-16"):
        await desk.until(day(date))
        await attempt(desk, handover_id)
    await desk.until(day("04-20"))
    await desk.post(handover_id, "PersonReported", lead(), {"at": day("04-20").isoformat(), "station_id": STATION})
    await desk.until(day("04-24"))
    assert (await attempt(desk, handover_id)).status_code == 200


async def test_under_an_order_the_attempts_go_on_within_the_week(desk: Bench) -> None:
    handover_id = await out(desk)
    for date in ("03-31", "04-03", "04-07", "04-10"):
        await desk.until(day(date))
        assert (await attempt(desk, handover_id)).status_code == 200


@pytest.mark.parametrize(
    ("made_at", "status"),
    [
        ("2026-03-31T20:59:00+08:00", 200),
        ("2026-03-31T21:00:00+08:00", 409),
        ("2026-03-31T07:59:00+08:00", 409),
        ("2026-03-31T08:00:00+08:00", 200),
    ],
)
async def test_an_attempt_in_the_quiet_hours_is_refused(desk: Bench, made_at: str, status: int) -> None:
    handover_id = await out(desk)
    await desk.until(datetime.fromisoformat("2026-03-31T21:30:00+08:00"))
    answer = await attempt(desk, handover_id, at=made_at)
    assert answer.status_code == status
    assert status == 200 or "contact.quiet_hours" in answer.json()["detail"]


async def test_without_its_hour_an_attempt_was_made_when_it_is_recorded(desk: Bench) -> None:
    handover_id = await out(desk)
    await desk.until(datetime.fromisoformat("2026-03-31T23:30:00+08:00"))
    assert "contact.quiet_hours" in (await attempt(desk, handover_id)).json()["detail"]
    assert (await attempt(desk, handover_id, at="2026-03-31T15:00:00+08:00")).status_code == 200


@pytest.mark.parametrize("result", ["NO_ANSWER", "TALKED"])
async def test_no_contact_is_recorded_ahead_of_its_time(desk: Bench, result: str) -> None:
    handover_id = await out(desk)
    answer = await attempt(desk, handover_id, result=result, at="2026-04-01T10:00:00+08:00")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_data")
    assert "/at" in answer.json()["detail"]


async def test_an_attempt_written_down_late_counts_in_every_week_that_holds_its_day(desk: Bench) -> None:
    handover_id = await out(desk)
    for date in ("04-08", "04-09", "04-10"):
        await desk.until(day(date))
        assert (await attempt(desk, handover_id)).status_code == 200
    late = await attempt(desk, handover_id, at="2026-04-07T10:00:00+08:00")
    assert "contact.max_per_week" in late.json()["detail"]


@pytest.mark.parametrize("channel", ["EMPLOYER", "NEIGHBOUR", "VILLAGE_COMMITTEE"])
@pytest.mark.parametrize("result", ["NO_ANSWER", "TALKED"])
async def test_nobody_is_contacted_through_others(desk: Bench, channel: str, result: str) -> None:
    handover_id = await desk.released(designated_contact_ptr="vault://P/contact")
    refused = await attempt(desk, handover_id, channel=channel, result=result)
    assert (refused.status_code, refused.json()["code"]) == (409, "guard_not_met")
    assert "contact.only_person" in refused.json()["detail"]
    assert "不得通过单位" in refused.json()["detail"]


@pytest.mark.parametrize("channel", ["PHONE", "SMS", "VISIT"])
async def test_the_persons_own_channels_are_open(desk: Bench, channel: str) -> None:
    handover_id = await out(desk)
    assert (await attempt(desk, handover_id, channel=channel)).status_code == 200


async def test_relatives_are_contacted_only_if_the_person_named_them(desk: Bench) -> None:
    handover_id = await out(desk)
    refused = await attempt(desk, handover_id, channel="FAMILY", result="TALKED")
    assert "contact.only_designated" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("record", "data"),
    [
        ("EarlyContactRecorded", {"checklist": ["CONTACT"]}),
        ("ReleasePlanConfirmed", {"designated_contact_ptr": "vault://P/contact"}),
    ],
)
async def test_a_contact_whom_the_person_named_may_be_called(desk: Bench, record: str, data: dict[str, Any]) -> None:
    handover_id = await desk.accepted()
    assert (await desk.post(handover_id, record, worker(), data)).status_code == 200
    await desk.until(day("03-30"))
    await desk.fact("PersonReleased", notice_no=N, released_at=day("03-30"), pickup="NONE")
    assert (await attempt(desk, handover_id, channel="FAMILY", result="TALKED")).status_code == 200


async def test_a_contact_named_in_the_notice_may_be_called(desk: Bench) -> None:
    handover_id = await desk.released(designated_contact_ptr="vault://P/contact")
    assert (await attempt(desk, handover_id, channel="FAMILY")).status_code == 200


async def test_the_limit_is_named_after_role_organisation_version_and_state(desk: Bench) -> None:
    handover_id = await out(desk)
    await attempt(desk, handover_id)
    post = desk.post
    assert (await post(handover_id, "ContactMade", Actor("c", "CLINIC", "A-CLINIC-1"), VAIN)).json()["code"] == (
        "actor_not_allowed"
    )
    assert (await post(handover_id, "ContactMade", worker(org="A01-S003"), VAIN)).json()["code"] == (
        "not_your_organisation"
    )
    stale = await post(handover_id, "ContactMade", worker(), VAIN, If_Match='"1"')
    assert stale.json()["code"] == "version_conflict"
    wrong = await post(handover_id, "ContactMade", worker(), {**VAIN, "no_such_field": 1})
    assert wrong.json()["code"] == "guard_not_met"
    await desk.fact("DeathConfirmed")
    assert (await attempt(desk, handover_id)).json()["code"] == "not_in_this_state"


async def test_no_attempt_on_the_day_of_a_report_and_those_after_it_count_too(desk: Bench) -> None:
    handover_id = await out(desk)
    await desk.post(handover_id, "PersonReported", lead(), {"at": day("03-31").isoformat(), "station_id": STATION})
    assert "contact.max_per_day" in (await attempt(desk, handover_id)).json()["detail"]
    await desk.until(day("04-01"))
    assert (await attempt(desk, handover_id)).status_code == 200
    assert (await attempt(desk, handover_id)).json()["code"] == "guard_not_met"
