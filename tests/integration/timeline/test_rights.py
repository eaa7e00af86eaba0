"""Requests of persons about their data: filed, due, answered by a human, late ones seen; and the copy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.kernel.errors import Refused, Unavailable
from services.kernel.tokens import Actor
from tests.support.timeline_story import (
    CITY,
    DISTRICT,
    OTHER_STATION,
    PERSON,
    START,
    STATION,
    Story,
    Timeline,
    accepted,
    actor,
    id_of,
    timeline,
)

OTHER_DISTRICT = next(org.org_id for org in CITY.of_type("DWS") if org.org_id != DISTRICT)
OWN = actor("PERSON", name=PERSON)
WORKER = actor("WORKER", STATION.org_id, "worker-1")
LEAD = actor("STATION_LEAD", STATION.org_id, "lead-1")
DISTRICT_LEAD = actor("DISTRICT_LEAD", DISTRICT, "district-1")
STRANGER = actor("STATION_LEAD", OTHER_STATION.org_id)
PATH = f"/people/{PERSON}/requests"
SAID = "select type, data, meta from events where stream_id like 'rights-%' order by version"


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Timeline]:
    async with timeline(database_url) as empty:
        await empty.read(accepted())
        yield empty


async def filed(hub: Timeline, kind: str, who: Actor = OWN, **more: str) -> dict[str, Any]:
    answer = await hub.post(PATH, {"kind": kind, **more}, who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def answered(hub: Timeline, request: dict[str, Any], who: Actor, outcome: str = "GRANTED", **more: str) -> str:
    answer = await hub.post(f"{PATH}/{request['request_no']}/answer", {"outcome": outcome, **more}, who)
    return str(answer.json().get("code", answer.status_code))


async def said(hub: Timeline) -> list[str]:
    return [row["type"].split(".")[3] for row in await hub.pool.fetch(SAID)]


async def test_a_request_is_due_in_working_days_and_stands_in_the_inbox_of_who_owes_the_answer(hub: Timeline) -> None:
    request = await filed(hub, "ACCESS")
    assert (request["due"], request["overdue"]) == ("2026-03-24T00:00:00+08:00", False)  # 15 working days
    [row] = await hub.pool.fetch(SAID)
    assert (row["meta"]["legalbasis"], row["meta"]["policyversion"]) == ("STATUTE:PIPL44-50", "2026.11-default")
    actions = [item["action"] for item in (await hub.get(f"/stations/{STATION.org_id}/inbox", LEAD)).json()["items"]]
    assert "answer_request" in actions
    at_district = (await hub.get(f"/stations/{DISTRICT}/inbox", DISTRICT_LEAD)).json()["items"]
    assert [item["action"] for item in at_district if "request" in item["action"]] == []


async def test_an_overdue_request_shows_at_the_district_until_it_is_answered(hub: Timeline) -> None:
    request = await filed(hub, "EXPLAIN")
    hub.clock.set(START + timedelta(days=23))
    inbox = f"/stations/{DISTRICT}/inbox"
    [late] = [each for each in (await hub.get(inbox, DISTRICT_LEAD)).json()["items"] if "request" in each["action"]]
    assert (late["action"], late["person_ref"], late["due_at"]) == ("answer_overdue_request", PERSON, request["due"])
    assert await answered(hub, request, DISTRICT_LEAD) == "200"
    assert not any("request" in each["action"] for each in (await hub.get(inbox, DISTRICT_LEAD)).json()["items"])


async def test_a_worker_writes_down_what_the_person_asks_for_and_asking_again_is_the_same_request(
    hub: Timeline,
) -> None:
    first = await filed(hub, "COPY", WORKER)
    assert (await filed(hub, "COPY"))["request_no"] == first["request_no"]
    assert [each["kind"] for each in (await hub.get(PATH, OWN)).json()["items"]] == ["COPY"]
    assert await said(hub) == ["DataSubjectRequestFiled"]


async def test_a_correction_disputes_the_fact_until_a_human_who_did_not_record_it_settles_that(hub: Timeline) -> None:
    story = accepted()
    told = story.tell("VisitRecorded", visit_id="V1", mode="HOME", start="2026-03-02T10:00:00+08:00")
    story.messages[-1] = _by(told, "worker-1")
    await hub.read(story)
    request = await filed(hub, "CORRECT", event_id=told.envelope.id)
    assert await said(hub) == ["DataSubjectRequestFiled", "DisputeRaised"]
    assert await answered(hub, request, WORKER) == "guard_not_met"
    assert await answered(hub, request, LEAD, "DENIED") == "reason_missing"
    assert await answered(hub, request, LEAD, "DENIED", reason="NOT_WRONG") == "200"
    assert await answered(hub, request, LEAD) == "not_in_this_state"
    assert (await said(hub))[2:] == ["DataSubjectRequestAnswered", "DisputeResolved"]
    numbers = {row["data"]["request_no"] for row in await hub.pool.fetch(SAID)}
    assert numbers == {request["request_no"]}


async def test_who_set_the_level_does_not_decide_whether_it_stands(hub: Timeline) -> None:
    story = accepted()
    told = story.tell("SupportLevelSet", level="FOCUS")
    story.messages[-1] = _by(told, "lead-1")
    await hub.read(story)
    request = await filed(hub, "CONTEST_LEVEL")
    assert await said(hub) == ["DataSubjectRequestFiled"]  # a level is no ground of a statutory step
    assert await answered(hub, request, LEAD) == "guard_not_met"
    assert await answered(hub, request, DISTRICT_LEAD) == "200"


async def test_a_request_names_a_fact_of_this_person_or_is_refused(hub: Timeline) -> None:
    other = accepted(Story(person="01OTHER", handover="02HANDOVER"))
    theirs = other.tell("SupportLevelSet", level="FOCUS")
    await hub.read(other)
    own = accepted().messages[0].envelope.id
    refused: list[dict[str, str]] = [
        {"kind": "CORRECT"},
        {"kind": "CORRECT", "event_id": "张三 000103199001010012 13900000000"},
        {"kind": "CORRECT", "event_id": id_of(PERSON, 99)},
        {"kind": "CORRECT", "event_id": theirs.envelope.id},
        {"kind": "EXPLAIN", "event_id": theirs.envelope.id},
        {"kind": "CONTEST_LEVEL"},
        {"kind": "CONTEST_LEVEL", "event_id": own},
        {"kind": "CONTEST_LEVEL", "event_id": theirs.envelope.id},
    ]
    assert {(await hub.post(PATH, body, OWN)).status_code for body in refused} == {422}
    assert await said(hub) == []


async def test_a_contested_level_is_the_last_one_and_its_guard_holds_whatever_is_named(hub: Timeline) -> None:
    story = accepted()
    levels = []
    for by in ("lead-9", "lead-1"):
        told = story.tell("SupportLevelSet", level="FOCUS")
        story.messages[-1] = _by(told, by)
        levels.append(told.envelope.id)
    await hub.read(story)
    request = await filed(hub, "CONTEST_LEVEL")
    assert (request["event_id"], (await filed(hub, "CONTEST_LEVEL", event_id=levels[1]))["request_no"]) == (
        levels[1],
        request["request_no"],
    )
    assert await answered(hub, request, LEAD, "DENIED", reason="NO") == "guard_not_met"


async def test_who_recorded_a_fact_neither_files_for_the_person_nor_answers(hub: Timeline) -> None:
    story = accepted()
    told = story.tell("VisitRecorded", visit_id="V1", mode="HOME", start="2026-03-02T10:00:00+08:00")
    story.messages[-1] = _by(told, "worker-1")
    nobodys = story.tell("SupportLevelSet", level="FOCUS")
    await hub.read(story)
    body = {"kind": "CORRECT", "event_id": told.envelope.id}
    assert (await hub.post(PATH, body, WORKER)).json()["code"] == "guard_not_met"
    assert (await hub.post(PATH, body, LEAD)).status_code == 200
    level = await filed(hub, "CONTEST_LEVEL", event_id=nobodys.envelope.id)
    assert await answered(hub, level, DISTRICT_LEAD) == "guard_not_met"  # who set it cannot be told


async def test_two_districts_never_say_that_what_is_deleted_was_refused(hub: Timeline) -> None:
    request, erased, begun, go = await filed(hub, "DELETE"), [], asyncio.Event(), asyncio.Event()

    async def erase(person_ref: str, _who: Actor, _ground: str) -> None:
        begun.set()
        await go.wait()
        erased.append(person_ref)

    hub.ports["erase"] = erase
    granting = asyncio.create_task(answered(hub, request, DISTRICT_LEAD))
    await asyncio.wait_for(begun.wait(), 10)
    other = actor("DISTRICT_LEAD", DISTRICT, "district-2")
    assert await answered(hub, request, other, "DENIED", reason="STILL_NEEDED") == "not_in_this_state"
    go.set()
    assert (await granting, erased) == ("200", [PERSON])
    assert [row["data"].get("outcome") for row in await hub.pool.fetch(SAID)] == [None, "GRANTED"]


async def test_a_deletion_that_was_cut_off_is_said_by_asking_again(hub: Timeline) -> None:
    request = await filed(hub, "DELETE")

    async def cut_off(*_: object) -> None:
        story = accepted()
        story.tell("RecordDeleted")
        await hub.read(story)
        raise Unavailable("intake")

    async def gone(*_: object) -> None:
        raise Refused("not_found", status=404)

    hub.ports["erase"] = cut_off
    assert await answered(hub, request, DISTRICT_LEAD) == "try_again"
    hub.ports["erase"] = gone
    elsewhere = actor("DISTRICT_LEAD", OTHER_DISTRICT, "district-9")
    assert await answered(hub, request, elsewhere) == "not_found"
    assert await answered(hub, request, LEAD) == "not_found"
    assert await answered(hub, request, DISTRICT_LEAD) == "200"
    assert await answered(hub, request, DISTRICT_LEAD) == "not_found"
    assert await hub.pool.fetchval("select count(*) from granted_deletions") == 0
    assert [row["data"].get("outcome") for row in await hub.pool.fetch(SAID)] == [None, "GRANTED"]


async def test_deleting_is_the_districts_and_is_done_before_it_is_said(hub: Timeline) -> None:
    request, erased = await filed(hub, "DELETE"), []

    async def erase(person_ref: str, _who: Actor, ground: str) -> None:
        erased.append((person_ref, ground))

    async def refuse(*_: object) -> None:
        raise Refused("statutory_duty")

    assert await answered(hub, request, LEAD) == "actor_not_allowed"
    assert await answered(hub, request, DISTRICT_LEAD) == "try_again"  # nobody here can erase
    hub.ports["erase"] = refuse
    assert await answered(hub, request, DISTRICT_LEAD) == "statutory_duty"
    assert await said(hub) == ["DataSubjectRequestFiled"]
    hub.ports["erase"] = erase
    assert await answered(hub, request, DISTRICT_LEAD) == "200"
    assert erased == [(PERSON, f"PERSON_REQUEST:{request['request_no']}")]


async def test_the_copy_holds_every_fact_opened_for_the_person_alone_once_a_human_granted_it(hub: Timeline) -> None:
    copy = f"/people/{PERSON}/copy"

    async def record(_: str) -> dict[str, Any]:
        return {"stage": "accepted", "groups": {"F2": {"name": "合成甲"}}}

    hub.ports["own_record"] = record
    assert (await hub.get(copy, OWN)).json()["code"] == "not_in_this_state"
    assert await answered(hub, await filed(hub, "COPY"), LEAD) == "200"
    given = (await hub.get(copy, OWN)).json()
    timers = {"TimerScheduled", "TimerFired", "TimerIgnored"}
    assert given["record"]["groups"] == {"F2": {"name": "合成甲"}}
    assert [fact["type"] for fact in given["facts"] if fact["type"] not in timers] == [
        each.event.name for each in accepted().messages if each.event.name not in timers
    ]
    accepting = next(fact for fact in given["facts"] if fact["type"] == "HandoverAccepted")
    assert (accepting["summary"], "accepted_by" in accepting["data"]) == (f"{STATION.name}已签收", False)
    text = (await hub.get(f"{copy}/text", OWN)).text
    assert "name: 合成甲" in text
    assert f"{STATION.name}已签收" in text
    for other in (LEAD, actor("AUDITOR"), actor("PERSON", name="01OTHER")):
        assert (await hub.get(copy, other)).status_code == 404
    hub.clock.set(START + timedelta(days=40))
    assert (await hub.get(copy, OWN)).json()["code"] == "not_in_this_state"


async def test_strangers_and_sealed_people_look_like_nobody(hub: Timeline) -> None:
    nobody = await hub.post("/people/01NOBODY/requests", {"kind": "ACCESS"}, STRANGER)
    stranger = await hub.post(PATH, {"kind": "ACCESS"}, STRANGER)
    assert (nobody.status_code, nobody.content) == (stranger.status_code, stranger.content) == (404, stranger.content)
    story = accepted()
    story.tell("RecordSealed")
    await hub.read(story)
    assert (await hub.post(PATH, {"kind": "ACCESS"}, LEAD)).content == nobody.content
    assert (await hub.get(PATH, OWN)).status_code == 404
    assert await said(hub) == []


def _by(message: Any, name: str) -> Any:  # noqa: ANN401 - a message with another envelope
    envelope = message.envelope.model_copy(update={"actorref": name})
    return type(message)(envelope, message.event, message.topic, message.partition, message.offset, message.key)
