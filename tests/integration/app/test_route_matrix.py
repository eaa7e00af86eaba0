"""Every route of the running hub × every role × own and other organisation × there and not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from services.app import api, openapi
from services.kernel.http import REVEALS, WATCHED
from services.kernel.tokens import Actor, Tokens
from tests.support import finish
from tests.support.centre import Centre, inmate
from tests.support.route_matrix import NOBODY, ORGANISATIONS, RECORD, ROUTES, Line
from tests.support.running_hub import Hub

LEAD = Actor("lead-1", "STATION_LEAD", "A04-S011")
ORGAN = Actor("organ-1", "DECISION_ORGAN", "A-POLICE-DECISION")
ORDER = {
    "type": "OrderServed",
    "data": {"order_kind": "CRH", "order_no": "SYN-O-1", "served_at": "2026-03-02T08:00:00+08:00"},
}
NOWHERE_NO = "01KJP0Y9M0D7GSA999GGYCB06W"
NOWHERE = {"org_id": "A99-S999", "person_ref": "01KJP0Y9M0D7GSA999GGYCB06W"}
ABOUT_PEOPLE = ("/people/{person_ref}", "/ledger", "/handovers", "/inbox", "/trace/")
SECURITY = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class World:
    """A running hub with one ordered person, accepted by their station."""

    http: httpx.Client
    tokens: Tokens
    there: dict[str, str]

    def ids(self, *, there: bool) -> dict[str, str]:
        """Path parameters of what there is, or of the same kinds where nothing is."""
        missing = self.there["person_ref"][:-4] + "0000"
        return self.there if there else dict.fromkeys(self.there, missing) | {"org_id": NOWHERE["org_id"]}


@pytest.fixture(scope="module")
def world(hub: Hub) -> Iterator[World]:
    who = inmate()
    finish(Centre(hub).announce(who))
    [found] = hub.handovers("A-CENTRE-1", who.notice_no)
    for record, by in ((ORDER, ORGAN), ({"type": "HandoverAccepted"}, LEAD)):
        answer = hub.post(f"/handovers/{found['handover_id']}/records", record, by)
        assert answer.status_code == 200, answer.text
        hub.settle()
    ids = {name: str(found[name]) for name in ("person_ref", "handover_id")}
    with httpx.Client(base_url=hub.ready["http"], timeout=60) as http:
        yield World(
            http,
            Tokens.from_file(hub.data / "secrets" / "token-key"),
            ids | {"any_id": ids["handover_id"], "org_id": "A04-S011", "parked_id": "01NONE", "request_no": "01NONE"},
        )


def routes() -> set[str]:
    app = api.build(openapi.unconnected(), openapi.undoored())
    return {
        f"{method} {each.path}".replace(":path}", "}")
        for each in iter_route_contexts(app.routes)
        for method in each.methods or ()
    }


def test_every_route_has_a_line_and_every_line_a_route() -> None:
    assert routes() == set(ROUTES)


def test_whatever_tells_about_people_is_counted() -> None:
    app = api.build(openapi.unconnected(), openapi.undoored())
    told = {
        path: REVEALS in each.dependencies or WATCHED in each.dependencies
        for each in iter_route_contexts(app.routes)
        if "GET" in (each.methods or ()) and any(about in (path := str(each.path)) for about in ABOUT_PEOPLE)
    }
    assert {path for path, counted in told.items() if not counted} == {"/api/v1/people/{person_ref}/groups"}
    assert len(told) >= 9


@pytest.mark.parametrize("route", ROUTES)
def test_a_route_answers_each_role_as_its_line_says(world: World, route: str) -> None:
    line, wrong = ROUTES[route], []
    for role in ORGANISATIONS:
        for own, there in cases(route):
            answer = ask(world, route, role, own=own, there=there)
            assert protected(answer, route), (role, answer.headers)
            expected = line.expected(role, own=own, there=there)
            if outcome(answer) != expected:
                wrong.append((role, "own" if own else "other", "there" if there else "missing", answer.text[:200]))
    assert not wrong


@pytest.mark.parametrize("route", [route for route, line in ROUTES.items() if "{" in route and line.secret])
def test_what_is_not_ones_own_and_what_there_is_not_look_the_same(world: World, route: str) -> None:
    for role in hidden_from(ROUTES[route]):
        others = ask(world, route, role, own=False, there=True)
        nobodys = ask(world, route, role, own=False, there=False)
        assert look(others, world.ids(there=True)) == look(nobodys, world.ids(there=False)), role


def protected(answer: httpx.Response, route: str) -> bool:
    """Whether the answer carries every security header; the pages' style sheet alone may be kept."""
    expected = SECURITY | ({"cache-control": "public, max-age=3600"} if route.endswith(".css") else {})
    policy = answer.headers["content-security-policy"]
    page = answer.headers.get("content-type", "").startswith("text/html")
    strict = "script-src 'none'" in policy if page else "default-src 'none'" in policy
    return answer.headers.items() >= expected.items() and strict and "frame-ancestors 'none'" in policy


def cases(route: str) -> list[tuple[bool, bool]]:
    """Own and other; where the path or the query names something, also what there is not."""
    named = "{" in route or route == "GET /api/v1/handovers"
    return [(True, True), (False, True), *([(False, False)] if named else [])]


def hidden_from(line: Line) -> Iterator[str]:
    return (role for role in ORGANISATIONS if line.expected(role, own=False, there=True) == line.else_)


def ask(world: World, route: str, role: str, *, own: bool, there: bool) -> httpx.Response:
    method, _, path = route.partition(" ")
    line, ids = ROUTES[route], world.ids(there=there)
    query = {"person_ref": ids["person_ref"]} if path == "/api/v1/handovers" else {}
    token = world.tokens.issue(asker(world, role, own=own))
    headers = dict(line.headers) | ({} if role == NOBODY else {"Authorization": f"Bearer {token}"})
    return world.http.request(method, path.format(**ids), params=query, json=line.body, headers=headers)


def asker(world: World, role: str, *, own: bool) -> Actor:
    org = ORGANISATIONS[role][0 if own else 1]
    name = world.there["person_ref"] if role == "PERSON" and own else f"{role.lower()}-{'own' if own else 'other'}"
    return Actor(name, role, org)


def outcome(answer: httpx.Response) -> str:
    """The status, or `empty` for an answer that holds nothing."""
    if answer.status_code == 200 and answer.headers["content-type"] == "application/json" and answer.content:
        body: Any = answer.json()
        if body.get("items", body.get("groups")) == []:
            return "empty"
    return str(answer.status_code)


def look(answer: httpx.Response, ids: dict[str, str]) -> tuple[object, ...]:
    """All that an asker can compare, without the ids that they sent themselves."""
    text = answer.text
    for each in ids.values():
        text = text.replace(each, "ID")
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status_code, text, headers, len(answer.content)


def test_a_request_that_there_is_is_answered_by_its_own_district_alone(world: World) -> None:
    place = f"/api/v1/people/{world.there['person_ref']}/requests"
    own = asker(world, "PERSON", own=True)
    filed = world.http.post(place, json={"kind": "ACCESS"}, headers=bearer(world, own)).json()["request_no"]
    answer = {"outcome": "GRANTED"}
    for role in ORGANISATIONS:
        if role in {NOBODY, "CITY_LEAD", "OPS", "AUDITOR"}:
            continue
        headers = bearer(world, asker(world, role, own=False))
        there, missing = (
            world.http.post(f"{place}/{number}/answer", json=answer, headers=headers) for number in (filed, NOWHERE_NO)
        )
        assert (there.status_code, there.text) == (404, missing.text.replace(NOWHERE_NO, filed)), role
    headers = bearer(world, asker(world, "DISTRICT_LEAD", own=True))
    assert world.http.post(f"{place}/{filed}/answer", json=answer, headers=headers).status_code == 200


def test_the_ledger_of_a_person_is_told_their_own_district_alone(world: World, hub: Hub) -> None:
    person = world.there["person_ref"]
    assert world.http.get(f"/api/v1/people/{person}", headers=bearer(world, LEAD)).status_code == 200
    hub.settle()
    told = {
        (role, own): world.http.get(
            "/api/v1/ledger", params={"person_ref": person}, headers=bearer(world, asker(world, role, own=own))
        )
        for role, own in (("AUDITOR", True), ("DISTRICT_LEAD", True), ("DISTRICT_LEAD", False), ("WORKER", True))
    }
    assert {one: outcome(answer) for one, answer in told.items()} == {
        ("AUDITOR", True): "200",
        ("DISTRICT_LEAD", True): "200",
        ("DISTRICT_LEAD", False): "empty",
        ("WORKER", True): "403",
    }


def bearer(world: World, actor: Actor) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.tokens.issue(actor)}"}


def test_a_user_signs_in_with_the_password_that_the_command_showed(world: World, hub: Hub) -> None:
    [shown] = hub.runs("password", "station_lead@A04-S011").lines
    with httpx.Client(base_url=hub.ready["http"], timeout=60) as browser:
        origin = {"Origin": hub.ready["http"]}
        form = {"with": "local", "name": shown["name"], "password": shown["password"]}
        assert browser.post("/auth/sign-in", data=form, headers=origin).status_code == 303
        told = browser.get(f"/api/v1/people/{world.there['person_ref']}")
        assert (told.status_code, told.json()["stage"]) == (200, "accepted")
        record = f"/api/v1/handovers/{world.there['handover_id']}/records"
        assert browser.post(record, json=RECORD, headers=origin).json()["code"] == "csrf"
        own = origin | {"X-CSRF-Token": browser.get("/auth/session").json()["csrf"], "If-Match": '"999"'}
        assert browser.post(record, json=RECORD, headers=own).json()["code"] == "version_conflict"
    assert shown["password"] not in (hub.data / "up.log").read_text("utf-8")
