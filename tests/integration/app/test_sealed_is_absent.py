"""A sealed record, a deleted one and none at all: the same answers, by the same statements, at every door (I-9)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import httpx
import pytest
from fastapi import FastAPI

from services.access import app as access
from services.app import api
from services.app.http_server import serving
from services.app.parts import parts
from services.app.ports import Address, connect_ports
from services.app.process import BUILDERS, working
from services.kernel import db, topics_admin
from services.kernel.clock import VirtualClock
from services.kernel.kit import Kit
from services.kernel.settings import Settings
from services.kernel.tokens import Actor, create_key_file
from tests.support.centre import CENTRE, Inmate, inmate
from tests.support.handover_desk import START
from tests.support.route_matrix import NOBODY, ORGANISATIONS, ROUTES

STATEMENTS: ContextVar[list[str] | None] = ContextVar("statements", default=None)
ULID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
LEAD = Actor("lead-1", "STATION_LEAD", "A04-S011")
OPS = Actor("ops-1", "OPS", "")
DISTRICT = Actor("district-1", "DISTRICT_LEAD", "A04")
SENDER = Actor("sender-1", "DETOX_CENTRE", CENTRE)
NOT_ABOUT_ANYBODY: Final = re.compile(r"/(livez|readyz|metrics|openapi|clock|quiet|parked|verify|rebuild|kpi|intake)")
ACCESS: Final = {"kind": "ACCESS"}
ONCE: Final = {"Idempotency-Key": "asked-once"}
WITHDRAWN: Final = {"ground": "CONSENT_WITHDRAWN"}
ABOVE: Final = (LEAD, DISTRICT, Actor("city-1", "CITY_LEAD", "A"), Actor("sender-1", "DETOX_CENTRE", CENTRE))
AUDITOR = Actor("auditor-1", "AUDITOR", "")
LOOKS: Final = 3
BY_THE_DRIVER: Final = re.compile(r"typeinfo|pg_catalog|'jit'")
"""It learns types once on each connection."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A hub inside this test, and who asks it."""

    kit: Kit
    app: FastAPI
    http: httpx.AsyncClient

    async def ask(self, method: str, path: str, actor: Actor | None, **how: Any) -> httpx.Response:  # noqa: ANN401
        headers = {"Authorization": f"Bearer {self.kit.tokens.issue(actor)}"} if actor else {}
        return await self.http.request(method, f"/api/v1{path}", headers=headers | how.pop("headers", {}), **how)

    async def quiet(self) -> None:
        (await self.ask("GET", "/quiet", OPS, params={"timeout": "60"})).raise_for_status()

    async def announced(self, who: Inmate) -> dict[str, Any]:
        """The receipt of a voluntary person's notice, as the centre's system posts it."""
        notice = who.notice(basis="AGREEMENT", order_expected="N") | {"identity": who.identity()}
        answer = await self.ask("POST", "/intake/notices", SENDER, json=notice)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def ended(self, who: Inmate) -> dict[str, str]:
        """The ids of a voluntary person who withdrew everything, so that their record may end."""
        person_ref = (await self.announced(who))["person_ref"]
        await self.quiet()
        [found] = (await self.ask("GET", "/handovers", OPS, params={"person_ref": person_ref})).json()["items"]
        withdrawn = {"type": "ConsentWithdrawn", "data": {"consent_id": "ALL"}}
        for record, by in (({"type": "HandoverAccepted"}, LEAD), (withdrawn, Actor(person_ref, "PERSON", ""))):
            answer = await self.ask("POST", f"/handovers/{found['handover_id']}/records", by, json=record)
            assert answer.status_code == 200, answer.text
            await self.quiet()
        person = Actor(person_ref, "PERSON", "")
        asked = await self.ask("POST", f"/people/{person_ref}/requests", person, json=ACCESS, headers=ONCE)
        assert asked.status_code == 200, asked.text
        (await self.ask("GET", f"/people/{person_ref}/requests", DISTRICT)).raise_for_status()
        await self.quiet()
        trace = (await self.ask("GET", f"/trace/{person_ref}", OPS)).json()["events"]
        event_id, place = trace[-1]["event_id"], trace[-1]["place"]
        ids = {name: str(found[name]) for name in ("person_ref", "handover_id")}
        ids |= {"request_no": str(asked.json()["request_no"])}
        return ids | {"notice_no": who.notice_no, "event_id": event_id, "place": place, "resident": who.resident_id}


@asynccontextmanager
async def whole(url: str, bootstrap: str, folder: Path) -> AsyncIterator[Whole]:
    """Every service in this process, on a clock that stands still."""
    create_key_file(folder / "tokens.key")
    settings = Settings(
        database_url=url,
        kafka_bootstrap=bootstrap,
        data=folder,
        kek_file=folder / "kek",
        token_key_file=folder / "tokens.key",
        identity_key_file=folder / "identity.jwk",
        embedded=True,
        local_access=True,
        reveal_limit=100_000,
    )
    async with AsyncExitStack() as ending:
        kit = await ending.enter_async_context(parts(settings, VirtualClock(START)))
        for name in BUILDERS:
            service = await BUILDERS[name](kit)
            kit.services.append(service)
            ending.push_async_callback(service.pool.close)
        await topics_admin.ensure_topics(bootstrap, kit.topics)
        door = await ending.enter_async_context(access.opened(kit))
        own, app = Address(), api.build(kit, door)
        await ending.enter_async_context(connect_ports(kit, own))
        await ending.enter_async_context(working(kit))
        own.url = await ending.enter_async_context(serving(app, 0))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub", timeout=60) as http:
            yield Whole(kit, app, http)


Look: TypeAlias = tuple[int, dict[str, str], str, int, tuple[str, ...]]
"""Status, headers, body, size, statements."""


@pytest.fixture(autouse=True)
def _every_statement_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the request under way: the loggers of a connection are called in its context."""
    speak = db.speak_json

    async def heard(connection: Any) -> None:  # noqa: ANN401 - asyncpg's proxy
        await speak(connection)
        connection.add_query_logger(note)

    def note(query: Any) -> None:  # noqa: ANN401 - asyncpg's LoggedQuery
        found = STATEMENTS.get()
        if found is not None and not BY_THE_DRIVER.search(query.query):
            found.append(ULID.sub("ULID", query.query))

    monkeypatch.setattr(db, "speak_json", heard)


async def look(hub: Whole, method: str, path: str, actor: Actor | None, **how: Any) -> Look:  # noqa: ANN401
    """Everything that an asker, or somebody beside the database, can compare; ids have all the same form."""
    heard: list[str] = []
    mark = STATEMENTS.set(heard)
    try:
        answer = await hub.ask(method, path, actor, **how)
        await asyncio.sleep(0)  # the loggers are called right after
    finally:
        STATEMENTS.reset(mark)
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    body = ULID.sub("ULID", answer.text)
    return answer.status_code, headers, body, len(answer.content), tuple(heard)


def places(route: str, ids: Mapping[str, str]) -> list[tuple[str, dict[str, str]]]:
    """The paths and queries of a route by which a person may be asked for."""
    path = route.removeprefix("/api/v1")
    if path in {"/handovers", "/ledger"}:
        by_person = [(path, {"person_ref": ids["person_ref"]})]
        by_notice = [(path, {"centre": CENTRE, "notice_no": ids["notice_no"]})]
        return by_person + (by_notice if path == "/handovers" else [])
    if "any_id" in path:
        return [(f"/trace/{ids[name]}", {}) for name in ("person_ref", "handover_id", "notice_no", "event_id", "place")]
    if "org_id" in path:
        return [("/stations/A04/inbox", {}), ("/stations/A04-S011/inbox", {})]
    return [(path.format(**{**ids, "parked_id": "01NONE"}), {})]


def askers(person_ref: str) -> list[Actor | None]:
    return [
        None if role == NOBODY else Actor(person_ref if role == "PERSON" else "somebody", role, org)
        for role, (org, _) in ORGANISATIONS.items()
    ]


async def test_sealed_deleted_and_never_known_are_the_same_at_every_route_for_every_role(
    database_url: str, broker: str, tmp_path: Path
) -> None:
    async with whole(database_url, broker, tmp_path) as hub:
        people = [inmate() for _ in range(LOOKS)]
        sealed, deleted = [await hub.ended(who) for who in people[:2]]
        (await hub.ask("POST", f"/people/{sealed['person_ref']}/sealing", DISTRICT)).raise_for_status()
        erasure = await hub.ask("POST", f"/people/{deleted['person_ref']}/erasure", DISTRICT, json=WITHDRAWN)
        assert erasure.json() == {"state": "DELETED"}, erasure.text
        await hub.quiet()
        never = {name: value[:-6] + "000000" for name, value in sealed.items()} | {"notice_no": people[2].notice_no}
        asked = 0
        for line in ROUTES:
            method, _, route = line.partition(" ")
            if NOT_ABOUT_ANYBODY.search(route):
                continue
            three = [(ids, places(route, ids), askers(ids["person_ref"])) for ids in (sealed, deleted, never)]
            for place in range(len(three[0][1])):
                for role in range(len(three[0][2])):
                    if may_know(route, three[0][2][role]):
                        continue
                    seen = [
                        await look(hub, method, paths[place][0], actors[role], params=paths[place][1], **body_of(line))
                        for _, paths, actors in three
                    ]
                    assert seen[0] == seen[2], (line, three[0][1][place], three[0][2][role])
                    assert seen[1] == seen[2], (line, three[1][1][place], three[1][2][role])
                    asked += 1
        assert asked > len(ORGANISATIONS) * LOOKS
        await no_inbox_names(hub, [sealed["person_ref"], deleted["person_ref"]])
        for ids in (sealed, deleted):  # who looked and who was told stays for the auditors, three years (网数条例12)
            kept = await hub.ask("GET", "/ledger", AUDITOR, params={"person_ref": ids["person_ref"]})
            assert kept.json()["items"]
            everybody = await hub.ask("GET", "/ledger", AUDITOR)
            assert all(each["person_ref"] != ids["person_ref"] for each in everybody.json()["items"])
        await come_again(hub, people)


async def come_again(hub: Whole, people: list[Inmate]) -> None:
    """The same notice about the same person once more, and the person at the desk: as new as anybody."""
    worker = Actor("worker-1", "WORKER", "A04-S011")
    told = [who.notice(basis="AGREEMENT", order_expected="N") | {"identity": who.identity()} for who in people]
    posted = [await new_look(hub, "/intake/notices", SENDER, each) for each in told]
    told = [{"identity": who.identity(), "data": REPORT} for who in people]
    came = [await new_look(hub, "/intake/reports", worker, each) for each in told]
    for answers in (posted, came):
        others = [(each[:3], set(each[3]) ^ set(answers[0][3])) for each in answers[1:]]
        assert others == [(answers[0][:3], set())] * (LOOKS - 1), answers[0][:3]
    assert posted[0][0] == came[0][0] == 200


async def new_look(hub: Whole, path: str, actor: Actor, body: dict[str, Any]) -> tuple[int, str, str, tuple[str, ...]]:
    """What is answered to a writer, and by which statements; a transaction that was redone counts once."""
    status, headers, text, _, heard = await look(hub, "POST", path, actor, json=body)
    await hub.quiet()
    return status, str(headers), re.sub(r"N-\d{4}", "N", str(text)), tuple(sorted(set(heard)))


REPORT: Final = {"at": START.isoformat(), "station_id": "A04-S011", "place_kind": "WALK_IN", "identity_check": True}


async def no_inbox_names(hub: Whole, gone: list[str]) -> None:
    """Neither whoever worked with them nor anybody above has something to do about them; all three had asked."""
    for actor in ABOVE:
        listed = await hub.ask("GET", f"/stations/{actor.org}/inbox", actor)
        assert listed.status_code == 200, listed.text
        assert not [each for each in gone if each in listed.text], actor


def may_know(route: str, actor: Actor | None) -> bool:
    """Whoever the record belongs to knows that it is sealed, for they may still have it deleted; auditors too (F25)."""
    if actor is None or not route.endswith(("/erasure", "/ledger")):
        return False
    if route.endswith("/ledger"):
        return actor.role == "AUDITOR"
    return actor.role == "HUB" or actor.org == DISTRICT.org


def body_of(line: str) -> dict[str, Any]:
    body = ROUTES[line].body
    headers = dict(ROUTES[line].headers) | (ONCE if line.startswith("POST") and line.endswith("/requests") else {})
    return ({"json": body} if body is not None else {}) | ({"headers": headers} if headers else {})
