"""After an erasure, a rebuild, and a restore of an older backup, nothing yields the person's data (acceptance 3)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from schemas import registry
from schemas.sealed import Token, sealed_values
from services.intake.vault import CONTEXT
from services.kernel.db import open_pool
from services.kernel.errors import JieliError
from services.kernel.kek import FileKek
from services.kernel.roles import KEYS
from services.kernel.sealing import KeyRing
from services.kernel.tokens import Actor
from tests.support import finish
from tests.support.centre import Centre, Inmate, inmate
from tests.support.running_hub import AUDITOR, OPS, Hub, command, running_hub

CENTRE: Final = "A-CENTRE-1"
START: Final = "2026-03-02T09:00:00+08:00"
DISTRICT = Actor("district-1", "DISTRICT_LEAD", "A04")
LEAD = Actor("lead-1", "STATION_LEAD", "A04-S011")
EVENTS: Final = """
    select event_id, type, data::text from {schema}.events where data ->> 'person_ref' = $1
    union all select event_id, type, data::text from timeline.journal where data ->> 'person_ref' = $1
"""
SEALED_BYTES: Final = "select sealed from vault.identities where person_ref = $1"
FIGURES: Final = ("K-01a", "K-01b", "K-17")


def lived(hub: Hub, who: Inmate) -> dict[str, str]:
    """A voluntary person who was released, reported, and withdrew: their handover is over."""
    centre = Centre(hub)
    notice = who.notice(basis="AGREEMENT", order_expected="N", flags=["mobility"])
    finish(centre.publish(who, "ReleaseNoticeReceived", notice | {"identity": centre.sealed(who.identity())}, who.key))
    hub.settle()
    found = centre.handover(who)
    hub.post(f"/handovers/{found['handover_id']}/records", {"type": "HandoverAccepted"}, LEAD).raise_for_status()
    finish(centre.publish(who, "PersonReleased", who.release(), f"release-{who.notice_no}"))
    hub.settle()
    report = {"at": START, "station_id": "A04-S011", "place_kind": "OFFICE", "identity_check": True}
    withdrawn = {"consent_id": "ALL"}
    for kind, by, data in (("PersonReported", LEAD, report), ("ConsentWithdrawn", person(found), withdrawn)):
        answer = hub.post(f"/handovers/{found['handover_id']}/records", {"type": kind, "data": data}, by)
        assert answer.status_code == 200, answer.text
        hub.settle()
    return {"person_ref": found["person_ref"], "handover_id": found["handover_id"], "notice_no": who.notice_no}


def person(found: dict[str, Any]) -> Actor:
    return Actor(found["person_ref"], "PERSON", "")


def figures(hub: Hub) -> list[dict[str, Any]]:
    return [line for line in hub.get("/kpi")["items"] if line["kpi"] in FIGURES]


def no_door_knows(hub: Hub, ids: dict[str, str]) -> None:
    """Every door that a person is found by, for those who saw them before, and for those who see most."""
    ref = ids["person_ref"]
    paths = [f"/people/{ref}", f"/people/{ref}/timeline", f"/handovers/{ids['handover_id']}", f"/sealed/{ref}"]
    paths += [f"/trace/{ids[name]}" for name in ("person_ref", "handover_id", "notice_no")]
    for actor in (OPS, AUDITOR, LEAD, Actor("sender-1", "DETOX_CENTRE", CENTRE), Actor(ref, "PERSON", "")):
        with hub.client(actor) as http:
            assert {http.get(path).status_code for path in paths} <= {403, 404}, actor
            assert http.get("/handovers", params={"person_ref": ref}).json()["items"] == []
    assert hub.handovers(CENTRE, ids["notice_no"]) == []


async def no_key_opens(hub: Hub, ids: dict[str, str], kek: Path, identity: bytes) -> None:
    """Neither a sealed field of any stored event of the person, nor the identity as a thief of a backup holds it."""
    async with hub.database() as db, await open_pool(hub.database_url, "vault", role=KEYS, size=1) as vault:
        keyring = await KeyRing.over(vault, FileKek(kek))
        with pytest.raises(JieliError):
            await keyring.open_bytes(CONTEXT, ids["person_ref"], identity)
        tokens = 0
        for schema in ("intake", "handover"):
            for row in await db.fetch(EVENTS.format(schema=schema), ids["person_ref"]):
                event = registry.load(row["type"], json.loads(row["data"]))
                held = [value for value in sealed_values(event) if isinstance(value, Token)]
                tokens += len(held)
                if held:
                    with pytest.raises(JieliError):
                        await keyring.open(event, row["event_id"])
        assert tokens
        for table in ("sealed_keys", "sealed_identities", "identities"):
            found = f"select count(*) from vault.{table} where person_ref = $1"
            assert await db.fetchval(found, ids["person_ref"]) == 0


def holds(hub: Hub) -> None:
    """Everything kept is what the events give, and the past is unbroken."""
    for path in ("/verify", "/verify/audit"):
        found = hub.post(path, {}).raise_for_status().json()
        assert found["equal"], [each for each in found["items"] if not each["equal"]]


async def test_an_erased_person_is_gone_everywhere_for_good_and_nothing_else_is(tmp_path: Path) -> None:
    gone, kept, sealed = inmate(), inmate(), inmate()
    with running_hub(tmp_path / "data", "--clock", START) as hub:
        erased, other, later = (lived(hub, who) for who in (gone, kept, sealed))
        hub.post(f"/people/{later['person_ref']}/sealing", {}, DISTRICT).raise_for_status()
        hub.settle()
        before, states = figures(hub), hub.handovers(CENTRE, other["notice_no"])
        async with hub.database() as db:
            identity = await db.fetchval(SEALED_BYTES, erased["person_ref"])
        assert hub.runs("backup", tmp_path / "backup").code == 0

        said = hub.runs("erase", erased["person_ref"], "--ground", "CONSENT_WITHDRAWN", "--by", "A04/district-1")
        assert said.lines[-1] == {"kind": "erase", "person_ref": erased["person_ref"], "state": "DELETED"}, said.stderr
        hub.post(f"/people/{later['person_ref']}/erasure", {"ground": "PERIOD_OVER"}, DISTRICT).raise_for_status()
        hub.settle()
        hub.post("/rebuild", {"projection": None}).raise_for_status()
        for ids in (erased, later):
            no_door_knows(hub, ids)
            await no_key_opens(hub, ids, tmp_path / "data/secrets/kek", identity)
        assert figures(hub) == before
        holds(hub)
        shutil.copyfile(hub.data / "erasures.jsonl", tmp_path / "log")

    where = ("--data", tmp_path / "again", "--kek", tmp_path / "data/secrets/kek", "--erasures", tmp_path / "log")
    restored = command("restore", tmp_path / "backup", *where)
    assert restored.code == 0, restored.stderr
    assert restored.lines[-1]["erased"] == len({gone, sealed})
    with running_hub(tmp_path / "again", "--clock", START) as again:
        again.settle()
        for ids in (erased, later):
            no_door_knows(again, ids)
            await no_key_opens(again, ids, tmp_path / "again/secrets/kek", identity)
        assert figures(again) == before
        assert again.handovers(CENTRE, other["notice_no"]) == states
        holds(again)
        new = finish(Centre(again).announce_all([gone]))
        assert new[0] not in {each["person_ref"] for each in (erased, other, later)}
