"""Declines across districts on a running hub, over topics and HTTP: somebody answers at every instant (X-09)."""

from __future__ import annotations

from typing import Any

from services.kernel.tokens import Actor
from tests.support.centre import Centre, inmate
from tests.support.running_hub import Hub

FIRST, SECOND, THIRD, CHOSEN = "A04-S011", "A06-S002", "A01-S003", "A02-S001"
CITY_LEAD = Actor("city-1", "CITY_LEAD", "A", None)


def lead(org: str) -> Actor:
    return Actor("lead-1", "STATION_LEAD", org, None)


def district_lead(org: str) -> Actor:
    return Actor("district-1", "DISTRICT_LEAD", org, None)


def status(hub: Hub, path: str, actor: Actor) -> int:
    with hub.client(actor) as http:
        return http.get(path).status_code


def seen(hub: Hub, handover_id: str) -> dict[str, Any]:
    found: dict[str, Any] = hub.get(f"/handovers/{handover_id}")
    return found


def inbox(hub: Hub, org: str, handover_id: str) -> list[str]:
    items = hub.get(f"/stations/{org}/inbox")["items"]
    return [item["action"] for item in items if item["handover_id"] == handover_id]


def record(hub: Hub, handover_id: str, actor: Actor, kind: str, **data: Any) -> tuple[int, str]:  # noqa: ANN401
    answer = hub.post(f"/handovers/{handover_id}/records", {"type": kind, "data": data}, actor)
    hub.settle()
    return answer.status_code, answer.json().get("code", "")


def decline(hub: Hub, handover_id: str, station: str, proposed: str) -> None:
    data = {"reason": "WRONG_JURISDICTION", "proposed_station": proposed}
    assert record(hub, handover_id, lead(station), "HandoverDeclined", **data) == (200, "")


def sees_nothing(hub: Hub, person_ref: str, handover_id: str, station: str) -> bool:
    paths = (f"/handovers/{handover_id}", f"/people/{person_ref}/timeline")
    return all(status(hub, path, lead(station)) == 404 for path in paths) and not inbox(hub, station, handover_id)


async def test_three_wrong_stations_in_three_districts_and_the_city_decides(hub: Hub) -> None:
    centre = Centre(hub)
    who = inmate()
    await centre.announce(who)
    found = centre.handover(who)
    handover_id, person_ref = found["handover_id"], found["person_ref"]
    assert (found["station"], found["accountable"]) == (FIRST, "A04")

    decline(hub, handover_id, FIRST, SECOND)
    assert (seen(hub, handover_id)["state"], seen(hub, handover_id)["station"]) == ("OFFERED", SECOND)
    assert seen(hub, handover_id)["accountable"] == "A06"
    assert sees_nothing(hub, person_ref, handover_id, FIRST)
    assert inbox(hub, SECOND, handover_id) == ["accept"]

    decline(hub, handover_id, SECOND, THIRD)
    assert seen(hub, handover_id)["accountable"] == "A01"
    assert sees_nothing(hub, person_ref, handover_id, SECOND)

    decline(hub, handover_id, THIRD, CHOSEN)
    after = seen(hub, handover_id)
    assert (after["state"], after["accountable"]) == ("NOTICED", "A01")
    assert inbox(hub, "A", handover_id) == ["assign_station"]
    assert inbox(hub, CHOSEN, handover_id) == inbox(hub, "A01", handover_id) == []
    assert sees_nothing(hub, person_ref, handover_id, THIRD)

    own = record(hub, handover_id, district_lead("A01"), "DistrictAssigned", station_id=CHOSEN)
    assert own == (403, "not_your_organisation")
    assert record(hub, handover_id, CITY_LEAD, "DistrictAssigned", station_id=CHOSEN) == (200, "")
    last = seen(hub, handover_id)
    assert (last["state"], last["station"], last["accountable"]) == ("ACCEPTED", CHOSEN, CHOSEN)
    assert status(hub, f"/handovers/{handover_id}", lead(CHOSEN)) == 200
    names = hub.timeline(person_ref)
    assert (names.count("HandoverDeclined"), names.count("HandoverReoffered"), names.count("RoutingEscalated")) == (
        3,
        2,
        1,
    )


async def test_x13_nobody_knows_where_so_the_city_alone_is_asked(hub: Hub) -> None:
    centre = Centre(hub)
    who = inmate()
    nowhere = who.identity() | {"hukou_div": "", "residence_div": ""}
    notice = who.notice() | {"identity": centre.sealed(nowhere)}
    await centre.publish(who, "ReleaseNoticeReceived", notice, f"notice-{who.notice_no}")
    hub.settle()
    found = centre.handover(who)
    assert (found["state"], found["accountable"]) == ("NOTICED", "A")
    stations = [FIRST, SECOND, THIRD, CHOSEN, "A04", "A06"]
    assert [org for org in ["A", *stations] if inbox(hub, org, found["handover_id"])] == ["A"]
    assert all(status(hub, f"/handovers/{found['handover_id']}", lead(org)) == 404 for org in stations[:4])
