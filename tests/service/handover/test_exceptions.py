"""Exceptions of specification §3.5.1 through the doors of the handover service."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from schemas.registry import CURRENT
from services.kernel.tokens import Actor
from tests.support.handover_desk import CENTRE, DISTRICT, OPS, STATION, Bench, N, P, day, lead, officer, worker

OTHER = "A04-S010"
FAR = "A01-S002"
CITY_LEAD = Actor("city-1", "CITY_LEAD", "A")
OPS_2 = Actor("ops-2", "OPS", "A")


async def data_of(desk: Bench, name: str) -> list[dict[str, Any]]:
    """The payloads of all events of that name, in order."""
    rows = await desk.rows("select data from events where type like '%.' || $1 || '.v1' order by position", name)
    return [row["data"] for row in rows]


async def test_x05_two_centres_announce_one_person_and_one_handover_runs(desk: Bench) -> None:
    handover_id = await desk.accepted()
    told = {"notice_no": "M-7", "centre_id": "A-CENTRE-2", "old_date": "2026-03-30", "new_date": "2026-04-02"}
    await desk.fact("ReleaseDateChanged", **told, revision=1, reason="ADMIN", episode_no="1")
    assert (await desk.seen(handover_id))["state"] == "ACCEPTED"
    for centre, number in ((CENTRE, N), ("A-CENTRE-2", "M-7")):
        found = (await desk.get("/handovers", centre=centre, notice_no=number)).json()["items"]
        assert [one["handover_id"] for one in found] == [handover_id]


async def test_x09_who_declines_reads_nothing_more_from_that_instant(desk: Bench) -> None:
    handover_id = await desk.offered()
    data = {"reason": "WRONG_JURISDICTION", "proposed_station": OTHER}
    assert (await desk.post(handover_id, "HandoverDeclined", lead(), data)).status_code == 200
    assert (await desk.get(f"/handovers/{handover_id}", lead())).status_code == 404
    assert (await desk.get("/handovers", lead(), person_ref=P)).json()["items"] == []
    assert (await desk.post(handover_id, "HandoverAccepted", lead())).json()["code"] == "not_your_organisation"
    await desk.fact("JurisdictionResolved", station_id=OTHER, ground="DECISION", hops=1)
    assert (await desk.get(f"/handovers/{handover_id}", lead(org=OTHER))).status_code == 200
    assert (await desk.get(f"/handovers/{handover_id}", lead())).status_code == 404


async def test_x09_a_decline_after_the_release_moves_no_clock(desk: Bench) -> None:
    await desk.offered()
    await desk.order()
    await desk.until(day("03-30"))
    await desk.fact("PersonReleased", notice_no=N, released_at=day("03-30"))
    handover_id = str((await desk.only())["handover_id"])
    before = await desk.seen(handover_id)
    await desk.until(day("04-01"))
    await desk.fact("JurisdictionResolved", station_id=STATION, ground="HUKOU")
    data = {"reason": "WRONG_JURISDICTION", "proposed_station": OTHER}
    assert (await desk.post(handover_id, "HandoverDeclined", lead(), data)).status_code == 200
    after = await desk.seen(handover_id)
    assert (after["deadline"], after["deadline_rev"]) == (before["deadline"], before["deadline_rev"])
    assert [one for one in after["timers"] if one["name"] == "T_DEADLINE"] == [
        one for one in before["timers"] if one["name"] == "T_DEADLINE"
    ]
    assert after["accountable"] == DISTRICT


async def test_x09_a_station_of_another_district_is_the_citys_to_name(desk: Bench) -> None:
    handover_id = await desk.offered()
    for station, proposed in ((STATION, OTHER), (OTHER, STATION), (STATION, FAR)):
        data = {"reason": "WRONG_JURISDICTION", "proposed_station": proposed}
        assert (await desk.post(handover_id, "HandoverDeclined", lead(org=station), data)).status_code == 200
        if proposed != FAR:
            await desk.fact("JurisdictionResolved", station_id=proposed, ground="DECISION")
    escalated = (await data_of(desk, "RoutingEscalated"))[-1]
    assert (escalated["level"], escalated["to_org"], escalated["hops"]) == ("CITY", "A", 3)
    assert (await desk.seen(handover_id))["accountable"] == DISTRICT
    named = {"station_id": FAR}
    own = await desk.post(handover_id, "DistrictAssigned", Actor("d", "DISTRICT_LEAD", DISTRICT), named)
    assert own.json()["code"] == "not_your_organisation"
    assert (await desk.post(handover_id, "DistrictAssigned", CITY_LEAD, named)).status_code == 200
    seen = await desk.seen(handover_id)
    assert (seen["state"], seen["accountable"]) == ("ACCEPTED", FAR)


async def test_x10_no_capacity_is_no_lawful_refusal_and_the_district_may_name_the_same_station(desk: Bench) -> None:
    handover_id = await desk.offered()
    await desk.post(handover_id, "HandoverDeclined", lead(), {"reason": "CAPACITY"})
    escalated = (await data_of(desk, "RoutingEscalated"))[-1]
    assert (escalated["level"], escalated["to_org"]) == ("DISTRICT", DISTRICT)
    assert await data_of(desk, "HandoverReoffered") == []
    assert (
        await desk.post(handover_id, "DistrictAssigned", Actor("d", "DISTRICT_LEAD", DISTRICT), {"station_id": STATION})
    ).status_code == 200
    assert (await desk.seen(handover_id))["accountable"] == STATION


async def test_a_reassigned_station_reads_until_the_new_one_accepts(desk: Bench) -> None:
    handover_id = await desk.accepted()
    moved = {"station_id": OTHER}
    assert (
        await desk.post(handover_id, "StationReassigned", Actor("d", "DISTRICT_LEAD", DISTRICT), moved)
    ).status_code == 200
    assert (await desk.seen(handover_id))["accountable"] == STATION
    assert (await desk.get(f"/handovers/{handover_id}", lead())).status_code == 200
    await desk.post(handover_id, "HandoverAccepted", lead(org=OTHER))
    assert (await desk.seen(handover_id))["accountable"] == OTHER
    assert (await desk.get(f"/handovers/{handover_id}", lead())).status_code == 404


async def test_x14_who_declines_voluntary_aftercare_is_left_in_peace(desk: Bench) -> None:
    handover_id = await desk.released(ordered=False, basis="AGREEMENT", order_expected="N")
    await desk.post(handover_id, "AftercareDeclined", Actor(P, "PERSON", ""))
    seen = await desk.seen(handover_id)
    assert (seen["state"], seen["timers"]) == ("CLOSED_NOT_ENGAGED", [])
    answer = await desk.post(handover_id, "ContactMade", worker(), {"result": "NO_ANSWER"})
    assert answer.json()["code"] == "not_in_this_state"


async def test_x15_whoever_is_under_an_order_and_wants_no_services_keeps_the_statutory_steps_alone(desk: Bench) -> None:
    handover_id = await desk.released()
    answer = await desk.post(handover_id, "AftercareDeclined", worker())
    assert answer.json()["state"] == "AWAITING_REPORT"
    assert len(await data_of(desk, "VoluntaryServicesDeclined")) == 1
    assert "T_DEADLINE" in {one["name"] for one in (await desk.seen(handover_id))["timers"]}


async def test_x21_a_notice_that_comes_after_a_walk_in_is_linked_and_changes_nothing(desk: Bench) -> None:
    report = {"at": desk.clock.now(), "station_id": FAR}
    body = {"person_ref": P, "data": {"at": desk.clock.now().isoformat()}, "actor": "w", "role": "WORKER", "org": FAR}
    answer = await desk.http.post(
        "/api/v1/handovers/walk-ins", json=body, headers=desk.bearer(Actor("hub", "HUB", "", None))
    )
    handover_id = answer.json()["handover_id"]
    before = await desk.seen(handover_id)
    await desk.notice()
    assert await desk.seen(handover_id) == before
    assert (before["state"], before["late"], before["accountable"]) == ("REPORTED", None, report["station_id"])
    found = (await desk.get("/handovers", centre=CENTRE, notice_no=N)).json()["items"]
    assert [one["handover_id"] for one in found] == [handover_id]
    (listed,) = await desk.rows("select reason, state from parked_keys")
    assert tuple(listed) == ("UNKNOWN_STATE", "set_aside")


async def test_x23_a_late_report_says_why_to_those_who_got_the_notice(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(day("04-20"))
    signed = {"notice_no": "S-1", "legal_ground": "戒毒条例21", "facts": {"order_no": "O-1"}}
    for number in ("o-1", "o-2"):
        assert (await desk.post(handover_id, "StatutoryNoticeSigned", officer(number), signed)).status_code in {
            200,
            202,
        }
    late = {"at": day("04-20").isoformat(), "excuse_code": "HOSPITAL"}
    assert (await desk.post(handover_id, "PersonReported", worker(), late)).json()["state"] == "REPORTED"
    (note,) = await data_of(desk, "LateReportNoteSent")
    (sent,) = await data_of(desk, "StatutoryNoticeSent")
    assert note["recipients"] == sent["recipients"] != []
    assert note["reported_at"].startswith("2026-04-20")
    assert note["excuse"]["alg"] == "A256GCM"


async def test_x29_what_was_entered_in_error_is_recalled_from_everybody_who_had_a_part_in_it(desk: Bench) -> None:
    handover_id = await desk.offered()
    data = {"reason": "WRONG_JURISDICTION", "proposed_station": FAR}
    await desk.post(handover_id, "HandoverDeclined", lead(), data)
    await desk.fact("JurisdictionResolved", station_id=FAR, ground="DECISION")
    await desk.post(handover_id, "HandoverAccepted", lead(org=FAR))
    for actor in (OPS, OPS_2):
        await desk.post(handover_id, "EnteredInError", actor, {"reason": "WRONG_PERSON"})
    (plan,) = await data_of(desk, "CompensationPlanned")
    assert {STATION, FAR, DISTRICT, "A01", CENTRE} <= set(plan["recipients"])
    recalls = await desk.rows("select event_id, data from events where type like '%.RecallIssued.v1' order by position")
    assert [row["event_id"] for row in recalls] == plan["compensation_ids"]
    assert [row["data"]["recipient"] for row in recalls] == plan["recipients"]
    assert {row["data"]["reason"] for row in recalls} == {"ENTERED_IN_ERROR"}
    assert (await desk.seen(handover_id))["state"] == "CLOSED_CANCELLED"


async def test_x33_a_silent_or_refusing_city_leaves_the_person_with_the_old_station(desk: Bench) -> None:
    handover_id = await desk.released()
    before = await desk.seen(handover_id)
    for kind, data in (("RelocationRequested", {"to": "B01-S001"}), ("RelocationAnswered", {"answer": "REFUSED"})):
        assert (await desk.post(handover_id, kind, worker(), known(kind, data))).status_code == 200
        await desk.fact(kind, correlation=handover_id, **known(kind, data))
    seen = await desk.seen(handover_id)
    assert {name: seen[name] for name in ("state", "accountable", "timers", "deadline")} == {
        name: before[name] for name in ("state", "accountable", "timers", "deadline")
    }


async def test_x38_an_escape_closes_the_handover_and_nothing_else_happens_here(desk: Bench) -> None:
    handover_id = await desk.accepted()
    await desk.fact("ReleaseNoticeWithdrawn", notice_no=N, reason="ESCAPE")
    seen = await desk.seen(handover_id)
    assert (seen["state"], seen["timers"]) == ("CLOSED_CANCELLED", [])
    await desk.until(desk.clock.now() + timedelta(days=60))
    assert (await desk.seen(handover_id))["version"] == seen["version"]


def known(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    """Only the fields that the event has."""
    return {name: value for name, value in data.items() if name in CURRENT[kind].model_fields}
