"""Records over HTTP: who may send them, what they answer, and what they leave behind."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest

from services.kernel.tokens import Actor
from tests.support.handover_desk import CENTRE, DISTRICT_LEAD, OPS, STATION, Bench, P, day, lead, officer, worker

DISPUTE = {"kind": "CORRECT"}


async def test_an_acceptance_answers_events_version_and_state(desk: Bench) -> None:
    handover_id = await desk.offered()
    answer = await desk.post(handover_id, "HandoverAccepted", lead())
    assert answer.status_code == 200
    body = answer.json()
    assert body["state"] == "ACCEPTED"
    assert body["version"] == (await desk.seen(handover_id))["version"]
    names = await desk.events(f"handover-{handover_id}")
    assert names[-len(body["event_ids"]) :] == ["HandoverAccepted", "WorkerAssignmentRequested", "TimerScheduled"]


async def test_the_record_itself_says_who_sent_it_for_whom(desk: Bench) -> None:
    handover_id = await desk.accepted()
    (row,) = await desk.rows("select data, meta from events where type like '%.HandoverAccepted.v1'")
    assert row["data"]["person_ref"] == P
    assert row["data"]["station_id"] == STATION
    assert (row["meta"]["actorref"], row["meta"]["correlationid"]) == ("lead-1", handover_id)


@pytest.mark.parametrize(
    ("actor", "status", "code"),
    [
        (worker(), 403, "actor_not_allowed"),
        (lead(org="A01-S003"), 403, "not_your_organisation"),
        (DISTRICT_LEAD, 403, "actor_not_allowed"),
    ],
)
async def test_only_the_lead_of_the_offered_station_may_accept(
    desk: Bench, actor: Actor, status: int, code: str
) -> None:
    handover_id = await desk.offered()
    answer = await desk.post(handover_id, "HandoverAccepted", actor)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await desk.seen(handover_id))["state"] == "OFFERED"


async def test_without_a_token_nothing_is_said(desk: Bench) -> None:
    handover_id = await desk.offered()
    answer = await desk.http.post(f"/api/v1/handovers/{handover_id}/records", json={"type": "HandoverAccepted"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


async def test_an_unknown_handover_is_refused_as_one_of_somebody_else(desk: Bench) -> None:
    others = await desk.post(await desk.offered(), "HandoverAccepted", lead(org="A01-S003"))
    nobodys = await desk.post("01NOBODY", "HandoverAccepted", lead(org="A01-S003"))
    assert (nobodys.status_code, nobodys.json()["code"]) == (403, "not_your_organisation")
    assert (nobodys.status_code, nobodys.json(), dict(nobodys.headers)) == (
        others.status_code,
        others.json(),
        dict(others.headers),
    )


async def test_only_who_may_act_everywhere_learns_that_a_handover_is_missing(desk: Bench) -> None:
    answer = await desk.post("01NOBODY", "PersonReported", lead())
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_handover")


async def test_wrong_data_is_said_last_and_without_its_values(desk: Bench) -> None:
    handover_id = await desk.offered()
    wrong = {"reason": "BECAUSE-OF-ZHANG"}
    early = await desk.post(handover_id, "ContactMade", worker(), {"result": "MAYBE"})
    assert early.json()["code"] == "not_your_organisation"
    answer = await desk.post(handover_id, "HandoverDeclined", lead(), wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_data")
    assert "/reason" in answer.json()["detail"]
    assert "ZHANG" not in answer.text
    await desk.post(handover_id, "HandoverAccepted", lead())
    assert (await desk.post(handover_id, "ContactMade", worker(), {"result": "MAYBE"})).json()["code"] == (
        "not_in_this_state"
    )


async def test_a_type_that_is_no_record_is_invalid(desk: Bench) -> None:
    handover_id = await desk.offered()
    assert (await desk.post(handover_id, "NoSuchThing", lead())).json()["code"] == "invalid_data"
    assert (await desk.post(handover_id, "HandoverOffered", lead())).json()["code"] == "actor_not_allowed"


async def test_a_stale_version_is_a_conflict_and_the_right_one_is_taken(desk: Bench) -> None:
    handover_id = await desk.offered()
    version = (await desk.seen(handover_id))["version"]
    stale = await desk.post(handover_id, "HandoverAccepted", lead(), If_Match=f'"{version - 1}"')
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    assert (await desk.post(handover_id, "HandoverAccepted", lead(), If_Match=f'"{version}"')).status_code == 200


async def test_the_same_idempotency_key_gives_the_same_answer_and_nothing_twice(desk: Bench) -> None:
    handover_id = await desk.offered()
    first = await desk.post(handover_id, "HandoverAccepted", lead(), Idempotency_Key="k-1")
    again = await desk.post(handover_id, "HandoverAccepted", lead(), Idempotency_Key="k-1")
    assert (again.status_code, again.json()) == (200, first.json())
    assert (await desk.events(f"handover-{handover_id}")).count("HandoverAccepted") == 1
    other = await desk.post(handover_id, "HandoverDeclined", lead(), {"reason": "CAPACITY"}, Idempotency_Key="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_every_command_is_audited_without_its_payload(desk: Bench) -> None:
    handover_id = await desk.offered()
    await desk.post(handover_id, "HandoverDeclined", worker(), {"reason": "CAPACITY"})
    await desk.post(handover_id, "HandoverAccepted", lead(), {"duty_cover": True})
    rows = await desk.rows("select actor, role, org, record, outcome, code, handover_id from audit order by position")
    assert [tuple(row) for row in rows] == [
        ("worker-1", "WORKER", STATION, "HandoverDeclined", "refused", "actor_not_allowed", handover_id),
        ("lead-1", "STATION_LEAD", STATION, "HandoverAccepted", "accepted", "", handover_id),
    ]
    assert not await desk.rows("select 1 from audit where audit::text like '%CAPACITY%'")


async def test_a_casework_fact_is_appended_for_the_person_and_folds_only_when_it_comes_back(desk: Bench) -> None:
    handover_id = await desk.accepted()
    before = (await desk.seen(handover_id))["version"]
    answer = await desk.post(handover_id, "NeedsAssessed", worker(), {"needs": [{"type": "HOUSING"}]})
    assert answer.status_code == 200
    assert await desk.events(f"casework-{P}") == ["NeedsAssessed"]
    assert (await desk.seen(handover_id))["version"] == before
    (row,) = await desk.rows("select event_id, data, meta from events where type like '%.NeedsAssessed.v1'")
    assert row["data"]["needs"]["alg"] == "A256GCM"
    assert row["meta"]["correlationid"] == handover_id
    await desk.fact("NeedsAssessed", correlation=handover_id)
    assert (await desk.seen(handover_id))["version"] == before + 1


async def test_a_casework_fact_of_another_station_is_refused(desk: Bench) -> None:
    handover_id = await desk.accepted()
    answer = await desk.post(handover_id, "NeedsAssessed", worker(org="A01-S003"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_organisation")
    assert await desk.events(f"casework-{P}") == []


async def test_a_dispute_goes_to_privacy(desk: Bench) -> None:
    handover_id = await desk.accepted()
    for said in ("张三", "000103199001010012"):
        refused = await desk.post(handover_id, "DisputeRaised", worker(), DISPUTE | {"event_id": said})
        assert refused.json()["code"] == "invalid_data"
    assert (await desk.post(handover_id, "DisputeRaised", Actor(P, "PERSON", ""), DISPUTE)).status_code == 200
    assert await desk.events(f"privacy-{P}") == ["DisputeRaised"]


async def test_a_fact_of_intake_is_authorised_here_and_appended_there(desk: Bench) -> None:
    handover_id = await desk.accepted()
    consent = {"consent_id": "C-1", "purpose": "AFTERCARE"}
    refused = await desk.post(handover_id, "ConsentGiven", worker(org="A01-S003"), consent)
    assert refused.json()["code"] == "not_your_organisation"
    assert desk.at_intake == []
    answer = await desk.post(handover_id, "ConsentGiven", worker(), consent, Idempotency_Key="k-2")
    assert answer.json()["event_ids"] == ["01INTAKE"]
    [(person, record, data, key)] = desk.at_intake
    assert (person, record, data) == (P, "ConsentGiven", consent)
    assert re.fullmatch(r"[0-9a-f]{64}", key)  # neither the sender's key nor a plain hash of it
    assert key != sha256(f"WORKER|{STATION}|worker-1|{handover_id}|k-2".encode()).hexdigest()
    outcomes = await desk.rows("select outcome from audit where record = 'ConsentGiven' order by position")
    assert [row["outcome"] for row in outcomes] == ["refused", "accepted"]


async def test_a_report_at_another_station_counts_and_settles_who_answers(desk: Bench) -> None:
    handover_id = await desk.released()
    data = {"at": day("03-31").isoformat(), "place_kind": "OTHER_STATION"}
    answer = await desk.post(handover_id, "PersonReported", worker(org="A06-S002"), data)
    assert answer.json()["state"] == "REPORTED"
    seen = await desk.seen(handover_id)
    assert (seen["station"], seen["accountable"], seen["late"], seen["level"]) == ("A06-S002", "A06-S002", False, 0)
    (row,) = await desk.rows("select data from events where type like '%.PersonReported.v1'")
    assert (row["data"]["late"], row["data"]["station_id"]) == (False, "A06-S002")


async def test_what_only_the_hub_says_is_not_taken_from_a_sender(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(day("04-20"))
    data = {"at": day("04-20").isoformat(), "late": False}
    await desk.post(handover_id, "PersonReported", worker(), data)
    (row,) = await desk.rows("select data from events where type like '%.PersonReported.v1'")
    assert row["data"]["late"] is True


@pytest.mark.parametrize(
    ("actor", "may"),
    [
        (OPS, True),
        (Actor("a", "AUDITOR", "A"), True),
        (worker(), True),
        (Actor("c", "DETOX_CENTRE", CENTRE), True),
        (officer("o"), True),
        (DISTRICT_LEAD, True),
        (Actor("g", "CITY_LEAD", "A"), True),
        (Actor(P, "PERSON", ""), True),
        (worker(org="A01-S003"), False),
        (officer("o", "A01-S003-STREET"), False),
        (Actor("c", "DETOX_CENTRE", "A-CENTRE-2"), False),
        (Actor("l", "LABOUR_BUREAU", "A-LABOUR"), False),
        (Actor("other", "PERSON", ""), False),
        (Actor("other", "PERSON", P), False),
    ],
)
async def test_only_those_with_a_part_in_it_may_read_it(desk: Bench, actor: Actor, may: bool) -> None:  # noqa: FBT001
    handover_id = await desk.accepted()
    await desk.order()
    answer = await desk.get(f"/handovers/{handover_id}", actor)
    listed = (await desk.get("/handovers", actor, person_ref=P)).json()["items"]
    assert (answer.status_code, len(listed)) == ((200, 1) if may else (404, 0))


async def test_a_station_that_declined_sees_the_handover_no_more(desk: Bench) -> None:
    handover_id = await desk.offered()
    assert (await desk.get(f"/handovers/{handover_id}", lead())).status_code == 200
    await desk.post(handover_id, "HandoverDeclined", lead(), {"reason": "CAPACITY"})
    assert (await desk.get(f"/handovers/{handover_id}", lead())).status_code == 404


async def test_a_view_has_exactly_the_agreed_fields(desk: Bench) -> None:
    seen = await desk.seen(await desk.released())
    agreed = "handover_id person_ref episode state track station accountable level late deadline deadline_rev version"
    assert set(seen) == {*agreed.split(), "timers", "suggested_support_level"}
    assert (seen["deadline"], seen["track"], seen["level"]) == ("2026-04-14", "ORDERED", 0)
    assert set(seen["timers"][0]) == {"name", "due_at", "deadline_rev", "occurrence", "policy_key", "calendar_version"}


async def test_a_question_without_a_person_or_a_notice_is_refused(desk: Bench) -> None:
    assert (await desk.get("/handovers", centre=CENTRE)).json()["code"] == "query_needed"


async def test_the_same_key_of_two_people_is_two_keys_at_intake(desk: Bench) -> None:
    handover_id = await desk.accepted()
    consent = {"consent_id": "C-1", "purpose": "AFTERCARE"}
    for actor in (worker(), worker("worker-2")):
        await desk.post(handover_id, "ConsentGiven", actor, consent, Idempotency_Key="k-2")
    assert len({key for *_, key in desk.at_intake}) == 2


async def test_a_field_that_no_record_has_is_not_named(desk: Bench) -> None:
    handover_id = await desk.offered()
    answer = await desk.post(handover_id, "HandoverDeclined", lead(), {"reason": "NO", "合成甲": 1})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_data")
    assert answer.json()["detail"].endswith("/reason, /unknown")
    assert "合成甲" not in answer.text
