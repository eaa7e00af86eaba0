"""The ledger: who learned what and who looked, for auditors and a district; the reader's own look comes first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.kernel.tokens import Actor
from tests.support.timeline_story import (
    CITY,
    DISTRICT,
    OTHER_STATION,
    PERSON,
    STATION,
    Story,
    Timeline,
    accepted,
    actor,
    timeline,
)

AUDITOR = actor("AUDITOR", name="auditor-1")
LEAD = actor("DISTRICT_LEAD", DISTRICT)
LABOUR = CITY.of_type("LABOUR")[0].org_id
OTHER = "01OTHER"
LOOKS = "select data from events where type like '%.RecordAccessed.v1' order by position"


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Timeline]:
    """Two people; of the first a worker read and the labour bureau learned, of the other one a station read."""
    async with timeline(database_url) as empty:
        await empty.read(told(accepted()), told(accepted(Story(person=OTHER, handover="01OTHERS")), labour=False))
        yield empty


def told(story: Story, *, labour: bool = True) -> Story:
    look: dict[str, Any] = {"actor": "worker-1", "capacity": "WORKER", "purpose": "AFTERCARE"}
    story.tell("RecordAccessed", **look, groups=("F2", "F4"), org_id=STATION.org_id)
    if labour:
        story.tell("DisclosureMade", recipient=LABOUR, field_groups=("F2", "F19"), basis="CONSENT:K-1", at=story.now)
    return story


async def asked(hub: Timeline, who: Actor = AUDITOR, **query: str) -> Any:  # noqa: ANN401 - JSON
    answer = await hub.get("/ledger", who, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_auditor_finds_looks_and_disclosures_by_person_recipient_and_period(hub: Timeline) -> None:
    items = (await asked(hub, person_ref=PERSON))["items"]
    assert [(item["type"], item["org_id"], item["groups"]) for item in items] == [
        ("DisclosureMade", LABOUR, ["F2", "F19"]),
        ("RecordAccessed", STATION.org_id, ["F2", "F4"]),
    ]
    assert (items[1]["actor"], items[1]["capacity"], items[1]["purpose"]) == ("worker-1", "WORKER", "AFTERCARE")
    assert [item["person_ref"] for item in (await asked(hub, recipient=LABOUR))["items"]] == [PERSON]
    everybody = (await asked(hub, AUDITOR, **{"from": "2026-03-02", "to": "2026-03-03"}))["items"]
    assert {item["person_ref"] for item in everybody} == {PERSON, OTHER}
    assert (await asked(hub, AUDITOR, **{"from": "2026-03-03"}))["items"] == []


async def test_the_auditors_own_look_is_on_the_ledger_for_everybody_shown(hub: Timeline) -> None:
    await asked(hub)
    looks = [row["data"] for row in await hub.pool.fetch(LOOKS)]
    assert [(look["person_ref"], look["actor"], look["purpose"], look["groups"]) for look in looks] == [
        (person, "auditor-1", "LEDGER", ["F23"]) for person in sorted((PERSON, OTHER))
    ]


async def test_pages_are_whole_and_come_to_an_end(hub: Timeline) -> None:
    seen: list[str] = []
    page = await asked(hub, limit="1")
    while page["next"]:
        seen += [item["event_id"] for item in page["items"]]
        page = await asked(hub, limit="1", after=page["next"])
    seen += [item["event_id"] for item in page["items"]]
    assert len(seen) == len(set(seen)) == 3
    assert (await hub.get("/ledger", AUDITOR, after="x")).json()["code"] == "invalid_data"


@pytest.mark.parametrize("ended", ["RecordSealed", "RecordDeleted"])
async def test_a_record_that_ended_answers_like_none_but_an_auditor_who_asks_for_it_has_its_rows(
    hub: Timeline, ended: str
) -> None:
    story = told(accepted())  # what was read before is known already
    story.tell(ended)
    await hub.read(story)
    sealed = await hub.get("/ledger", LEAD, person_ref=PERSON)
    absent = await hub.get("/ledger", LEAD, person_ref="01NOBODY")
    assert (sealed.status_code, sealed.content) == (absent.status_code, absent.content)
    assert [item["person_ref"] for item in (await asked(hub))["items"]] == [OTHER]
    assert {row["data"]["person_ref"] for row in await hub.pool.fetch(LOOKS)} == {OTHER}
    kept = (await asked(hub, person_ref=PERSON))["items"]
    assert [item["type"] for item in kept] == ["DisclosureMade", "RecordAccessed"]
    assert {row["data"]["person_ref"] for row in await hub.pool.fetch(LOOKS)} == {OTHER, PERSON}


async def test_a_districts_lead_sees_looks_of_their_own_organisations_at_their_people_without_names(
    hub: Timeline,
) -> None:
    items = (await asked(hub, LEAD, person_ref=PERSON))["items"]
    assert [(item["type"], item["org_id"], item["actor"]) for item in items] == [
        ("RecordAccessed", STATION.org_id, None)
    ]
    assert (await hub.get("/ledger", LEAD)).json()["code"] == "invalid_data"
    elsewhere = next(org.org_id for org in CITY.of_type("DWS") if org.org_id != DISTRICT)
    assert (await asked(hub, actor("DISTRICT_LEAD", elsewhere), person_ref=PERSON))["items"] == []
    assert len(await hub.pool.fetch(LOOKS)) == 1


async def test_nobody_else_reads_it(hub: Timeline) -> None:
    for role in ("OPS", "STATION_LEAD", "WORKER", "PERSON", "CITY_LEAD", "LABOUR_BUREAU"):
        assert (await hub.get("/ledger", actor(role, OTHER_STATION.org_id))).status_code == 403, role


async def test_the_person_reads_in_plain_words_who_looked_at_what_and_why_and_may_contest_the_level(
    database_url: str,
) -> None:
    story = accepted()
    story.tell("SupportLevelSet", level="FOCUS")
    async with timeline(database_url) as hub:
        await hub.read(told(story))
        items = (await hub.get(f"/people/{PERSON}/timeline", actor("PERSON", name=PERSON))).json()["items"]
        others = (await hub.get(f"/people/{PERSON}/timeline", actor("STATION_LEAD", STATION.org_id))).json()["items"]
    said = {item["type"]: (item["summary"], item["may"]) for item in items}
    assert said["RecordAccessed"] == (f"{STATION.name}（社工）查阅了资料：姓名、电话，用途：后续照管", [])
    assert said["DisclosureMade"][0].startswith(f"向{CITY.of_type('LABOUR')[0].name}提供信息：姓名、技能与就业意向")
    assert said["SupportLevelSet"] == ("确定支持级别：重点，仅用于安排随访，可提出异议", ["CONTEST_LEVEL"])
    assert said["HandoverAccepted"][1] == ["CORRECT"]
    assert {tuple(item["may"]) for item in others} == {()}
