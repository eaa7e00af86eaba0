"""What a person's timeline shows, and to whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from schemas.groups import TIMELINE_ITEM
from services.kernel.tokens import Actor
from tests.support.timeline_story import (
    CENTRE,
    DISTRICT,
    OTHER_STATION,
    PERSON,
    STATION,
    TOKEN,
    Story,
    Timeline,
    accepted,
    actor,
    offered,
    timeline,
)

PATH = f"/people/{PERSON}/timeline"
LEAD = actor("STATION_LEAD", STATION.org_id)
STREET = actor("STREET_OFFICER", f"{STATION.org_id}-STREET")
OWN = actor("PERSON", "", PERSON)


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Timeline]:
    async with timeline(database_url) as empty:
        yield empty


async def test_the_facts_stand_in_the_order_they_happened_without_timers(hub: Timeline) -> None:
    await hub.read(accepted())
    items = (await hub.get(PATH, LEAD)).json()["items"]
    assert [item["type"] for item in items] == [
        "PersonRegistered",
        "ReleaseNoticeReceived",
        "JurisdictionResolved",
        "HandoverOffered",
        "HandoverAccepted",
        "WorkerAssignmentRequested",
    ]


async def test_timers_are_shown_when_asked_for(hub: Timeline) -> None:
    await hub.read(accepted())
    items = (await hub.get(PATH, LEAD, timers="1")).json()["items"]
    assert [item["type"] for item in items].count("TimerScheduled") == 3


async def test_a_summary_is_a_plain_sentence_in_the_readers_language(hub: Timeline) -> None:
    await hub.read(offered())
    chinese = (await hub.get(PATH, OWN)).json()["items"][1]["summary"]
    english = (await hub.get(PATH, OWN, lang="en")).json()["items"][1]["summary"]
    assert chinese == f"{CENTRE.name}送来出所预告（编号 甲所通〔2026〕1号），预计2026年3月20日出所"
    assert english == f"Release notice from {CENTRE.name} (甲所通〔2026〕1号), release planned on 20 Mar 2026"


async def test_what_is_sealed_stays_sealed(hub: Timeline) -> None:
    await hub.read(offered())
    answer = (await hub.get(PATH, LEAD, timers="1")).text
    assert "AAAA" not in answer
    assert "A256GCM" not in answer


async def test_a_replay_adds_nothing(hub: Timeline) -> None:
    story = accepted()
    await hub.read(story)
    before = await hub.dump()
    await hub.read(story)
    assert await hub.dump() == before


async def test_streams_may_arrive_in_any_order_between_each_other(hub: Timeline) -> None:
    story = accepted()
    handover = [each for each in story.messages if each.topic == "hub.handover.v1"]
    others = [each for each in story.messages if each.topic != "hub.handover.v1"]
    await hub.read(Story(messages=handover), Story(messages=others))
    items = (await hub.get(PATH, LEAD)).json()["items"]
    assert [item["type"] for item in items][:3] == ["PersonRegistered", "ReleaseNoticeReceived", "JurisdictionResolved"]


async def test_a_fact_recorded_later_than_newer_ones_is_marked_and_stands_where_it_happened(hub: Timeline) -> None:
    story = accepted()
    released = story.now
    story.now += timedelta(days=9)
    story.tell("ContactMade", channel="PHONE", result="TALKED")
    story.tell("PersonReleased", happened=released, released_at=released)
    await hub.read(story)
    items = (await hub.get(PATH, LEAD)).json()["items"]
    assert [(item["type"], item["late"]) for item in items[-2:]] == [("PersonReleased", True), ("ContactMade", False)]
    assert items[-2]["summary"].endswith("（补录）")


async def test_a_corrected_fact_stays_and_names_what_corrected_it(hub: Timeline) -> None:
    story = accepted()
    report = story.tell("PersonReported", at=story.now, station_id=STATION.org_id)
    undone = story.tell("ReportInvalidated", officials=("one", "two"), two_person=True)
    await hub.read(story)
    items = {item["event_id"]: item for item in (await hub.get(PATH, LEAD)).json()["items"]}
    assert items[report.envelope.id]["corrected_by"] == undone.envelope.id
    assert items[report.envelope.id]["summary"].endswith("（已更正）")
    assert items[undone.envelope.id]["corrected_by"] is None


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (actor("STATION_LEAD", STATION.org_id), 200),
        (actor("DISTRICT_LEAD", DISTRICT), 200),
        (actor("CITY_LEAD", "A"), 200),
        (STREET, 404),
        (actor("DETOX_CENTRE", CENTRE.org_id), 200),
        (actor("AUDITOR"), 200),
        (actor("OPS"), 200),
        (actor("PERSON", "", PERSON), 200),
        (actor("PERSON", "", "01OTHER"), 404),
        (actor("PERSON", STATION.org_id, "01OTHER"), 404),
        (actor("STATION_LEAD", OTHER_STATION.org_id), 404),
        (actor("LABOUR_BUREAU", "A-LABOUR"), 404),
    ],
)
async def test_only_those_with_a_part_in_it_see_that_a_person_exists(hub: Timeline, who: object, status: int) -> None:
    await hub.read(offered())
    assert (await hub.get(PATH, who)).status_code == status  # type: ignore[arg-type]


async def types(hub: Timeline, who: Actor, **query: str) -> list[str]:
    """Names of the facts that somebody sees."""
    answer = await hub.get(PATH, who, **query)
    return [item["type"] for item in answer.json()["items"]] if answer.is_success else []


async def test_before_acceptance_the_addressee_sees_the_offer_with_dates_alone(hub: Timeline) -> None:
    await hub.read(offered())
    items = (await hub.get(PATH, LEAD, lang="en")).json()["items"]
    assert [(item["type"], item["summary"]) for item in items] == [
        ("PersonRegistered", "Person registered under a pseudonym"),
        ("ReleaseNoticeReceived", "Release notice, release planned on 20 Mar 2026"),
        ("HandoverOffered", f"Offered to {STATION.name}, waiting for acceptance until 4 Mar 2026 24:00"),
    ]


async def test_each_reader_sees_the_facts_of_their_groups(hub: Timeline) -> None:
    story = accepted()
    story.tell("OrderServed", order_kind="CRH", order_no=TOKEN, served_at=story.now, executing_street=STREET.org)
    story.tell("TrackChanged", from_track="VOLUNTARY", to_track="ORDERED")
    story.tell("TestResultRecorded", test_id="T-1", stage="LAB", result=TOKEN)
    story.tell("SupportLevelSet", level="FOCUS")
    await hub.read(story)
    told = {"TestResultRecorded", "SupportLevelSet", "OrderServed", "HandoverAccepted", "ReleaseNoticeReceived"}
    assert told - set(await types(hub, LEAD)) == set()
    assert told - set(await types(hub, STREET)) == {"SupportLevelSet", "HandoverAccepted"}
    assert told - set(await types(hub, actor("DISTRICT_LEAD", DISTRICT))) == {
        "TestResultRecorded",
        "ReleaseNoticeReceived",
    }
    assert set(await types(hub, actor("DETOX_CENTRE", CENTRE.org_id))) & told == {
        "OrderServed",
        "ReleaseNoticeReceived",
    }
    assert told - set(await types(hub, actor("CITY_LEAD", "A"))) == told - {"OrderServed"}


async def test_a_centre_hears_of_the_report_alone(hub: Timeline) -> None:
    story = accepted()
    story.tell("PersonReported", at=story.now, station_id=STATION.org_id)
    await hub.read(story)
    centre = actor("DETOX_CENTRE", CENTRE.org_id)
    assert not {"PersonReported", "HandoverAccepted"} & set(await types(hub, centre))
    assert {"PersonReported", "HandoverAccepted"} <= set(await types(hub, LEAD))


async def test_a_closed_handover_is_its_outcome_and_then_nothing(hub: Timeline) -> None:
    story = accepted()
    story.tell("HandoverClosed", terminal_state="CLOSED_DECEASED")
    await hub.read(story)
    assert await types(hub, LEAD) == [
        "PersonRegistered",
        "JurisdictionResolved",
        "HandoverOffered",
        "HandoverAccepted",
        "WorkerAssignmentRequested",
    ]
    hub.clock.set(hub.clock.now() + timedelta(days=91))
    assert (await hub.get(PATH, LEAD)).status_code == 404
    assert "HandoverClosed" in await types(hub, OWN)


async def test_an_entry_in_error_leaves_nothing_to_those_who_knew(hub: Timeline) -> None:
    story = accepted()
    story.tell("HandoverClosed", terminal_state="CLOSED_CANCELLED")
    await hub.read(story)
    assert [(await hub.get(PATH, each)).status_code for each in (LEAD, actor("DETOX_CENTRE", CENTRE.org_id))] == [
        404,
        404,
    ]


async def test_who_reads_is_on_record_before_the_answer_and_the_person_sees_who_looked(hub: Timeline) -> None:
    story = accepted()
    story.tell("RecordAccessed", actor="officer-1", purpose="REVIEW", groups=("F2",))
    await hub.read(story)
    await hub.get(PATH, LEAD)
    await hub.get(PATH, OWN)
    await hub.get(PATH, actor("OPS"))
    await hub.get(PATH, actor("STATION_LEAD", OTHER_STATION.org_id))
    rows = await hub.pool.fetch("select data from events where type like '%.RecordAccessed.v1'")
    assert [(row["data"]["actor"], row["data"]["groups"]) for row in rows] == [("someone", ["F1", "F8", "F22"])]
    assert "RecordAccessed" in await types(hub, OWN)
    assert "RecordAccessed" not in await types(hub, LEAD) + await types(hub, actor("OPS"))


async def test_every_field_of_an_item_has_a_group(hub: Timeline) -> None:
    await hub.read(accepted())
    assert set((await hub.get(PATH, LEAD)).json()["items"][0]) == set(TIMELINE_ITEM)


async def test_without_a_token_nothing_is_told(hub: Timeline) -> None:
    await hub.read(offered())
    assert (await hub.get(PATH)).status_code == 401


async def test_operators_see_that_something_happened_but_not_what(hub: Timeline) -> None:
    await hub.read(offered())
    items = (await hub.get(PATH, actor("OPS"))).json()["items"]
    assert {item["summary"] for item in items} == {""}
    assert items[1]["type"] == "ReleaseNoticeReceived"


async def test_a_station_that_declined_no_longer_sees_the_person(hub: Timeline) -> None:
    story = offered()
    story.tell("HandoverDeclined", reason="WRONG_JURISDICTION", station_id=STATION.org_id)
    await hub.read(story)
    assert (await hub.get(PATH, LEAD)).status_code == 404


async def test_an_unknown_person_is_not_found_even_for_operators(hub: Timeline) -> None:
    assert (await hub.get(PATH, actor("OPS"))).status_code == 404


async def test_a_page_ends_with_where_the_next_begins(hub: Timeline) -> None:
    await hub.read(accepted())
    first = (await hub.get(PATH, LEAD, limit="4")).json()
    second = (await hub.get(PATH, LEAD, limit="4", after=first["next"])).json()
    assert [len(first["items"]), len(second["items"]), second["next"]] == [4, 2, None]
