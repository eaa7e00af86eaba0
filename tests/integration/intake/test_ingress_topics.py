"""The `in.*` topics through a real broker: every message is answered, nothing is held that must not be."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.centre import CENTRE, MORNING, Centre, headers, inmate
from tests.support.running_hub import Hub

MARKER = "泄漏标记9c41"
ORGAN = "A-POLICE-DECISION"


@pytest.fixture
def centre(hub: Hub) -> Centre:
    return Centre(hub)


async def test_a_notice_with_an_encrypted_identity_is_accepted_and_answered_once_each(centre: Centre) -> None:
    who = inmate()
    await centre.announce(who, "m-same")
    await centre.announce(who, "m-same")
    await centre.announce(who, "m-other")
    assert await centre.answers(who) == [
        ("accepted", "", "offered"),
        ("duplicate", "same_message", ""),
        ("duplicate", "", ""),
    ]
    told = await centre.hub.receipts(who.key)
    assert [(each["message_id"], each["notice_no"], each["org"]) for each in told] == [
        ("m-same", who.notice_no, CENTRE),
        ("m-same", who.notice_no, CENTRE),
        ("m-other", who.notice_no, CENTRE),
    ]
    assert (centre.handover(who)["state"], centre.handover(who)["station"]) == ("OFFERED", "A04-S011")
    assert who.resident_id not in await centre.hub.stored()
    assert who.name not in await centre.hub.stored()


async def test_a_plain_identity_is_quarantined_and_nothing_of_it_is_stored(centre: Centre) -> None:
    who = inmate()
    plain = who.notice(identity=who.identity() | {"name": MARKER})
    place = await centre.publish(who, "ReleaseNoticeReceived", plain, "m-plain")
    assert await centre.answers(who) == [("quarantined", "plain_identity", "")]
    stored = await centre.hub.stored()
    assert place.split("/")[0] in stored
    assert [word for word in (MARKER, who.resident_id) if word in stored] == []
    [parked] = centre.hub.parked(place)
    assert (parked["consumer"], parked["reason"], parked["blocking"]) == ("intake.ingress", "plain_identity", False)
    async with centre.hub.database() as db:
        row = await db.fetchrow("select * from intake.quarantined where id = $1", parked["id"])
    assert row
    assert f"{row['topic']}/{row['partition']}/{row['offset']}" == place
    assert (len(row["sha256"]), row["fields"]) == (64, ["identity"])
    on_hub = await centre.hub.records("hub.parked.v1", "out.detox.v1", "hub.intake.v1")
    assert not any(MARKER.encode() in (record.value or b"") for record in on_hub)


async def test_what_cannot_be_read_is_quarantined_while_its_key_and_the_others_go_on(centre: Centre) -> None:
    hub, who, other = centre.hub, inmate(), inmate()
    good = json.dumps(who.notice() | {"identity": centre.sealed(who.identity())}).encode()
    named = "ReleaseNoticeReceived"
    key = who.key.encode()
    bad: dict[str, tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]] = {
        "type_unknown": (key, good, headers("Unheard", "m-1")),
        "payload_unreadable": (key, b'{"notice_no": ' + MARKER.encode(), headers(named, "m-2")),
        "header_null": (key, good, headers(named, "m-3", time=None)),
        "header_not_utf8": (key, good, headers(named, "m-4", time=b"\xff\xfe")),
        "key_mismatch": (f"A-CENTRE-2/{who.notice_no}".encode(), good, headers(named, "m-5")),
        "organisation_unknown": (key, good, headers(named, "m-6", source=b"Z-CENTRE")),
        "header_missing": (key, good, []),
    }
    places = {reason: await hub.send("in.detox.v1", *record) for reason, record in bad.items()}
    places["key_mismatch "] = await hub.send("in.detox.v1", None, good, headers(named, "m-7"))
    places["key_mismatch  "] = await hub.send("in.detox.v1", b"\xff\xfe", good, headers(named, "m-8"))
    await centre.announce(who)
    await centre.announce(other)
    found = {reason: [each["reason"] for each in hub.parked(place)] for reason, place in places.items()}
    assert found == {reason: [reason.strip()] for reason in places}
    assert (await centre.answers(who))[-1] == (await centre.answers(other))[-1] == ("accepted", "", "offered")
    assert centre.handover(who)["state"] == centre.handover(other)["state"] == "OFFERED"
    assert MARKER not in await hub.stored()


async def test_an_operator_sees_what_is_quarantined_tries_it_again_and_drops_it(centre: Centre) -> None:
    hub, who = centre.hub, inmate()
    place = await hub.send("in.detox.v1", who.key.encode(), b"{", headers("PersonReleased", "m-bad"))
    hub.settle()
    [line] = [each for each in hub.runs("parked", "list").lines if each["key"] == place]
    assert set(line) == {"kind", "id", "consumer", "key", "reason", "blocking", "since", "waiting"}
    again = hub.runs("parked", "retry", line["id"])
    assert (again.code, again.lines[-1]["released"], again.lines[-1]["attempts"]) == (1, False, 2)
    assert hub.parked(place)
    dropped = hub.runs("parked", "discard", line["id"], "--reason", "centre sends it anew")
    assert (dropped.code, dropped.lines[-1]["released"]) == (0, True)
    assert hub.parked(place) == []
    assert hub.post(f"/parked/{line['id']}/retry", {}).json()["code"] == "not_found"
    hub.settle()
    told = [
        json.loads(record.value) for record in await hub.records("hub.parked.v1") if line["id"].encode() in record.value
    ]
    assert [each.get("outcome") for each in told] == [None, "DISCARDED"]
    assert told[-1]["discard_reason"] == "centre sends it anew"


async def test_a_release_that_comes_before_its_notice_waits_and_follows_it(centre: Centre) -> None:
    who = inmate()
    await centre.publish(who, "PersonReleased", who.release(), f"released-{who.notice_no}")
    assert await centre.answers(who) == [("waiting", "", "")]
    assert centre.hub.handovers(CENTRE, who.notice_no) == []
    await centre.announce(who)
    assert (await centre.answers(who))[1:] == [("accepted", "", "offered")]
    handover = centre.handover(who)
    told = [
        record for record in await centre.hub.records("hub.intake.v1") if record.key == handover["person_ref"].encode()
    ]
    names = [dict(record.headers)["ce_type"].decode().split(".")[-2] for record in told]
    assert names == ["PersonRegistered", "ReleaseNoticeReceived", "JurisdictionResolved", "PersonReleased"]
    assert handover["deadline"] is not None


async def test_a_release_without_a_notice_opens_a_handover_by_its_identity(centre: Centre) -> None:
    who = inmate()
    sealed = who.release() | {"identity": centre.sealed(who.identity())}
    await centre.publish(who, "PersonReleased", sealed, f"released-{who.notice_no}")
    assert await centre.answers(who) == [("accepted", "", "")]
    person = await person_of(centre.hub, "PersonReleased", f"released-{who.notice_no}")
    [handover] = centre.hub.get("/handovers", person_ref=person)["items"]
    assert handover["state"] not in {"COMPLETED", "CLOSED"}
    assert "PersonReleased" in centre.hub.timeline(person)


async def test_a_fact_that_fits_no_rule_is_set_aside_and_blocks_nothing(centre: Centre) -> None:
    hub, who = centre.hub, inmate()
    await centre.announce(who)
    await centre.publish(who, "PersonReleased", who.release(), f"released-{who.notice_no}")
    hub.settle()
    before = centre.handover(who)
    moved = {"notice_no": who.notice_no, "revision": 2, "new_date": "2026-03-25", "reason": "EARLY"}
    await centre.publish(who, "ReleaseDateChanged", moved, "m-moved")
    hub.settle()
    [parked] = hub.parked(before["person_ref"])
    assert (parked["consumer"], parked["blocking"], parked["waiting"]) == ("handover.facts", False, 0)
    paper = {"notice_no": who.notice_no, "doc_type": "RELEASE_CERTIFICATE", "doc_no": "SYN-1", "sha256": "0" * 64}
    await centre.publish(who, "DocumentDelivered", paper, "m-paper")
    hub.settle()
    assert "DocumentDelivered" in hub.timeline(before["person_ref"])
    assert centre.handover(who)["state"] == before["state"]
    assert hub.post(f"/parked/{parked['id']}/retry", {}).json()["released"] is False
    assert hub.post(f"/parked/{parked['id']}/discard", {"reason": "superseded"}).json()["released"] is True
    assert hub.parked(before["person_ref"]) == []


async def test_an_order_over_the_authorities_topic_reaches_the_handover_of_the_notice(centre: Centre) -> None:
    hub, who = centre.hub, inmate()
    await centre.announce(who)
    order: dict[str, Any] = {
        "source": CENTRE,
        "notice_no": who.notice_no,
        "order_kind": "CRH",
        "order_no": f"O-{who.notice_no}",
        "served_at": MORNING,
        "term_months": 36,
        "executing_street": "A04-S011-STREET",
    }
    key = f"{ORGAN}/{order['order_no']}"
    said = headers("OrderServed", "m-order", source=ORGAN.encode())
    await hub.send("in.authority.v1", key.encode(), json.dumps(order).encode(), said)
    hub.settle()
    answers = [json.loads(record.value) for record in await hub.records("out.detox.v1") if record.value]
    [receipt] = [answer for answer in answers if answer["message_id"] == "m-order"]
    assert (receipt["outcome"], receipt["document_no"], receipt["notice_no"]) == ("accepted", None, None)
    assert await hub.receipts(key) == []  # an order's number is class P3
    assert centre.handover(who)["track"] == "ORDERED"


async def person_of(hub: Hub, name: str, message_id: str) -> str:
    """Whom the event is about that a message caused."""
    for record in await hub.records("hub.intake.v1"):
        said = dict(record.headers)
        if said["ce_type"].decode().split(".")[-2] == name and said.get("ce_causationid") == message_id.encode():
            return str(json.loads(record.value)["person_ref"])
    raise AssertionError(name)


async def test_a_centre_is_asked_after_a_day_for_a_notice_that_a_fact_names(centre: Centre) -> None:
    who = inmate()
    await centre.publish(who, "PersonReleased", who.release(), "m-early")
    assert await centre.answers(who) == [("waiting", "", "")]
    for by in ("PT23H", "PT1H", "P1D"):
        assert centre.hub.post("/clock", {"by": by}).status_code == 200
    assert await centre.answers(who) == [("waiting", "", ""), ("waiting", "notice_missing", "")]
    await centre.announce(who)
    assert (await centre.answers(who))[-1] == ("accepted", "", "offered")
    assert centre.handover(who)["state"] == "AWAITING_REPORT"
