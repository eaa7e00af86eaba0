"""From any id to the whole story of a handover."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.timeline_story import (
    HANDOVER,
    PERSON,
    STATION,
    Story,
    Timeline,
    accepted,
    actor,
    id_of,
    offered,
    timeline,
)

OPS = actor("OPS")
ALL_IDS = [
    (HANDOVER, "handover"),
    (PERSON, "person"),
    (id_of(PERSON, 4), "event"),
    ("甲所通〔2026〕1号", "notice"),
    ("a" * 32, "trace"),
    ("00-" + "a" * 32 + "-" + "b" * 16 + "-01", "trace"),
    ("hub.handover.v1/0/4", "place"),
]


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Timeline]:
    async with timeline(database_url) as empty:
        yield empty


@pytest.mark.parametrize(("any_id", "kind"), ALL_IDS)
async def test_every_kind_of_id_leads_to_the_same_story(hub: Timeline, any_id: str, kind: str) -> None:
    await hub.read(offered())
    answer = (await hub.get(f"/trace/{any_id}", OPS)).json()
    assert (answer["kind"], answer["id"], answer["handovers"]) == (kind, any_id, [HANDOVER])
    assert [event["type"] for event in answer["events"]] == [
        "PersonRegistered",
        "ReleaseNoticeReceived",
        "TimerScheduled",
        "JurisdictionResolved",
        "HandoverOffered",
        "TimerScheduled",
    ]


async def test_another_persons_events_do_not_show(hub: Timeline) -> None:
    await hub.read(offered(), offered(Story(person="01STRANGER", handover="01STRANGE")))
    assert "01STRANGE" not in (await hub.get(f"/trace/{PERSON}", OPS)).text


async def test_it_says_who_must_act_since_when_and_until_when(hub: Timeline) -> None:
    await hub.read(offered())
    waiting = (await hub.get(f"/trace/{HANDOVER}", OPS)).json()["waiting_for"]
    assert waiting["sentence"] == f"等待{STATION.name}（站长）：请签收，2026年3月4日24时前办理"
    assert (waiting["org"], waiting["role"]) == (STATION.org_id, "STATION_LEAD")
    assert waiting["since"] == "2026-03-02T09:04:00+08:00"
    assert waiting["next_deadline"] == "2026-03-05T00:00:00+08:00"


async def test_a_sentence_is_also_there_in_english(hub: Timeline) -> None:
    await hub.read(offered())
    waiting = (await hub.get(f"/trace/{HANDOVER}", OPS, lang="en")).json()["waiting_for"]
    said = f"Waiting for {STATION.name} (station lead): Accept the handover, due 4 Mar 2026 24:00"
    assert waiting["sentence"] == said


async def test_an_ended_handover_waits_for_nobody(hub: Timeline) -> None:
    story = accepted()
    story.tell("HandoverCompleted")
    await hub.read(story)
    waiting = (await hub.get(f"/trace/{PERSON}", OPS)).json()["waiting_for"]
    assert (waiting["sentence"], waiting["org"], waiting["next_deadline"]) == ("流程已结束：衔接完成", None, None)


async def test_events_tell_where_they_stand_and_what_caused_them_but_not_what_they_say(hub: Timeline) -> None:
    await hub.read(offered())
    answer = await hub.get(f"/trace/{HANDOVER}", OPS)
    event = answer.json()["events"][4]
    assert (event["topic"], event["sequence"], event["correlationid"]) == ("hub.handover.v1", 2, HANDOVER)
    assert event["causationid"] == id_of(PERSON, 1)
    assert "vault://" not in answer.text
    assert "AAAA" not in answer.text


async def test_an_unknown_id_is_not_found(hub: Timeline) -> None:
    assert (await hub.get("/trace/nothing", OPS)).json()["code"] == "not_found"


async def test_an_auditor_who_traces_a_person_is_on_record_and_an_operator_is_not(hub: Timeline) -> None:
    await hub.read(offered())
    for who in (OPS, actor("AUDITOR", name="auditor-1")):
        await hub.get(f"/trace/{HANDOVER}", who)
    [row] = await hub.pool.fetch("select data from events where type like '%.RecordAccessed.%'")
    assert (row["data"]["person_ref"], row["data"]["actor"], row["data"]["purpose"]) == (PERSON, "auditor-1", "TRACE")


@pytest.mark.parametrize(
    ("role", "status"), [("OPS", 200), ("AUDITOR", 200), ("CITY_LEAD", 403), ("STATION_LEAD", 403)]
)
async def test_only_operators_and_auditors_trace(hub: Timeline, role: str, status: int) -> None:
    await hub.read(offered())
    assert (await hub.get(f"/trace/{HANDOVER}", actor(role, STATION.org_id))).status_code == status
