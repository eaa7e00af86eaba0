"""Intake's routes: who may use them, what they take, and that nothing happens twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.intake.api import Counter, routes
from services.intake.walk_ins import WalkIns
from services.kernel.clock import SystemClock
from services.kernel.http import Actor, create_api
from services.kernel.phrases import Phrases
from services.kernel.tokens import Tokens
from tests.service.intake.conftest import Office
from tests.service.intake.messages import CENTRE, NOTICE, OTHER_CENTRE, identity, message, resident, send

TOKENS = Tokens(b"k" * 32, SystemClock())
DETOX = Actor("clerk", "DETOX_CENTRE", CENTRE, None)
WORKER = Actor("worker", "WORKER", "A04-S011", None)
HUB = Actor("hub", "HUB", "", None)
CONSENT = {"consent_id": "K-1", "purpose": "AFTERCARE"}
POSTED = NOTICE | {"centre_id": CENTRE, "identity": identity()}


@pytest.fixture
async def http(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    walk_ins = WalkIns(office.pool, office.desk, office.ports)
    phrases = Phrases.load("services.kernel", "services.intake")
    app: FastAPI = create_api(
        "test", [routes(Counter(office.pool, office.desk, office.key, walk_ins))], phrases, TOKENS
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1") as client:
        yield client


async def post(
    http: httpx.AsyncClient, path: str, body: object, actor: Actor | None, key: str | None = None
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {TOKENS.issue(actor)}"} if actor else {}
    return await http.post(path, json=body, headers=headers | ({"Idempotency-Key": key} if key else {}))


async def test_a_posted_notice_gets_the_receipt_of_a_row(http: httpx.AsyncClient, office: Office) -> None:
    answer = await post(http, "/intake/notices", POSTED, DETOX, "k-1")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["outcome"], said["routing"], said["notice_no"], said["revision"]) == ("accepted", "offered", "N-1", 1)
    assert said["person_ref"]
    assert (await post(http, "/intake/notices", POSTED, DETOX, "k-1")).json() == said
    assert (await post(http, "/intake/notices", POSTED, DETOX, "k-2")).json()["outcome"] == "duplicate"
    assert await office.names() == ["PersonRegistered", "ReleaseNoticeReceived", "JurisdictionResolved"]


async def test_a_row_and_a_request_of_the_same_content_are_the_same_notice(
    http: httpx.AsyncClient, office: Office
) -> None:
    await post(http, "/intake/notices", POSTED, DETOX)
    assert (await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity())))[0] == "duplicate"


@pytest.mark.parametrize(
    ("actor", "status", "code"),
    [
        (None, 401, "unauthenticated"),
        (WORKER, 403, "actor_not_allowed"),
        (Actor("clerk", "DETOX_CENTRE", OTHER_CENTRE, None), 403, "not_your_organisation"),
    ],
)
async def test_only_the_centre_itself_may_post_its_notices(
    http: httpx.AsyncClient, actor: Actor | None, status: int, code: str
) -> None:
    answer = await post(http, "/intake/notices", POSTED, actor)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (POSTED | {"宗教信仰": "禁存甲7f31c0"}, "column_forbidden"),
        (POSTED | {"identity": identity() | {"gps": "7f31c0"}}, "column_forbidden"),
        (POSTED | {"remark": "7f31c0"}, "column_unknown"),
        (POSTED | {"identity": identity() | {"nickname": "7f31c0"}}, "column_unknown"),
        (POSTED | {"dsa_id": resident()}, "plain_identity"),
        (POSTED | {"identity": "7f31c0"}, "invalid_data"),
        ({"notice_no": "N-1"}, "invalid_data"),
        ([], "invalid_data"),
        ("7f31c0", "invalid_data"),
    ],
)
async def test_what_must_not_be_sent_is_refused_without_repeating_it(
    http: httpx.AsyncClient, office: Office, body: object, code: str
) -> None:
    answer = await post(http, "/intake/notices", body, DETOX, "k")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert "7f31c0" not in answer.text
    assert resident() not in answer.text
    assert await office.events() == []


async def test_a_notice_at_fault_is_answered_by_its_receipt(http: httpx.AsyncClient) -> None:
    answer = await post(http, "/intake/notices", POSTED | {"planned_release_date": "2026-02-30"}, DETOX)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["reason"]) == (200, "rejected", "date_invalid")


async def test_the_public_key_is_public_and_nothing_else(http: httpx.AsyncClient) -> None:
    answer = await http.get("/intake/keys", headers={"Authorization": f"Bearer {TOKENS.issue(DETOX)}"})
    (key,) = answer.json()["keys"]
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ECDH-ES", "enc")
    assert "d" not in key


async def test_a_walk_in_is_registered_once_and_reported_to_the_saga(http: httpx.AsyncClient, office: Office) -> None:
    told: list[tuple[str, str, dict[str, Any]]] = []

    async def report(person_ref: str, actor: Actor, data: dict[str, Any], _key: str | None) -> str:
        told.append((person_ref, actor.name, data))
        return "H-1"

    office.ports["report"] = report
    record = {"at": "2026-03-02T09:00:00+08:00", "station_id": "A04-S011", "place_kind": "WALK_IN"}
    body = {"identity": identity(), **record}
    first = await post(http, "/intake/reports", body, WORKER, "k-1")
    again = await post(http, "/intake/reports", body, WORKER, "k-1")
    assert first.json() == again.json()
    assert first.json()["handover_id"] == "H-1"
    assert told == [(first.json()["person_ref"], "worker", record)]
    events = await office.events("person-%")
    assert [(name, data["origin"]) for name, data in events] == [("PersonRegistered", "WALK_IN")]


async def test_a_walk_in_without_a_number_is_a_new_person_but_not_at_every_try(
    http: httpx.AsyncClient, office: Office
) -> None:
    body = {"identity": {"name": "合成甲00009"}, "data": {"station_id": "A04-S011"}}
    assert (await post(http, "/intake/reports", body, WORKER, "k-1")).status_code == 503
    assert (await post(http, "/intake/reports", body, WORKER, "k-1")).status_code == 503
    assert await office.names() == ["PersonRegistered"]


async def test_only_those_who_receive_people_may_report_them(http: httpx.AsyncClient) -> None:
    assert (await post(http, "/intake/reports", {"identity": {}}, DETOX)).json()["code"] == "actor_not_allowed"


async def test_the_hub_appends_what_it_has_authorised_once(http: httpx.AsyncClient, office: Office) -> None:
    person = (await post(http, "/intake/notices", POSTED, DETOX)).json()["person_ref"]
    fact = {
        "person_ref": person,
        "type": "ConsentGiven",
        "data": CONSENT,
        "actor": "worker",
        "capacity": None,
    }
    first = await post(http, "/intake/facts", fact, HUB, "k-1")
    assert first.status_code == 200
    assert (await post(http, "/intake/facts", fact, HUB, "k-1")).json() == first.json()
    assert (await office.names())[3:] == ["ConsentGiven"]
    assert (await post(http, "/intake/facts", fact, WORKER)).json()["code"] == "actor_not_allowed"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"type": "PersonReported"}, 422, "type_unknown"),
        ({"type": "PersonRegistered"}, 422, "type_unknown"),
        ({"person_ref": "nobody"}, 404, "person_unknown"),
        ({"data": {"consent_id": "K-1"}}, 422, "invalid_data"),
        ({"data": CONSENT | {"religion": "x"}}, 422, "column_forbidden"),
        ({"data": CONSENT | {"consent_id": resident()}}, 422, "plain_identity"),
    ],
)
async def test_a_fact_that_is_none_of_intakes_is_refused(
    http: httpx.AsyncClient, office: Office, change: dict[str, Any], status: int, code: str
) -> None:
    person = (await post(http, "/intake/notices", POSTED, DETOX)).json()["person_ref"]
    fact = {"person_ref": person, "type": "ConsentGiven", "data": CONSENT, "actor": "worker", "capacity": None}
    answer = await post(http, "/intake/facts", fact | change, HUB)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(await office.names()) == 3
