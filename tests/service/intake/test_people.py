"""The one door to who a person is: the groups of the asker, on record before they leave, recalled when consent ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.intake.api import Counter, routes
from services.intake.people import Inquiry, agency_ref, people_of, people_routes
from services.intake.walk_ins import WalkIns
from services.kernel.clock import SystemClock
from services.kernel.db import transaction
from services.kernel.http import Actor, create_api
from services.kernel.phrases import Phrases
from services.kernel.tokens import Tokens
from tests.service.intake.conftest import Office
from tests.service.intake.messages import NOTICE, ORGAN, SERVED, identity, message, resident, send

TOKENS = Tokens(b"k" * 32, SystemClock())
STATION = "A04-S011"
LEAD = Actor("lead-1", "STATION_LEAD", STATION)
WORKER = Actor("worker-1", "WORKER", STATION)
OFFICER = Actor("officer-1", "STREET_OFFICER", f"{STATION}-STREET")
CLINIC = Actor("nurse", "CLINIC", "A-CLINIC-1")
HUB = Actor("hub", "HUB", "")
FLAGS = {"flags": {"mobility": True, "sole_carer": True}}


class Doors:
    """Intake's routes with the parts that handover would tell."""

    def __init__(self, office: Office, http: httpx.AsyncClient) -> None:
        self.office = office
        self.http = http
        self.parts: dict[str, dict[str, Any]] = {}
        self.person = ""
        office.ports["standing"] = self._standing

    async def _standing(self, person_ref: str, actor: Actor) -> dict[str, Any]:
        return self.parts.get(actor.role, {}) if person_ref == self.person else {}

    def part(self, actor: Actor, recipient: str, stage: str = "accepted", *grounds: str) -> None:
        """From now on handover says that this actor has this part."""
        told = {"recipient": recipient, "stage": stage, "grounds": list(grounds), "basis": "STATUTE:戒毒条例38"}
        self.parts[actor.role] = told

    async def get(self, path: str, actor: Actor, **query: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {TOKENS.issue(actor)}"}
        return await self.http.get(path, params=query, headers=headers)

    async def groups(self, actor: Actor, person: str | None = None) -> list[str]:
        found: list[str] = (await self.get(f"/people/{person or self.person}/groups", actor)).json()["groups"]
        return found

    async def record(self, actor: Actor) -> dict[str, Any]:
        answer = await self.get(f"/people/{self.person}", actor)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["groups"]
        return found

    async def fact(self, kind: str, **data: Any) -> None:  # noqa: ANN401
        """A fact that handover has authorised."""
        body = {"person_ref": self.person, "type": kind, "data": data, "actor": "worker-1"}
        answer = await self.http.post(
            "/intake/facts", json=body, headers={"Authorization": f"Bearer {TOKENS.issue(HUB)}"}
        )
        assert answer.status_code == 200, answer.text

    async def consent(self, number: str, org: str, *groups: str, **more: Any) -> None:  # noqa: ANN401
        """The person's consent towards one recipient."""
        await self.fact(
            "ConsentGiven", consent_id=number, recipient_org=org, purpose="REFERRAL", field_groups=groups, **more
        )

    async def ledger(self) -> list[tuple[str, dict[str, Any]]]:
        return await self.office.events("disclosure-%")


@pytest.fixture
async def doors(office: Office) -> AsyncIterator[Doors]:
    counter = Counter(office.pool, office.desk, office.key, WalkIns(office.pool, office.desk, office.ports))
    people = people_routes(people_of(office.pool, office.desk, office.keyring, office.ports))
    app = create_api("test", [routes(counter), people], Phrases.load("services.kernel", "services.intake"), TOKENS)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test/api/v1") as http:
        made = Doors(office, http)
        await send(office, message(office, "ReleaseNoticeReceived", NOTICE | FLAGS, identity()))
        await send(office, message(office, "OrderServed", SERVED, None, source=ORGAN))
        made.person = str(await office.pool.fetchval("select person_ref from vault.identities"))
        yield made


async def test_a_station_that_accepted_sees_its_row_of_the_record(doors: Doors) -> None:
    doors.part(LEAD, "STATION_LEAD")
    record = await doors.record(LEAD)
    assert record["F2"] == {"name": "合成甲00001", "sex": "M"}
    assert record["F3"] == {"resident_id": "*" * 14 + resident()[-4:]}
    assert record["F7"]["order_no"] == "O-1"
    assert record["F8"] == {"planned_release_date": "2026-03-30"}
    assert not {"F10", "F20", "F24"} & set(record)


async def test_before_acceptance_nobody_learns_who_it_is(doors: Doors) -> None:
    doors.part(LEAD, "STATION_LEAD", "preview")
    answer = await doors.get(f"/people/{doors.person}", LEAD)
    assert await doors.groups(LEAD) == ["F1", "F6", "F7", "F8", "F18"]
    assert answer.json()["groups"]["F6"] == {"hukou_div": "000101"}
    assert answer.json()["groups"]["F7"] == {"basis": "ORDER", "order_kind": "CRH"}
    assert not {"合成甲00001", resident(), "O-1"} & set(answer.text.split('"'))


async def test_the_person_sees_everything_about_themselves_and_no_row_is_needed(doors: Doors) -> None:
    own = Actor(doors.person, "PERSON", "")
    record = await doors.record(own)
    assert record["F3"] == {"resident_id": resident()}
    assert record["F20"] == {"minor": False, "sole_carer": True}
    assert await doors.ledger() == []
    for org in ("", doors.person):
        assert await doors.groups(Actor("01OTHER", "PERSON", org)) == []


async def test_a_stranger_an_unknown_person_and_a_revoked_part_are_answered_alike(doors: Doors) -> None:
    doors.part(LEAD, "STATION_LEAD", "revoked")
    answers = [
        await doors.get(f"/people/{doors.person}", CLINIC),
        await doors.get("/people/01UNKNOWN", CLINIC),
        await doors.get(f"/people/{doors.person}", LEAD),
    ]
    assert {(each.status_code, each.text) for each in answers} == {(404, answers[0].text)}
    assert [await doors.groups(CLINIC), await doors.groups(CLINIC, "01UNKNOWN"), await doors.groups(LEAD)] == [[]] * 3
    assert await doors.ledger() == []


async def test_an_answer_leaves_after_its_rows_in_the_ledger(doors: Doors) -> None:
    doors.part(OFFICER, "STREET")
    await doors.get(f"/people/{doors.person}", OFFICER, purpose="STATUTORY_NOTICE")
    (looked, access), (made, disclosure) = await doors.ledger()
    assert (looked, made) == ("RecordAccessed", "DisclosureMade")
    assert (access["actor"], access["purpose"]) == ("officer-1", "STATUTORY_NOTICE")
    assert disclosure["recipient"] == OFFICER.org
    assert disclosure["basis"] == "STATUTE:戒毒条例38"
    assert disclosure["field_groups"] == access["groups"] == ["F2", "F3", "F4", "F5", "F6", "F7", "F8"]
    assert disclosure["event_id"] == await doors.office.pool.fetchval(
        "select event_id from events where type like '%.RecordAccessed.v1'"
    )


async def test_where_the_ledger_cannot_be_written_nothing_is_shown(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors.part(OFFICER, "STREET")

    async def full(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(type(doors.office.desk.store), "append", full)
    with pytest.raises(OSError, match="disk full"):
        await doors.get(f"/people/{doors.person}", OFFICER)


async def test_a_group_by_consent_is_seen_by_that_recipient_alone_while_the_consent_stands(doors: Doors) -> None:
    doors.part(WORKER, "LEAD_WORKER")
    assert not {"F10", "F20"} & set(await doors.groups(WORKER))
    await doors.consent("K-1", STATION, "F10", expires_at="2026-03-04")
    await doors.consent("K-2", "A-CLINIC-1", "F20")
    assert {"F10", "F20"} & set(await doors.groups(WORKER)) == {"F10"}
    assert (await doors.record(WORKER))["F10"] == {"pregnant": False, "nursing": False, "mobility": True}
    assert [(data["basis"], data["field_groups"]) for name, data in await doors.ledger() if name == "DisclosureMade"][
        -1
    ] == ("CONSENT:K-1", ["F10"])
    doors.office.clock.set(doors.office.clock.now() + timedelta(days=3))
    assert "F10" not in await doors.groups(WORKER)


async def test_a_consent_gives_nothing_that_the_row_never_gives(doors: Doors) -> None:
    doors.part(LEAD, "STATION_LEAD")
    before = await doors.groups(LEAD)
    await doors.consent("K-1", STATION, *(f"F{number}" for number in range(1, 26)))
    assert await doors.groups(LEAD) == before


@pytest.mark.parametrize("number", ["K-1", "ALL"])
async def test_withdrawing_stops_at_once_and_recalls_what_rested_on_it(doors: Doors, number: str) -> None:
    doors.part(WORKER, "LEAD_WORKER")
    await doors.consent("K-1", STATION, "F10")
    await doors.record(WORKER)
    await doors.fact("ConsentWithdrawn", consent_id=number)
    assert "F10" not in await doors.record(WORKER)
    recalls = [data for name, data in await doors.ledger() if name == "RecallIssued"]
    assert [(each["recipient"], each["reason"]) for each in recalls] == [(STATION, "CONSENT_WITHDRAWN")]
    basis = await doors.office.pool.fetchval(
        "select data ->> 'basis' from events where event_id = $1", recalls[0]["original_event_id"]
    )
    assert basis == "CONSENT:K-1"
    await doors.fact("ConsentWithdrawn", consent_id=number)
    assert [name for name, _ in await doors.ledger()].count("RecallIssued") == 1


async def test_withdrawing_another_consent_recalls_nothing(doors: Doors) -> None:
    doors.part(WORKER, "LEAD_WORKER")
    await doors.consent("K-1", STATION, "F10")
    await doors.record(WORKER)
    await doors.fact("ConsentWithdrawn", consent_id="K-9")
    assert "RecallIssued" not in [name for name, _ in await doors.ledger()]
    assert "F10" in await doors.groups(WORKER)


async def test_agencies_outside_know_a_person_each_by_a_reference_of_their_own(doors: Doors) -> None:
    doors.part(CLINIC, "CLINIC")
    own = (await doors.record(CLINIC))["F1"]["ref"]
    assert (
        own
        == (await doors.record(CLINIC))["F1"]["ref"]
        == await agency_ref(doors.office.keyring, doors.person, CLINIC.org)
    )
    assert own != await agency_ref(doors.office.keyring, doors.person, "A-CLINIC-2")
    assert (len(own), doors.person[:4] in own) == (26, False)
    doors.part(LEAD, "STATION_LEAD")
    assert (await doors.record(LEAD))["F1"] == {"ref": doors.person}


async def test_an_erased_person_is_answered_like_an_unknown_one(doors: Doors) -> None:
    doors.part(LEAD, "STATION_LEAD")
    async with transaction(doors.office.pool) as db:
        await doors.office.keyring.erase(doors.person, db)
    unknown = await doors.get("/people/01UNKNOWN", LEAD)
    erased = await doors.get(f"/people/{doors.person}", LEAD)
    assert (erased.status_code, erased.text) == (unknown.status_code, unknown.text)


async def test_the_ledger_holds_no_name_number_or_address(doors: Doors) -> None:
    doors.part(OFFICER, "STREET")
    await doors.record(OFFICER)
    cells = await doors.office.every_cell()
    assert not [each for each in ("合成甲00001", resident(), "00012345678") if each in cells]


async def test_a_withdrawal_while_an_answer_is_made_leaves_nothing_unrecalled(doors: Doors) -> None:
    """The answer waits for the person's lock until the withdrawal is through, then is made again without the group."""
    doors.part(WORKER, "LEAD_WORKER")
    await doors.consent("K-1", STATION, "F10")
    people = people_of(doors.office.pool, doors.office.desk, doors.office.keyring, doors.office.ports)
    enter, late = people.ledger.enter, list[bool]()

    async def after_withdrawal(*given: Any) -> None:  # noqa: ANN401
        if not late:
            late.append(True)
            await doors.fact("ConsentWithdrawn", consent_id="K-1")
        await enter(*given)

    object.__setattr__(people, "ledger", type("Slow", (), {"enter": staticmethod(after_withdrawal)})())
    shown = await people.record(Inquiry(doors.person, WORKER, "AFTERCARE"))
    assert "F10" not in shown["groups"]
    assert not [data for name, data in await doors.ledger() if data.get("basis") == "CONSENT:K-1"]
