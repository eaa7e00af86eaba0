"""A handover's view by reader and stage: only the groups of the disclosure matrix, the rest is null."""

from __future__ import annotations

from asyncio import gather
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.groups import HANDOVER_VIEW
from services.kernel.tokens import Actor
from tests.support.handover_desk import (
    CENTRE,
    DISTRICT_LEAD,
    OPS,
    STATION,
    Bench,
    P,
    bench,
    day,
    lead,
    officer,
    worker,
)

RELEASER = Actor("c", "DETOX_CENTRE", CENTRE)
CITY_LEAD = Actor("g", "CITY_LEAD", "A")
PROCESS = {"station", "accountable", "state", "level", "deadline", "deadline_rev", "timers"}
LOOKS = "select data from events where type like '%.RecordAccessed.%' order by position"
NAMES = {"handover_id", "person_ref", "episode", "version"}


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with bench(database_url, tmp_path) as made:
        yield made


async def view(desk: Bench, handover_id: str, actor: Actor) -> dict[str, Any]:
    """The fields that are set; nothing where the handover does not exist for this actor."""
    answer = await desk.get(f"/handovers/{handover_id}", actor)
    return (
        {name: value for name, value in answer.json().items() if value not in (None, [])} if answer.is_success else {}
    )


async def looks(desk: Bench) -> list[tuple[str, list[str]]]:
    rows = await desk.service.pool.fetch(LOOKS)
    return [(row["data"]["actor"], row["data"]["groups"]) for row in rows]


async def test_a_look_is_on_record_before_it_is_answered_once_an_hour_for_each_reader(desk: Bench) -> None:
    handover_id = await desk.released()
    for _ in range(2):
        await gather(*(desk.get(f"/handovers/{handover_id}", lead()) for _ in range(4)))
        await desk.get("/handovers", lead(), person_ref=P)
    assert await looks(desk) == [("lead-1", ["F1", "F7", "F21", "F22"])]
    await desk.get("/handovers", Actor("auditor-1", "AUDITOR", ""), person_ref=P)
    desk.clock.set(desk.clock.now() + timedelta(hours=1))
    await desk.get(f"/handovers/{handover_id}", lead())
    assert [actor for actor, _ in await looks(desk)] == ["lead-1", "auditor-1", "lead-1"]


async def test_operators_the_person_and_who_sees_nothing_leave_no_look(desk: Bench) -> None:
    handover_id = await desk.released()
    for actor in (OPS, Actor(P, "PERSON", ""), lead(org="A01-S003")):
        await desk.get(f"/handovers/{handover_id}", actor)
        await desk.get("/handovers", actor, person_ref=P)
    assert await looks(desk) == []


async def test_every_field_of_the_view_has_a_group(desk: Bench) -> None:
    assert set(await desk.seen(await desk.offered())) == set(HANDOVER_VIEW)


async def test_before_acceptance_the_addressee_sees_the_offer_and_no_more(desk: Bench) -> None:
    handover_id = await desk.offered()
    assert set(await view(desk, handover_id, lead())) == NAMES | {"track", "state", "station"}
    assert await view(desk, handover_id, lead(org="A01-S003")) == {}


async def test_the_station_that_accepted_and_operators_see_the_whole_process(desk: Bench) -> None:
    handover_id = await desk.released()
    assert await view(desk, handover_id, worker()) == await view(desk, handover_id, OPS)
    assert set(await view(desk, handover_id, lead())) >= NAMES | PROCESS | {"track"}


async def test_a_centre_sees_its_own_part_and_then_only_whether_the_person_reported(desk: Bench) -> None:
    handover_id = await desk.accepted(basis="AGREEMENT", order_expected="N")
    assert (await view(desk, handover_id, RELEASER))["state"] == "ACCEPTED"
    await desk.until(day("03-30"))
    await desk.fact("PersonReleased", notice_no="N-1", released_at=day("03-30"), pickup="NONE")
    assert set(await view(desk, handover_id, RELEASER)) == NAMES | {"track", "state"}
    assert (await view(desk, handover_id, RELEASER))["state"] == "AWAITING_REPORT"
    await desk.post(handover_id, "PersonReported", worker(), {"at": day("03-30").isoformat()})
    assert (await view(desk, handover_id, RELEASER))["state"] == "REPORTED"


async def test_without_an_agreement_a_centre_does_not_learn_whether_the_person_reported(desk: Bench) -> None:
    handover_id = await desk.released()
    assert set(await view(desk, handover_id, RELEASER)) == NAMES | {"track"}


async def test_the_city_sees_the_process_in_outline(desk: Bench) -> None:
    handover_id = await desk.released()
    seen = await view(desk, handover_id, CITY_LEAD)
    assert set(seen) == NAMES | {"track", "state", "level", "station", "accountable"}
    assert "timers" in await view(desk, handover_id, DISTRICT_LEAD)


async def test_a_street_sees_persons_under_an_order_alone(desk: Bench) -> None:
    handover_id = await desk.accepted(basis="AGREEMENT", order_expected="N")
    assert await view(desk, handover_id, officer("o")) == {}
    await desk.order()
    assert (await view(desk, handover_id, officer("o")))["track"] == "ORDERED"


async def test_once_closed_a_station_keeps_the_outcome_for_ninety_days(desk: Bench) -> None:
    handover_id = await desk.accepted(basis="AGREEMENT", order_expected="N")
    await desk.fact("DeathConfirmed", date="2026-03-03")
    closed = desk.clock.now()
    assert set(await view(desk, handover_id, lead())) == NAMES | {"state", "station", "accountable"}
    assert set(await view(desk, handover_id, RELEASER)) == NAMES
    await desk.until(closed + timedelta(days=90))
    assert await view(desk, handover_id, lead())
    await desk.until(closed + timedelta(days=90, seconds=1))
    assert await view(desk, handover_id, lead()) == {}
    assert await view(desk, handover_id, Actor(P, "PERSON", ""))


async def test_a_support_level_is_suggested_to_who_onboards_the_person_until_somebody_sets_one(desk: Bench) -> None:
    handover_id = await desk.released()
    assert "suggested_support_level" not in await view(desk, handover_id, worker())
    await desk.post(handover_id, "PersonReported", worker(), {"at": desk.clock.now().isoformat()})
    told = (await view(desk, handover_id, worker()))["suggested_support_level"]
    assert (told["level"], told["decided_by"]) == ("FOCUS", "human")
    assert [one["rule"] for one in told["reasons"]] == ["F1", "F3"]
    assert (await view(desk, handover_id, Actor(P, "PERSON", "")))["suggested_support_level"] == told
    for other in (OPS, DISTRICT_LEAD, CITY_LEAD, RELEASER, officer("o")):
        assert "suggested_support_level" not in await view(desk, handover_id, other)
    before = await view(desk, handover_id, OPS)
    answer = await desk.post(handover_id, "SupportLevelSet", worker(), {"level": "STABLE"})
    assert answer.is_success, answer.text
    await desk.fact("SupportLevelSet", correlation=handover_id, level="STABLE")
    assert "suggested_support_level" not in await view(desk, handover_id, worker())
    assert {**await view(desk, handover_id, OPS), "version": 0} == {**before, "version": 0}


async def test_a_withdrawn_notice_leaves_nothing_to_see(desk: Bench) -> None:
    handover_id = await desk.offered()
    await desk.fact("ReleaseNoticeWithdrawn", notice_no="N-1", reason="ERROR")
    assert [await view(desk, handover_id, each) for each in (lead(), RELEASER, DISTRICT_LEAD)] == [{}, {}, {}]
    assert (await view(desk, handover_id, OPS))["station"] == STATION
