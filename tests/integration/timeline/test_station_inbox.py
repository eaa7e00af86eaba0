"""What a station must do next, as its inbox lists it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from schemas.groups import INBOX_ENTRY
from services.kernel.clock import SHANGHAI
from services.kernel.db import open_pool
from services.kernel.migrations import migrate
from services.kernel.roles import REFERENCE
from services.reference import policies
from services.reference.policy import Chosen, load_policy
from tests.support.timeline_story import (
    CENTRE,
    DISTRICT,
    HANDOVER,
    OTHER_STATION,
    PERSON,
    STATION,
    Story,
    Timeline,
    accepted,
    actor,
    offered,
    timeline,
)

LEAD = actor("STATION_LEAD", STATION.org_id)


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Timeline]:
    async with timeline(database_url) as empty:
        yield empty


async def listed(hub: Timeline, org: str = STATION.org_id) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await hub.get(f"/stations/{org}/inbox", actor("OPS"))).json()["items"]
    return found


async def actions(hub: Timeline, org: str = STATION.org_id) -> list[str]:
    return [entry["action"] for entry in await listed(hub, org)]


async def test_an_offered_handover_is_to_be_accepted_in_time(hub: Timeline) -> None:
    await hub.read(offered())
    entry = (await listed(hub))[0]
    assert {key: entry[key] for key in ("handover_id", "person_ref", "state", "action", "due_at", "level")} == {
        "handover_id": HANDOVER,
        "person_ref": PERSON,
        "state": "OFFERED",
        "action": "accept",
        "due_at": "2026-03-05T00:00:00+08:00",
        "level": 0,
    }


async def test_every_field_of_an_entry_has_a_group_and_tasks_show_their_reader_no_more_of_the_process(
    hub: Timeline,
) -> None:
    await hub.read(awaiting())
    assert set((await listed(hub))[0]) == set(INBOX_ENTRY)
    body = (await hub.get(f"/stations/{STATION.org_id}/inbox", actor("RESETTLEMENT", STATION.org_id))).json()["items"][
        0
    ]
    assert (body["state"], body["level"], body["action"]) == ("AWAITING_REPORT", None, (await listed(hub))[0]["action"])


async def test_actions_and_states_come_with_words_in_both_languages(hub: Timeline) -> None:
    await hub.read(offered())
    english = (await hub.get(f"/stations/{STATION.org_id}/inbox", LEAD, lang="en")).json()["items"][0]
    assert (english["action_words"], english["state_words"]) == ("Accept the handover", "Offered")
    assert (await listed(hub))[0]["action_words"] == "请签收"


async def test_after_acceptance_a_worker_is_to_be_assigned_and_early_contact_made(hub: Timeline) -> None:
    story = accepted()
    await hub.read(story)
    assert await actions(hub) == ["assign_worker", "early_contact"]
    story.tell("WorkerAssigned", worker_ref="w-1")
    await hub.read(story)
    assert await actions(hub) == ["early_contact"]


async def test_a_declined_handover_leaves_the_stations_inbox(hub: Timeline) -> None:
    story = offered()
    story.tell("HandoverDeclined", reason="CAPACITY", station_id=STATION.org_id)
    story.tell("RoutingEscalated", level="DISTRICT", to_org=DISTRICT)
    await hub.read(story)
    assert await actions(hub) == []
    assert await actions(hub, DISTRICT) == ["assign_station"]


async def test_an_unanswered_offer_is_also_the_districts_and_then_the_citys_business(hub: Timeline) -> None:
    story = offered()
    story.tell("DistrictAssignmentRequired")
    await hub.read(story)
    assert (await actions(hub), await actions(hub, DISTRICT)) == (["accept"], ["assign_station"])
    story.tell("CityAssignmentRequired")
    await hub.read(story)
    assert (await actions(hub, DISTRICT), await actions(hub, "A")) == ([], ["assign_station"])


async def test_an_escalation_is_listed_for_its_recipient_until_acknowledged(hub: Timeline) -> None:
    story = awaiting()
    due = "2026-04-01T00:00:00+08:00"
    story.tell("EscalationRaised", rung="L2", level=2, to_role="STATION_LEAD", deadline_rev=0, ack_due=due)
    await hub.read(story)
    assert {(each["action"], each["level"]) for each in await listed(hub)} == {
        ("acknowledge_escalation", 2),
        ("await_report", 2),
    }
    story.tell("EscalationForwarded", rung="L2", from_role="STATION_LEAD", to_role="DISTRICT_LEAD")
    await hub.read(story)
    assert (await actions(hub), await actions(hub, DISTRICT)) == (["await_report"], ["acknowledge_escalation"])
    story.tell("EscalationAcknowledged", rung="L2", level=2, by="d")
    await hub.read(story)
    assert await actions(hub, DISTRICT) == []


async def test_a_draft_of_a_statutory_notice_lies_with_the_street(hub: Timeline) -> None:
    story = awaiting()
    story.tell("StatutoryNoticeDraftRequested")
    await hub.read(story)
    assert await actions(hub, f"{STATION.org_id}-STREET") == ["sign_statutory_notice"]


@pytest.mark.parametrize(
    ("end", "data"), [("HandoverCompleted", {}), ("HandoverClosed", {"terminal_state": "CLOSED_NOT_ENGAGED"})]
)
async def test_what_is_over_disappears(hub: Timeline, end: str, data: dict[str, Any]) -> None:
    story = accepted()
    story.tell(end, **data)
    await hub.read(story)
    assert await actions(hub) == []


async def test_a_reopened_handover_comes_back(hub: Timeline) -> None:
    story = accepted()
    story.tell("HandoverClosed", terminal_state="CLOSED_NOT_ENGAGED")
    story.tell("PersonReported", at=story.now, station_id=OTHER_STATION.org_id)
    await hub.read(story)
    assert await actions(hub, OTHER_STATION.org_id) == ["complete_onboarding"]


async def test_what_is_due_first_stands_first(hub: Timeline) -> None:
    later = accepted(Story(person="01B", handover="01BB"))
    await hub.read(offered(), later)
    assert [entry["action"] for entry in await listed(hub)] == ["accept", "assign_worker", "early_contact"]


async def test_reading_again_or_in_pieces_gives_the_same(hub: Timeline) -> None:
    story = awaiting()
    for number in range(1, len(story.messages) + 1):
        await hub.read(Story(messages=story.messages[:number]))
    in_pieces = await hub.dump()
    await hub.pool.execute("update projections set xid = '0', position = 0; delete from station_inbox")
    await hub.project()
    assert await hub.dump() == in_pieces


@pytest.mark.parametrize(
    ("role", "org", "status"),
    [
        ("STATION_LEAD", STATION.org_id, 200),
        ("DISTRICT_LEAD", DISTRICT, 200),
        ("CITY_LEAD", "A", 200),
        ("OPS", "", 200),
        ("STATION_LEAD", OTHER_STATION.org_id, 403),
        ("DISTRICT_LEAD", "A02", 403),
        ("PERSON", "", 403),
    ],
)
async def test_an_inbox_is_for_its_own_people_and_those_over_them(
    hub: Timeline, role: str, org: str, status: int
) -> None:
    answer = await hub.get(f"/stations/{STATION.org_id}/inbox", actor(role, org))
    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "not_your_organisation"


async def test_an_unknown_station_is_not_found(hub: Timeline) -> None:
    assert (await hub.get("/stations/NOWHERE/inbox", actor("OPS"))).status_code == 404


def awaiting() -> Story:
    story = accepted()
    story.tell("WorkerAssigned", worker_ref="w-1")
    story.tell("EarlyContactRecorded", mode="IN_PERSON")
    story.tell("ReleasePlanConfirmed", pickup_plan="FAMILY")
    story.tell("ReportWindowOpened", deadline="2026-04-04")
    return story


# -- calls, quiet hours, and what a centre is asked


def out_of_the_centre(**window: Any) -> Story:  # noqa: ANN401 - fields of the window
    """Released in the morning of the first day and expected to report."""
    story = accepted()
    told = {"deadline": "2026-04-04", "source_org": CENTRE.org_id, **window}
    story.tell("ReportWindowOpened", **told)
    return story


def welcome_call(story: Story, day: str) -> Story:
    story.now = datetime.fromisoformat(f"{day}T09:00:00+08:00")
    due = datetime.combine(story.now.date() + timedelta(days=1), time(0), SHANGHAI)
    story.tell("ContactTaskCreated", due=due, to_role="WORKER", deadline_rev=0)
    return story


async def entry_of(hub: Timeline, action: str, org: str = STATION.org_id) -> dict[str, Any]:
    return next(each for each in await listed(hub, org) if each["action"] == action)


async def test_the_worker_is_asked_to_call_until_the_person_was_reached(hub: Timeline) -> None:
    story = welcome_call(out_of_the_centre(), "2026-03-03")
    await hub.read(story)
    call = await entry_of(hub, "contact_person")
    assert (call["role"], call["due_at"]) == ("WORKER", "2026-03-04T00:00:00+08:00")
    assert call["not_before"] == "2026-03-03T09:00:00+08:00"
    story.tell("ContactMade", result="NO_ANSWER")
    await hub.read(story)
    assert (await entry_of(hub, "contact_person"))["not_before"] == "2026-03-04T08:00:00+08:00"
    story.tell("ContactMade", result="TALKED")
    await hub.read(story)
    assert "contact_person" not in await actions(hub)


async def test_a_voluntary_person_who_was_not_reached_three_times_is_not_to_be_called(hub: Timeline) -> None:
    story = welcome_call(out_of_the_centre(), "2026-03-03")
    for day in ("2026-03-03", "2026-03-11", "2026-03-19"):
        story.tell("ContactMade", result="NO_ANSWER", at=f"{day}T10:00:00+08:00")
    await hub.read(story)
    assert await actions(hub) == ["await_report"]


async def test_when_to_call_follows_the_policy_that_the_handover_was_opened_under(
    hub: Timeline, database_url: str
) -> None:
    later = load_policy().choosing("late-mornings", {"contact.quiet_hours": Chosen("20:00-10:00")})
    await migrate(database_url, policies.SCHEMA, [policies.MIGRATIONS], kernel=False)
    async with await open_pool(database_url, policies.SCHEMA, role=REFERENCE) as pool, pool.acquire() as db:
        await policies.keep(db, later, "zh", datetime.now(SHANGHAI))
    story = welcome_call(out_of_the_centre(), "2026-03-03")
    story.policy = "late-mornings"
    story.tell("ContactMade", result="NO_ANSWER")
    await hub.read(story)
    assert (await entry_of(hub, "contact_person"))["not_before"] == "2026-03-04T10:00:00+08:00"


async def test_a_stood_down_ladder_asks_for_no_call(hub: Timeline) -> None:
    story = welcome_call(out_of_the_centre(), "2026-03-03")
    story.tell("EscalationStoodDown", levels=[0], rungs=["L0"], level=0)
    await hub.read(story)
    assert "contact_person" not in await actions(hub)


async def test_x25_the_welcome_call_of_a_rest_day_is_the_duty_rosters(hub: Timeline) -> None:
    await hub.read(welcome_call(out_of_the_centre(), "2026-03-07"))
    assert (await entry_of(hub, "contact_person"))["duty_roster"] is True
    await hub.read(welcome_call(out_of_the_centre(), "2026-03-09"))
    assert (await entry_of(hub, "await_report"))["duty_roster"] is False


async def test_what_comes_up_at_midnight_is_announced_in_the_morning(hub: Timeline) -> None:
    story = awaiting()
    story.now = datetime.fromisoformat("2026-03-17T00:00:00+08:00")
    due = "2026-03-18T00:00:00+08:00"
    story.tell("EscalationForwarded", rung="L2", to_role="DISTRICT_LEAD", to_org=DISTRICT, ack_due=due)
    await hub.read(story)
    entry = await entry_of(hub, "acknowledge_escalation", DISTRICT)
    assert (entry["not_before"], entry["due_at"]) == ("2026-03-17T08:00:00+08:00", due)


async def test_x26_nobody_fetched_the_person_so_the_worker_calls_and_the_centre_informs_the_organ(
    hub: Timeline,
) -> None:
    await hub.read(out_of_the_centre(pickup="NONE", call_due="2026-03-03T00:00:00+08:00"))
    assert (await entry_of(hub, "contact_person"))["due_at"] == "2026-03-03T00:00:00+08:00"
    assert await actions(hub, CENTRE.org_id) == ["inform_decision_organ"]


async def test_x20_a_centre_is_asked_whether_it_released_the_person(hub: Timeline) -> None:
    story = accepted()
    story.tell("PersonReported", at=story.now, station_id=STATION.org_id)
    story.tell("ReleaseConfirmationQueried", to_org=CENTRE.org_id, notice_no="N-1")
    await hub.read(story)
    assert await actions(hub, CENTRE.org_id) == ["confirm_release"]


@pytest.mark.parametrize(
    ("old", "new", "urgent"),
    [
        ("2026-03-20", "2026-03-04", True),
        ("2026-03-20", "2026-03-05", False),
        ("2026-03-03", "2026-03-04", False),
    ],
)
async def test_x01_a_release_moved_to_less_than_three_days_away_presses_lead_and_centre(
    hub: Timeline,
    old: str,
    new: str,
    urgent: bool,  # noqa: FBT001
) -> None:
    story = accepted()
    story.tell("ReleaseDateChanged", notice_no="N-1", old_date=old, new_date=new, centre_id=CENTRE.org_id)
    await hub.read(story)
    assert ("early_contact_urgent" in await actions(hub)) is urgent
    assert (await actions(hub, CENTRE.org_id) == ["offer_early_contact"]) is urgent
    story.tell("ReleasePlanConfirmed", pickup_plan="FAMILY")
    await hub.read(story)
    assert "early_contact_urgent" not in await actions(hub)
    assert await actions(hub, CENTRE.org_id) == []


async def test_x02_a_release_moved_later_presses_nobody(hub: Timeline) -> None:
    story = accepted()
    for old, new in (("2026-03-20", "2026-03-03"), ("2026-03-03", "2026-04-20")):
        story.tell("ReleaseDateChanged", notice_no="N-1", old_date=old, new_date=new, centre_id=CENTRE.org_id)
    await hub.read(story)
    assert "early_contact_urgent" not in await actions(hub)
