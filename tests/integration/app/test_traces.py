"""A-29: an operator's trace of a rich story shows its process, nothing of P2 or P3; a granted deletion is whole."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from services.kernel.tokens import Actor
from services.reference.organisations import load_city
from tests.support.centre import Centre, inmate
from tests.support.running_hub import OPS, Hub

STATION = "A04-S011"
ORGAN = Actor("organ-9", "DECISION_ORGAN", load_city("a").of_type("POLICE_DECISION")[0].org_id, None)
LEAD = Actor("lead-9", "STATION_LEAD", STATION, None)
WORKER = Actor("worker-9", "WORKER", STATION, None)
DISTRICT = Actor("district-9", "DISTRICT_LEAD", "A04", None)
ORDER = {"order_kind": "CRH", "order_no": "SYN-ORDER-7781", "served_at": "2026-03-02T08:00:00+08:00"}
TOLD: list[tuple[Actor, str, dict[str, Any]]] = [
    (ORGAN, "OrderServed", ORDER),
    (ORGAN, "DocumentDelivered", {"doc_type": "ORDER_COPY", "doc_no": "SYN-DOC-7782", "sha256": "0" * 64}),
    (LEAD, "HandoverAccepted", {}),
    (LEAD, "WorkerAssigned", {"worker_ref": "worker-9"}),
    (WORKER, "SupportLevelSet", {"level": "FOCUS", "reason_codes": ["HARDSHIP_7783"]}),
    (WORKER, "NeedsAssessed", {"needs": [{"type": "HOUSING_7784"}]}),
    (WORKER, "HoldPlaced", {"reason": "MEDICAL"}),
]
SEALED = ("SYN-ORDER-7781", "SYN-DOC-7782", "HARDSHIP_7783", "HOUSING_7784", "SYN-C-")


def leaves(value: object) -> Iterator[str]:
    """Every name and value of an answer."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from (str(name), *leaves(inner))
        case list():
            for inner in value:
                yield from leaves(inner)
        case _:
            yield str(value)


def forms(clear: str) -> set[str]:
    """A value as text, and as what may hide it."""
    raw = clear.encode()
    return {clear, base64.b64encode(raw).decode().rstrip("="), raw.hex(), clear.encode("utf-16-le").hex()}


async def test_a_trace_of_a_rich_story_holds_its_process_and_nothing_of_the_person(hub: Hub) -> None:
    who, centre = inmate(), Centre(hub)
    await centre.announce(who)
    handover = centre.handover(who)
    path = f"/handovers/{handover['handover_id']}"
    for actor, kind, data in TOLD:
        assert hub.post(f"{path}/records", {"type": kind, "data": data}, actor).status_code == 200, kind
    await centre.publish(who, "PersonReleased", who.release(), "release-rich")
    hub.settle()

    ids = [handover["handover_id"], handover["person_ref"], who.notice_no]
    traces = [hub.get(f"/trace/{any_id}") for any_id in ids]
    traces += [hub.get(f"/trace/{event['event_id']}") for event in traces[0]["events"]]
    view = hub.get(path)
    assert traces[0]["waiting_for"]["state"] == view["state"] == "AWAITING_REPORT"
    assert {kind for _, kind, _ in TOLD} | {"PersonReleased", "TimerScheduled"} <= {
        event["type"] for event in traces[0]["events"]
    }
    assert all(timer["policy_key"] and timer["calendar_version"] for timer in view["timers"])
    timeline = hub.get(f"/people/{handover['person_ref']}/timeline", OPS, timers="1")
    assert {item["summary"] for item in timeline["items"]} == {""}

    personal = {form for clear in (*who.identity().values(), *SEALED) if len(clear) > 1 for form in forms(clear)}
    shown = [leaf for answer in (*traces, view, timeline) for leaf in leaves(answer)]
    assert [leaf for leaf in shown if any(form in leaf for form in personal)] == []
    assert not any(leaf in {"ct", "nonce", "kid"} or leaf.startswith("vault://") for leaf in shown)


async def test_a_granted_request_to_delete_is_done_and_leaves_the_chains_whole(hub: Hub) -> None:
    who, centre = inmate(), Centre(hub)
    notice = who.notice(basis="AGREEMENT", order_expected="N") | {"identity": centre.sealed(who.identity())}
    await centre.publish(who, "ReleaseNoticeReceived", notice, f"notice-{who.notice_no}")
    hub.settle()
    person = centre.handover(who)["person_ref"]
    own, path = Actor(person, "PERSON", ""), f"/people/{person}"
    asked = hub.post(f"{path}/requests", {"kind": "DELETE"}, own).json()
    answer = hub.post(f"{path}/requests/{asked['request_no']}/answer", {"outcome": "GRANTED"}, DISTRICT)
    assert answer.status_code == 200, answer.text
    hub.settle()
    with hub.client(own) as http:
        assert http.get(f"{path}/timeline").status_code == http.get(path).status_code == 404
    assert who.resident_id not in await hub.stored()
    assert hub.post("/verify/audit", {}, OPS).json()["equal"]
