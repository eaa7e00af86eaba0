"""What comes over `in.*` topics: each message is answered once, and nothing that must not be held is held."""

from __future__ import annotations

import json
from typing import Any

import pytest

from schemas import registry
from services.intake.walk_ins import WalkIns
from services.kernel.records import Quarantine, RawMessage
from services.kernel.tokens import Actor
from tests.service.intake.conftest import Office
from tests.service.intake.messages import (
    CENTRE,
    NOTICE,
    ORGAN,
    OTHER_CENTRE,
    RELEASED,
    SERVED,
    identity,
    message,
    resident,
    send,
)

STORED = "select data::text || meta::text from events union all select messages::text from messages"
OPENING = ["PersonRegistered", "ReleaseNoticeReceived", "JurisdictionResolved"]


async def test_a_notice_is_accepted_routed_and_answered(office: Office) -> None:
    assert await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity())) == (
        "accepted",
        "",
        "offered",
    )
    events = await office.events("person-%")
    assert [name for name, _ in events] == OPENING
    assert events[1][1]["centre_id"] == CENTRE
    assert events[2][1]["station_id"] == "A04-S011"
    name, receipt = (await office.events("receipt-%"))[0]
    assert (name, receipt["notice_no"], receipt["org"]) == ("ReceiptIssued", "N-1", CENTRE)


async def test_the_same_message_and_the_same_notice_are_duplicates(office: Office) -> None:
    raw = message(office, "ReleaseNoticeReceived", NOTICE, identity())
    assert (await send(office, raw))[0] == "accepted"
    assert await send(office, raw) == ("duplicate", "same_message", "")
    assert await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity())) == ("duplicate", "", "")
    assert await office.names() == OPENING


async def test_other_content_under_the_same_revision_is_parked_once(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    other = NOTICE | {"planned_release_date": "2026-04-02"}
    for _ in range(2):
        answer = await send(office, message(office, "ReleaseNoticeReceived", other, identity()))
        assert answer == ("conflict", "same_revision_other_content", "")
    assert [data["reason"] for _, data in await office.events("parked-%")] == ["CONFLICT"]
    assert await office.names() == OPENING


async def test_a_revision_that_names_another_person_is_a_conflict(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity(1)))
    answer = await send(office, message(office, "ReleaseNoticeReceived", NOTICE | {"revision": 2}, identity(2)))
    assert answer == ("conflict", "other_person", "")


async def test_a_revision_changes_date_and_place_and_nothing_twice(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    moved = NOTICE | {"revision": 2, "planned_release_date": "2026-03-20"}
    assert await send(office, message(office, "ReleaseNoticeReceived", moved)) == ("revised", "", "offered")
    elsewhere = moved | {"revision": 3}
    raw = message(office, "ReleaseNoticeReceived", elsewhere, identity(1, "000306005"))
    assert await send(office, raw) == ("revised", "", "external")
    assert (await office.names())[3:] == ["ReleaseDateChanged", "JurisdictionUnresolved"]
    late = message(office, "ReleaseNoticeReceived", moved)
    assert await send(office, late) == ("duplicate", "older_revision", "")


async def test_a_second_centre_is_a_second_source_of_the_same_episode(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    second = message(office, "ReleaseNoticeReceived", NOTICE | {"notice_no": "X-9"}, identity(), source=OTHER_CENTRE)
    assert (await send(office, second))[0] == "accepted"
    assert (await office.names())[3:] == ["ReleaseDateChanged"]
    late = message(office, "ReleaseNoticeWithdrawn", {"notice_no": "N-1", "reason": "TRANSFER_CENTRE"})
    assert await send(office, late) == ("rejected", "notice_superseded", "")
    by = await office.pool.fetchval("select superseded_by from notices where notice_no = 'N-1'")
    assert by == f"{OTHER_CENTRE}/X-9/1"


async def test_another_episode_is_another_notice_of_the_same_person(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    again = NOTICE | {"notice_no": "N-2", "episode_no": 2}
    await send(office, message(office, "ReleaseNoticeReceived", again, identity()))
    assert (await office.names())[3:] == ["ReleaseNoticeReceived", "JurisdictionResolved"]
    people = {data["person_ref"] for _, data in await office.events("person-%")}
    assert len(people) == 1


async def test_facts_that_come_before_their_notice_follow_it_in_order(office: Office) -> None:
    assert (await send(office, message(office, "OrderServed", SERVED, source=ORGAN)))[0] == "waiting"
    assert (await send(office, message(office, "PersonReleased", RELEASED)))[0] == "waiting"
    assert await office.names() == []
    assert (await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity())))[0] == "accepted"
    assert await office.names() == [*OPENING, "OrderServed", "PersonReleased"]
    assert (await send(office, message(office, "PersonReleased", RELEASED)))[0] == "duplicate"
    assert (await office.counts())["intake.waiting_facts"] == 0


async def test_a_waiting_fact_is_not_readable_where_it_waits(office: Office) -> None:
    await send(office, message(office, "OrderServed", SERVED | {"order_no": "ORDER-7f31c0"}, source=ORGAN))
    kept = await office.pool.fetchval("select encode(sealed, 'escape') from waiting_facts")
    assert "7f31c0" not in kept
    stored = await office.pool.fetchval("select string_agg(data::text || meta::text, '') from events")
    assert "7f31c0" not in stored


async def test_a_receipt_repeats_no_documents_number_that_a_centre_made_its_key(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    paper = {"doc_type": "RELEASE_CERTIFICATE", "doc_no": "CERT-7f31c0", "sha256": "0" * 64, "notice_no": "N-1"}
    await send(office, message(office, "DocumentDelivered", paper, key=f"{CENTRE}/CERT-7f31c0"))
    assert len(await office.receipts()) == 2
    assert "7f31c0" not in await office.every_cell()


async def test_a_release_that_carries_an_identity_opens_by_itself(office: Office) -> None:
    assert (await send(office, message(office, "PersonReleased", RELEASED, identity())))[0] == "accepted"
    assert await office.names() == ["PersonRegistered", "PersonReleased"]
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    assert (await office.names())[2:] == ["ReleaseNoticeReceived", "JurisdictionResolved"]


async def test_an_authority_finds_the_person_by_identity(office: Office) -> None:
    served = {name: value for name, value in SERVED.items() if name not in {"source", "notice_no"}}
    assert (await send(office, message(office, "OrderServed", served, identity(), source=ORGAN)))[0] == "waiting"
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    assert await office.names() == [*OPENING, "OrderServed"]
    revoked = {"order_no": "O-1", "reason": "RECONSIDERED"}
    assert (await send(office, message(office, "OrderRevoked", revoked, identity(), source=ORGAN)))[0] == "accepted"


async def test_the_same_fact_with_other_content_is_parked(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    await send(office, message(office, "OrderServed", SERVED, source=ORGAN))
    other = SERVED | {"term_months": 12}
    assert await send(office, message(office, "OrderServed", other, source=ORGAN)) == (
        "conflict",
        "same_revision_other_content",
        "",
    )
    assert (await office.names()).count("OrderServed") == 1


async def test_who_contradicted_a_waiting_fact_is_told_when_it_follows(office: Office) -> None:
    await send(office, message(office, "OrderServed", SERVED, source=ORGAN, id="m-first"))
    await send(office, message(office, "OrderServed", SERVED | {"term_months": 12}, source=ORGAN, id="m-other"))
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    assert (await office.names()).count("OrderServed") == 1
    told = [data for _, data in await office.events("receipt-%") if data["outcome"] == "conflict"]
    assert [(one["message_id"], one["org"], one["reason"]) for one in told] == [
        ("m-other", ORGAN, "same_revision_other_content")
    ]
    waited = [data for _, data in await office.events("receipt-%") if data["outcome"] == "waiting"]
    assert {one["document_no"] for one in waited} == {told[0]["document_no"]}


async def test_an_order_gives_a_notice_without_basis_its_way(office: Office) -> None:
    unfounded = NOTICE | {"basis": "NONE", "order_expected": "N"}
    assert await send(office, message(office, "ReleaseNoticeReceived", unfounded, identity())) == (
        "accepted",
        "",
        "no_basis",
    )
    await send(office, message(office, "OrderServed", SERVED, source=ORGAN))
    assert (await office.names())[2:] == ["LegalBasisMissing", "OrderServed", "JurisdictionResolved"]


async def test_a_date_may_be_changed_by_itself_and_is_completed_from_the_ledger(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    change = {"notice_no": "N-1", "revision": 2, "new_date": "2026-03-20", "reason": "EARLY"}
    assert (await send(office, message(office, "ReleaseDateChanged", change)))[0] == "accepted"
    _, data = (await office.events("person-%"))[-1]
    assert (data["old_date"], data["new_date"], data["episode_no"]) == ("2026-03-30", "2026-03-20", "1")


async def test_an_extension_and_a_withdrawal_belong_to_their_notice(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    extended = {"notice_no": "N-1", "decision_no": "D-1", "new_end_date": "2026-09-30"}
    assert (await send(office, message(office, "CidExtended", extended)))[0] == "accepted"
    withdrawn = {"notice_no": "N-1", "reason": "ERROR"}
    assert (await send(office, message(office, "ReleaseNoticeWithdrawn", withdrawn)))[0] == "accepted"
    again = message(office, "ReleaseNoticeReceived", NOTICE | {"revision": 2}, identity())
    assert (await send(office, again))[0] == "revised"
    assert (await office.names())[-2:] == ["ReleaseNoticeReceived", "JurisdictionResolved"]


BAD_ID = identity() | {"resident_id": resident()[:-1] + ("0" if resident()[-1] != "0" else "1")}


@pytest.mark.parametrize(
    ("data", "who", "said", "reason"),
    [
        ({"gps": "31.2,120.6"}, identity(), {}, "column_forbidden"),
        ({"flags": {"宗教信仰": True}}, identity(), {}, "column_forbidden"),
        ({"remark": "x"}, identity(), {}, "column_unknown"),
        ({"name": "合成甲00001"}, None, {}, "plain_identity"),
        ({"identity": {"resident_id": resident()}}, None, {}, "plain_identity"),
        ({"dsa_id": resident()}, identity(), {}, "plain_identity"),
        ({"identity": "a.b.c.d.e"}, None, {}, "identity_unreadable"),
        ({}, None, {}, "identity_missing"),
        ({}, identity() | {"wristband": "W"}, {}, "column_forbidden"),
        ({}, identity() | {"nickname": "N"}, {}, "column_unknown"),
        ({"planned_release_date": None}, identity(), {}, "payload_invalid"),
        ({"centre_id": OTHER_CENTRE}, identity(), {}, "not_your_organisation"),
        ({}, identity(), {"key": "A-CENTRE-2/N-1"}, "key_mismatch"),
        ({}, identity(), {"key": "A-CENTRE-1/N-2"}, "key_mismatch"),
        ({}, identity(), {"source": "Z-CENTRE"}, "organisation_unknown"),
        ({}, identity(), {"source": "A04-S011"}, "actor_not_allowed"),
        ({}, identity(), {"type": "cn.aftercare.intake.Unheard.v1"}, "type_unknown"),
        ({}, identity(), {"type": "cn.aftercare.intake.ReleaseNoticeReceived.v9"}, "type_unknown"),
        ({}, identity(), {"specversion": "0.3"}, "specversion_unknown"),
        ({}, identity(), {"time": "yesterday"}, "header_invalid"),
        ({}, identity(), {"srcseq": "-1"}, "header_invalid"),
        ({"notice_no": resident()}, identity(), {}, "plain_identity"),
    ],
)
async def test_what_cannot_be_taken_is_quarantined_by_reason_and_answered(
    office: Office, data: dict[str, Any], who: dict[str, Any] | None, said: dict[str, str], reason: str
) -> None:
    answer = await send(office, message(office, "ReleaseNoticeReceived", NOTICE | data, who, **said))
    assert answer == ("quarantined", reason, "")
    assert await office.names() == []


@pytest.mark.parametrize(
    ("who", "data", "reason"),
    [
        (BAD_ID, {}, "id_check_digit"),
        (identity() | {"resident_id": "1.01199E+16"}, {}, "id_format"),
        (identity(), {"revision": 0}, "revision_invalid"),
        (identity(), {"planned_release_date": "2026-02-30"}, "date_invalid"),
        (identity(), {"flags": ["其他情形"]}, "code_unknown"),
        (identity(), {"basis": "OTHER"}, "code_unknown"),
        (identity(), {"notice_no": "13800001111"}, "code_unknown"),
    ],
)
async def test_a_notice_at_fault_is_rejected_as_a_row_would_be(
    office: Office, who: dict[str, Any], data: dict[str, Any], reason: str
) -> None:
    assert await send(office, message(office, "ReleaseNoticeReceived", NOTICE | data, who)) == ("rejected", reason, "")


async def test_a_message_that_can_be_read_after_all_is_taken(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = message(office, "ReleaseNoticeReceived", NOTICE, identity())
    with monkeypatch.context() as without:
        without.delitem(registry.EVENTS, "cn.aftercare.intake.ReleaseNoticeReceived.v1")
        assert await send(office, raw) == ("quarantined", "type_unknown", "")
    assert (await send(office, raw))[0] == "accepted"
    assert await send(office, raw) == ("duplicate", "same_message", "")


async def test_a_corrected_message_under_the_same_id_is_taken(office: Office) -> None:
    for data, outcome in ((NOTICE | {"name": "x"}, "quarantined"), (NOTICE, "accepted")):
        assert (await send(office, message(office, "ReleaseNoticeReceived", data, identity(), id="m-x")))[0] == outcome


MARKED = "合成甲00007"


@pytest.mark.parametrize(
    ("data", "said", "marker"),
    [
        ({"notice_no": resident(7)}, {}, resident(7)),
        ({"notice_no": "13800001111"}, {}, "13800001111"),
        ({}, {"key": f"{CENTRE}/{MARKED}"}, MARKED),
        ({}, {"key": f"{CENTRE}/{resident(7)}"}, resident(7)),
        ({"remark": "x"}, {"id": resident(7)}, resident(7)),
        ({"remark": "x"}, {"id": MARKED}, MARKED),
    ],
)
async def test_a_persons_own_number_or_name_in_place_of_another_number_is_kept_nowhere(
    office: Office, data: dict[str, Any], said: dict[str, str], marker: str
) -> None:
    answer = await send(office, message(office, "ReleaseNoticeReceived", NOTICE | data, identity(7), **said))
    assert answer[0] in {"quarantined", "rejected"}
    assert marker not in await office.every_cell()


async def test_a_fact_about_a_notice_without_a_usable_number_does_not_wait(office: Office) -> None:
    raw = message(office, "PersonReleased", RELEASED | {"notice_no": MARKED}, key=f"{CENTRE}/C-1")
    assert await send(office, raw) == ("quarantined", "payload_invalid", "")
    assert MARKED not in await office.every_cell()


async def test_an_order_that_waits_for_a_person_follows_a_release_without_a_notice(office: Office) -> None:
    served = {name: value for name, value in SERVED.items() if name not in {"source", "notice_no"}}
    assert (await send(office, message(office, "OrderServed", served, identity(), source=ORGAN)))[0] == "waiting"
    released = {name: value for name, value in RELEASED.items() if name != "notice_no"}
    raw = message(office, "PersonReleased", released, identity(), key=f"{CENTRE}/C-1")
    assert (await send(office, raw))[0] == "accepted"
    assert await office.names() == ["PersonRegistered", "PersonReleased", "OrderServed"]
    assert (await office.counts())["intake.waiting_facts"] == 0


async def test_an_order_that_waits_for_a_person_follows_a_walk_in(office: Office) -> None:
    served = {name: value for name, value in SERVED.items() if name not in {"source", "notice_no"}}
    await send(office, message(office, "OrderServed", served, identity(), source=ORGAN))

    async def report(_person_ref: str, _actor: Actor, _data: dict[str, Any], _key: str | None) -> str:
        return "H-1"

    walk_ins = WalkIns(office.pool, office.desk, {"report": report})
    await walk_ins.report(Actor("worker", "WORKER", "A04-S011", None), {"identity": identity()}, None)
    assert await office.names() == ["PersonRegistered", "OrderServed"]
    assert (await office.counts())["intake.waiting_facts"] == 0


async def test_raw_rubbish_is_quarantined(office: Office) -> None:
    good = message(office, "ReleaseNoticeReceived", NOTICE, identity())
    rubbish = [
        RawMessage("in.detox.v1", 0, 1, good.key, None, good.headers),
        RawMessage("in.detox.v1", 0, 2, good.key, b"[" * 100_000, good.headers),
        RawMessage("in.detox.v1", 0, 3, None, good.value, good.headers),
        RawMessage("in.detox.v1", 0, 4, b"\xff\xfe", good.value, good.headers),
        RawMessage("in.detox.v1", 0, 5, good.key, good.value, (("ce_id", None),)),
        RawMessage("in.detox.v1", 0, 6, good.key, good.value, (("ce_id", b"\xff"),)),
        RawMessage("in.detox.v1", 0, 7, good.key, good.value, ()),
    ]
    for raw in rubbish:
        assert (await send(office, raw))[0] == "quarantined"


async def test_a_quarantine_names_fields_and_never_what_stood_in_them(office: Office) -> None:
    raw = message(office, "ReleaseNoticeReceived", NOTICE | {"手环编号": "WRIST-7f31c0", "宗教信仰": "禁存甲"})
    async with office.pool.acquire() as db:
        with pytest.raises(Quarantine) as caught:
            await office.door.take(db, raw)
    assert caught.value.fields == ("宗教信仰", "手环编号")
    assert "7f31c0" not in str(caught.value)


async def test_two_messages_of_one_number_at_once_give_one_notice(office: Office) -> None:
    import asyncio  # noqa: PLC0415 - only here

    raws = [message(office, "ReleaseNoticeReceived", NOTICE, identity()) for _ in range(8)]
    late = message(office, "PersonReleased", RELEASED)
    await asyncio.gather(*(send(office, raw) for raw in [late, *raws]))
    outcomes = sorted(outcome for outcome, _, _ in await office.receipts())
    assert outcomes.count("accepted") in {1, 2}
    names = await office.names()
    assert names == [*OPENING, "PersonReleased"]


async def test_no_event_field_of_ours_is_among_the_forbidden_ones() -> None:
    from schemas.registry import CURRENT  # noqa: PLC0415 - only here
    from services.intake.domain.columns import is_forbidden  # noqa: PLC0415 - only here
    from services.intake.domain.senders import SENDERS  # noqa: PLC0415 - only here

    for name in SENDERS:
        for field in CURRENT[name].model_fields:
            assert not is_forbidden(field), (name, field)
    assert json.dumps(sorted(SENDERS))


@pytest.mark.parametrize("message_id", ["N-000101199003070075", "m 0001", "notice-00012345678", "000101-19900307-0075"])
async def test_a_message_id_that_may_be_somebodys_number_is_quarantined_and_kept_nowhere(
    office: Office, message_id: str
) -> None:
    raw = message(office, "ReleaseNoticeReceived", NOTICE, identity(), id=message_id)
    assert (await send(office, raw))[:2] == ("quarantined", "header_invalid")
    assert message_id not in await stored(office)


async def test_a_trace_that_is_none_is_not_passed_on(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity(), traceparent="合成甲00001"))
    assert "合成甲00001" not in await stored(office)


async def stored(office: Office) -> str:
    """Events and remembered messages, as text."""
    async with office.pool.acquire() as db:
        rows = await db.fetch(
            "select data::text || meta::text from events union all select messages::text from messages"
        )
    return "\n".join(str(row[0]) for row in rows)


@pytest.mark.parametrize(
    ("name", "more", "said"),
    [
        ("ReleaseNoticeReceived", {"dsa_id": "协议 1"}, {}),
        ("ReleaseNoticeReceived", {}, {"key": f"{CENTRE}/{'N' * 101}"}),
        ("PersonReleased", {"revision": 99999999999}, {}),
        ("PersonReleased", {"revision": True}, {}),
        ("ReleaseNoticeReceived", {}, {"time": "9999-12-31T23:59:59Z"}),
    ],
)
async def test_content_that_does_not_fit_is_answered_and_blocks_nobody(
    office: Office, name: str, more: dict[str, Any], said: dict[str, str]
) -> None:
    body = (NOTICE if name == "ReleaseNoticeReceived" else RELEASED) | more
    assert (await send(office, message(office, name, body, identity(), **said)))[0] == "quarantined"


async def test_an_empty_agreement_is_none(office: Office) -> None:
    assert (await send(office, message(office, "ReleaseNoticeReceived", NOTICE | {"dsa_id": ""}, identity())))[0] == (
        "accepted"
    )


@pytest.mark.parametrize("revision", [3, "3"])
async def test_a_revision_is_a_number_or_its_text(office: Office, revision: object) -> None:
    for known in (1, 2):
        await send(office, message(office, "ReleaseNoticeReceived", NOTICE | {"revision": known}, identity()))
    earlier = NOTICE | {"revision": revision, "planned_release_date": "2026-03-20"}
    assert (await send(office, message(office, "ReleaseNoticeReceived", earlier)))[0] == "revised"


async def test_a_notice_whose_revision_is_no_number_is_rejected(office: Office) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    wrong = message(office, "ReleaseNoticeReceived", NOTICE | {"revision": "zwei"})
    assert (await send(office, wrong))[:2] == ("rejected", "revision_invalid")


@pytest.mark.parametrize("revision", [2, "2"])
async def test_a_facts_revision_is_a_number_or_its_text(office: Office, revision: object) -> None:
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    moved = {"notice_no": "N-1", "new_date": "2026-03-20", "reason": "EARLY"}
    for number in (1, revision):
        body = moved | {"revision": number, "new_date": f"2026-03-2{number}"}
        assert (await send(office, message(office, "ReleaseDateChanged", body)))[0] == "accepted"


async def test_a_category_that_must_never_be_held_is_quarantined_as_a_flag_too(office: Office) -> None:
    raw = message(office, "ReleaseNoticeReceived", NOTICE | {"flags": ["涉邪重点人员"]}, identity())
    assert (await send(office, raw))[:2] == ("quarantined", "column_forbidden")
    assert "涉邪" not in await stored(office)
