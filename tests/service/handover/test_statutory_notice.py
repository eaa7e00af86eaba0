"""The statutory notice: two officials, after the deadline and its grace, never for a voluntary person."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.statutory import LateReportNoteSent
from services.handover import statutory
from services.handover.domain.saga import Saga
from services.kernel.tokens import Actor
from tests.support.handover_desk import CENTRE, Bench, day, officer, worker

NOTICE = {"notice_no": "S-1", "legal_ground": "戒毒条例21", "facts": {"order_no": "O-1", "attempts_summary": "2 calls"}}
SIGN = "StatutoryNoticeSigned"
AFTER_GRACE = day("04-16", 9)


async def refusal(desk: Bench, handover_id: str, actor: Actor) -> tuple[int, str]:
    """Status and code of a refused signature."""
    answer = await desk.post(handover_id, SIGN, actor, NOTICE)
    return answer.status_code, answer.json().get("code", "")


async def outward(desk: Bench) -> list[str]:
    """What left for street and police."""
    rows = await desk.rows("select type from events where stream_id like 'statutory-%' order by position")
    return [row["type"].split(".")[-2] for row in rows]


async def test_one_signature_is_pending_and_changes_nothing(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(AFTER_GRACE)
    before = await desk.events(f"handover-{handover_id}")
    answer = await desk.post(handover_id, SIGN, officer("o-1"), NOTICE)
    assert answer.status_code == 202
    assert answer.json()["pending"] is True
    assert answer.json()["event_ids"] == []
    assert answer.json()["state"] == "AWAITING_REPORT"
    assert await desk.events(f"handover-{handover_id}") == before
    assert await outward(desk) == []


async def test_the_same_official_twice_is_refused(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(AFTER_GRACE)
    await desk.post(handover_id, SIGN, officer("o-1"), NOTICE)
    assert await refusal(desk, handover_id, officer("o-1")) == (409, "two_officials_required")
    assert await outward(desk) == []


async def test_a_second_official_signs_and_one_message_leaves(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(AFTER_GRACE)
    await desk.post(handover_id, SIGN, officer("o-1"), NOTICE)
    answer = await desk.post(handover_id, SIGN, officer("o-2"), NOTICE)
    assert (answer.status_code, answer.json()["state"]) == (200, "STATUTORY_NOTIFIED")
    assert await outward(desk) == ["StatutoryNoticeSent"]
    (row,) = await desk.rows("select data, meta, stream_id from events where stream_id like 'statutory-%'")
    assert row["stream_id"] == "statutory-S-1"
    assert row["meta"]["partitionkey"] == "S-1"
    assert row["data"]["officials"] == ["o-1", "o-2"]
    assert row["data"]["recipients"]
    assert row["data"]["facts"]["alg"] == "A256GCM"
    (signed,) = await desk.rows("select data from events where type like '%.StatutoryNoticeSigned.v1'")
    assert signed["data"]["officials"] == ["o-1", "o-2"]


async def test_before_the_deadline_and_within_its_grace_it_is_refused(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(day("04-14", 23))
    assert await refusal(desk, handover_id, officer("o-1")) == (409, "deadline_not_passed")
    await desk.until(day("04-15", 23))
    assert await refusal(desk, handover_id, officer("o-1")) == (409, "grace_not_passed")
    await desk.until(AFTER_GRACE)
    assert (await desk.post(handover_id, SIGN, officer("o-1"), NOTICE)).status_code == 202


async def test_for_a_voluntary_person_it_is_refused_for_ever(desk: Bench) -> None:
    handover_id = await desk.released(ordered=False, basis="AGREEMENT", order_expected="N")
    await desk.until(day("04-20"))
    assert await refusal(desk, handover_id, officer("o-1")) == (409, "voluntary_person")
    assert await outward(desk) == []


async def test_an_order_that_is_only_expected_is_no_ground(desk: Bench) -> None:
    handover_id = await desk.released(ordered=False)
    await desk.until(day("04-20"))
    assert await refusal(desk, handover_id, officer("o-1")) == (409, "order_not_served")


@pytest.mark.parametrize(
    ("actor", "code"),
    [
        (worker(), "actor_not_allowed"),
        (Actor("o", "COMMUNITY_POLICE", "A04-POLICE"), "actor_not_allowed"),
        (officer("o", "A01-S003-STREET"), "not_your_organisation"),
    ],
)
async def test_only_the_executing_street_may_sign(desk: Bench, actor: Actor, code: str) -> None:
    handover_id = await desk.released()
    await desk.until(AFTER_GRACE)
    assert await refusal(desk, handover_id, actor) == (403, code)


async def test_every_signature_and_refusal_is_audited(desk: Bench) -> None:
    handover_id = await desk.released()
    await refusal(desk, handover_id, officer("o-1"))
    await desk.until(AFTER_GRACE)
    for name in ("o-1", "o-1", "o-2"):
        await desk.post(handover_id, SIGN, officer(name), NOTICE)
    rows = await desk.rows("select actor, outcome, code from audit where record = $1 order by position", SIGN)
    assert [tuple(row) for row in rows] == [
        ("o-1", "refused", "deadline_not_passed"),
        ("o-1", "pending", ""),
        ("o-1", "refused", "two_officials_required"),
        ("o-2", "accepted", ""),
    ]


@pytest.mark.parametrize("kind", ["SourceSequenceGap", "DisputeRaised"])
async def test_while_facts_are_missing_or_disputed_nobody_may_sign(desk: Bench, kind: str) -> None:
    handover_id = await desk.released()
    data = {"source": CENTRE, "from_seq": 1, "to_seq": 2} if kind == "SourceSequenceGap" else {"kind": "CORRECT"}
    await desk.fact(kind, **data)
    await desk.until(AFTER_GRACE)
    assert await refusal(desk, handover_id, officer("o-1")) == (409, "facts_waiting")


async def test_while_a_message_of_the_person_is_blocked_nobody_may_sign(desk: Bench) -> None:
    handover_id = await desk.released()
    told = {"reason": "SCHEMA", "original_id": "01X", "parked_id": "01PARKED"}
    await desk.fact("EventParked", blocking=False, **told)
    await desk.until(AFTER_GRACE)
    await desk.fact("EventParked", blocking=True, **told)
    assert await refusal(desk, handover_id, officer("o-1")) == (409, "facts_waiting")
    await desk.fact("EventReleased", blocking=True, outcome="RETRIED", **told)
    assert (await desk.post(handover_id, SIGN, officer("o-1"), NOTICE)).status_code == 202


async def test_a_late_report_and_a_recall_each_leave_one_note(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(AFTER_GRACE)
    for name in ("o-1", "o-2"):
        await desk.post(handover_id, SIGN, officer(name), NOTICE)
    data = {"at": AFTER_GRACE.isoformat(), "excuse_code": "ILL"}
    assert (await desk.post(handover_id, "PersonReported", worker(), data)).json()["state"] == "REPORTED"
    assert await outward(desk) == ["StatutoryNoticeSent", "LateReportNoteSent"]
    (row,) = await desk.rows("select event_id, type, data from events where type like '%.LateReportNoteSent.v1'")
    assert row["data"]["excuse"]["alg"] == "A256GCM"
    await desk.fact("OrderRevoked", order_no="O-1", reason="ERROR")
    assert (await outward(desk)).count("StatutoryRecallSent") == 0


async def test_the_clear_facts_of_a_notice_rest_nowhere(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(AFTER_GRACE)
    for name in ("o-1", "o-2"):
        await desk.post(handover_id, SIGN, officer(name), NOTICE)
    for table in ("events", "steps", "sagas", "audit", "idempotency"):
        assert not await desk.rows(f"select 1 from {table} t where t::text like '%2 calls%'"), table


async def test_while_a_centre_s_messages_are_missing_nobody_may_sign_for_its_people(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(AFTER_GRACE)
    hole: dict[str, Any] = {"person_ref": None, "from_seq": 7, "to_seq": 9}
    await desk.fact("SourceSequenceGap", source="A-CENTRE-2", **hole)
    await desk.fact("SourceSequenceGap", source=CENTRE, **hole)
    assert await refusal(desk, handover_id, officer("o-1")) == (409, "facts_waiting")
    await desk.fact("SourceSequenceGap", source=CENTRE, closed=True, **hole)
    assert (await desk.post(handover_id, SIGN, officer("o-1"), NOTICE)).status_code == 202


async def test_both_officials_may_sign_what_they_read_at_the_same_version(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(AFTER_GRACE)
    read = f'"{(await desk.seen(handover_id))["version"]}"'
    first = await desk.post(handover_id, SIGN, officer("o-1"), NOTICE, If_Match=read)
    assert f'"{first.json()["version"]}"' == read
    second = await desk.post(handover_id, SIGN, officer("o-2"), NOTICE, If_Match=read)
    assert (second.status_code, second.json()["state"]) == (200, "STATUTORY_NOTIFIED")


async def test_the_second_official_can_only_sign_what_the_first_did(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(AFTER_GRACE)
    await desk.post(handover_id, SIGN, officer("o-1"), NOTICE)
    other = {**NOTICE, "facts": {"order_no": "O-1", "attempts_summary": "3 calls"}}
    answer = await desk.post(handover_id, SIGN, officer("o-2"), other)
    assert (answer.status_code, answer.json()["code"]) == (409, "two_officials_required")
    assert await outward(desk) == []
    for table in ("sagas", "steps"):
        assert not await desk.rows(f"select 1 from {table} t where t::text like '%2 calls%'"), table
    assert (await desk.post(handover_id, SIGN, officer("o-2"), NOTICE)).status_code == 200


async def test_what_a_notice_tells_each_recipient_is_in_the_ledger_in_the_same_transaction(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(AFTER_GRACE)
    await desk.post(handover_id, SIGN, officer("o-1"), NOTICE)
    assert await desk.rows("select 1 from events where type like '%.DisclosureMade.v1'") == []
    await desk.post(handover_id, SIGN, officer("o-2"), NOTICE)
    (sent,) = await desk.rows("select event_id, data from events where stream_id like 'statutory-%'")
    ledger = await desk.rows("select data from events where type like '%.DisclosureMade.v1' order by position")
    assert [row["data"]["recipient"] for row in ledger] == sent["data"]["recipients"] != []
    assert {(*row["data"]["field_groups"], row["data"]["event_id"]) for row in ledger} == {
        ("F7", "F21", sent["event_id"])
    }


def test_a_message_that_tells_more_than_the_matrix_allows_never_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    told = LateReportNoteSent(person_ref="p", handover_id="h", notice_no="S-1", recipients=("A04-POLICE",))
    assert statutory.disclosed_by(Saga("h", "p"), told) == ("F21",)
    monkeypatch.setattr(statutory, "groups_of", lambda _name: frozenset({"F21", "F17"}))
    with pytest.raises(statutory.NeverSend):
        statutory.disclosed_by(Saga("h", "p"), told)
