"""Records that end in a running hub: sealed they read like nobody, deleted they are gone for good."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from services.kernel.tokens import Actor
from tests.support import finish
from tests.support.centre import Centre, Inmate, inmate
from tests.support.running_hub import OPS, Hub

CENTRE: Final = "A-CENTRE-1"
DISTRICT = Actor("district-1", "DISTRICT_LEAD", "A04")
OTHER_DISTRICT = Actor("district-2", "DISTRICT_LEAD", "A01")
LEAD = Actor("lead-1", "STATION_LEAD", "A04-S011")
AUDITORS = (Actor("auditor-1", "AUDITOR", ""), Actor("auditor-2", "AUDITOR", ""))
PAPER = {"ground": "SUPERVISION_18", "document_no": "SYN-D-1"}
AT_ONCE: Final = 4
NOBODY: Final = "01KJP0Y9M0D7GSA999GGYCB06W"


def ended(hub: Hub, who: Inmate) -> dict[str, Any]:
    """The handover of a voluntary person who withdrew everything: their record may be sealed at once."""
    centre = Centre(hub)
    notice = who.notice(basis="AGREEMENT", order_expected="N") | {"identity": centre.sealed(who.identity())}
    finish(centre.publish(who, "ReleaseNoticeReceived", notice, f"notice-{who.notice_no}"))
    hub.settle()
    found = centre.handover(who)
    person = Actor(found["person_ref"], "PERSON", "")
    for kind, by, data in (
        ("HandoverAccepted", LEAD, {}),
        ("ConsentWithdrawn", person, {"consent_id": "ALL"}),
    ):
        answer = hub.post(f"/handovers/{found['handover_id']}/records", {"type": kind, "data": data}, by)
        assert answer.status_code == 200, answer.text
        hub.settle()
    return found


def test_a_record_whose_time_has_come_is_put_before_its_district_and_sealed_there(hub: Hub) -> None:
    found = ended(hub, inmate())
    person_ref = found["person_ref"]
    hub.post("/clock", {"by": "P1D"}).raise_for_status()
    hub.settle()
    [task] = [each for each in hub.get("/stations/A04/inbox", DISTRICT)["items"] if each["person_ref"] == person_ref]
    assert (task["action"], task["role"], task["state"]) == ("confirm_sealing", "DISTRICT_LEAD", "SEAL_ELIGIBLE")
    assert hub.post(f"/people/{person_ref}/sealing", {}, OTHER_DISTRICT).status_code == 404
    said = hub.runs("seal", person_ref, "--by", "A04/district-1")
    assert said.lines[-1] == {"kind": "seal", "person_ref": person_ref, "state": "SEALED"}, said.stderr
    hub.settle()
    assert hub.get("/stations/A04/inbox", DISTRICT)["items"] == []
    assert hub.runs("verify").code == 0


@pytest.fixture(scope="module")
def sealed(hub: Hub) -> dict[str, Any]:
    """Somebody whose record is sealed."""
    who = inmate()
    found = ended(hub, who) | {"who": who}
    hub.post(f"/people/{found['person_ref']}/sealing", {}, DISTRICT).raise_for_status()
    hub.settle()
    return found


def test_notices_and_sealings_at_once_lose_nobody(hub: Hub) -> None:
    people = [inmate() for _ in range(AT_ONCE)]
    refs = {who.notice_no: ended(hub, who)["person_ref"] for who in people}
    with ThreadPoolExecutor(2 * AT_ONCE) as both:
        told = [both.submit(announced_again, hub, who) for who in people]
        sealings = [both.submit(hub.post, f"/people/{ref}/sealing", {}, DISTRICT) for ref in refs.values()]
        assert {each.result() for each in told} == {"accepted"}
        assert {each.result().status_code for each in sealings} <= {200, 409}
    hub.settle()
    for who in people:
        assert len(hub.handovers(CENTRE, f"{who.notice_no}B")) == 1, refs[who.notice_no]


def announced_again(hub: Hub, who: Inmate) -> str:
    """The outcome of a second notice about the same person."""
    again = who.notice(basis="AGREEMENT", order_expected="N", notice_no=f"{who.notice_no}B")
    told = hub.post("/intake/notices", again | {"identity": who.identity()}, Actor("s", "DETOX_CENTRE", CENTRE))
    return str(told.json()["outcome"])


def test_one_operator_ends_no_record_and_learns_nothing(hub: Hub) -> None:
    found, one, two = ended(hub, inmate()), Actor("ops-1", "OPS", ""), Actor("ops-2", "OPS", "")
    for door, body, done in (("sealing", {}, "SEALED"), ("erasure", {"ground": "PERIOD_OVER"}, "DELETED")):
        for person_ref in (NOBODY, found["person_ref"]):
            noted = hub.post(f"/people/{person_ref}/{door}", body, one)
            assert (noted.status_code, noted.json()) == (202, {"state": "PENDING"})
        again = hub.post(f"/people/{found['person_ref']}/{door}", body, one)
        assert (again.status_code, again.json()["code"]) == (409, "two_officials_required")
        assert hub.post(f"/people/{NOBODY}/{door}", body, two).status_code == 404
        assert hub.post(f"/people/{found['person_ref']}/{door}", body, two).json() == {"state": done}
    said = hub.runs("seal", found["person_ref"], "--by", "/ops-3")
    assert said.lines[-1]["state"] == "PENDING"


@pytest.mark.parametrize(
    ("door", "body", "actor"),
    [
        ("people/{}/erasure", {"ground": "合成示例 住 某路1号"}, DISTRICT),
        ("sealed/{}/reads", PAPER | {"ground": "合成示例家属"}, AUDITORS[0]),
        ("sealed/{}/reads", PAPER | {"document_no": "合成示例家属来函"}, AUDITORS[0]),
        ("sealed/{}/reads", PAPER | {"document_no": "SYN-13800000000"}, AUDITORS[0]),
        ("sealed/{}/reads", PAPER | {"untold": "合成示例"}, AUDITORS[0]),
    ],
)
def test_grounds_and_numbers_of_papers_are_codes(hub: Hub, door: str, body: dict[str, Any], actor: Actor) -> None:
    answer = hub.post(f"/{door.format(NOBODY)}", body, actor)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_data")


def test_the_same_number_is_somebody_new_who_is_tied_to_nobody(hub: Hub, sealed: dict[str, Any]) -> None:
    who = sealed["who"]
    finish(Centre(hub).announce(who, "once-more"))
    [again] = hub.handovers(CENTRE, who.notice_no)
    assert again["person_ref"] != sealed["person_ref"]
    assert sealed["person_ref"] not in str(hub.get(f"/trace/{who.notice_no}", OPS))


def test_two_officials_read_a_sealed_record_for_a_day(hub: Hub, sealed: dict[str, Any]) -> None:
    place, (first, second) = f"/sealed/{sealed['person_ref']}", AUDITORS
    assert hub.post(f"/sealed/{NOBODY}/reads", PAPER, first).status_code == 202
    assert hub.post(f"{place}/reads", PAPER, first).status_code == 202
    again = hub.post(f"{place}/reads", PAPER, first)
    assert (again.status_code, again.json()["code"]) == (409, "two_officials_required")
    elsewhere = hub.post(f"{place}/reads", PAPER, Actor(first.name, "AUDITOR", "A"))
    assert elsewhere.json()["code"] == "two_officials_required"
    assert hub.post(f"/sealed/{NOBODY}/reads", PAPER, second).status_code == 404
    granted = hub.post(f"{place}/reads", PAPER, second)
    assert granted.status_code == 200, granted.text
    groups = hub.get(place, first)["groups"]
    assert groups["F3"]["resident_id"] == sealed["who"].resident_id
    with hub.client(Actor("auditor-3", "AUDITOR", "")) as stranger:
        assert stranger.get(place).status_code == 404
    hub.settle()
    hub.post("/clock", {"by": "P1D"}).raise_for_status()
    with hub.client(first) as late:
        assert late.get(place).status_code == 404
