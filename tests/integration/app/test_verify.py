"""`jieli verify` and `jieli rebuild` against a running hub: what is wrong is found, put right, and nothing is sent."""

from __future__ import annotations

from collections import Counter

import pytest

from services.kernel.tokens import Actor
from tests.support.centre import Centre, inmate
from tests.support.running_hub import AUDITOR, Hub

PROJECTIONS = {"person_timeline", "person_organisations", "station_inbox", "kpi"}
CORRUPT = "update timeline.station_inbox set tasks = '[]', recipients = '{}'"
STATION = "A04-S011"
CHAINS = {"audit.intake", "audit.handover", "audit.commands", "audit.timeline"}
STATION_LEAD = Actor("lead", "STATION_LEAD", STATION, None)
FIRST = "select event_id from intake.events order by xid, position limit 1"
HIDE = """
alter table timeline.journal disable trigger journal_append_only;
update timeline.journal set event_id = '{1}' where event_id = '{0}';
alter table timeline.journal enable trigger journal_append_only;
"""
WRITE_TYPE = """
alter table intake.events disable trigger events_append_only;
update intake.events set type = {0} where event_id = '{1}';
alter table intake.events enable trigger events_append_only;
"""


async def sent(hub: Hub) -> Counter[str]:
    """How many records each topic holds."""
    return Counter(record.topic for record in await hub.records())


async def relays(hub: Hub) -> list[str]:
    """How far each relay is, and how many events there are to relay."""
    asked = "select row(cluster_id, xid, position, (select count(*) from {0}.events))::text from {0}.relay"
    async with hub.database() as db:
        return [await db.fetchval(asked.format(schema)) for schema in ("intake", "handover", "timeline")]


@pytest.fixture
async def known(hub: Hub) -> None:
    await Centre(hub).announce_all([inmate() for _ in range(3)])
    hub.settle()


@pytest.mark.usefixtures("known")
async def test_a_rebuild_from_zero_compares_equal_and_sends_nothing(hub: Hub) -> None:
    before = await sent(hub), await relays(hub)
    said = hub.runs("verify")
    assert said.code == 0, said.stdout
    items = {line["name"]: line for line in said.lines if line["kind"] == "verified"}
    assert PROJECTIONS | {"sagas"} <= set(items)
    assert all(item["equal"] and item["live"] == item["rebuilt"] and item["facts"] for item in items.values())
    assert said.lines[-1] == {"kind": "verify", "equal": True}
    assert (await sent(hub), await relays(hub)) == before


@pytest.mark.usefixtures("known")
async def test_a_corrupted_row_fails_and_a_rebuild_repairs_it(hub: Hub) -> None:
    listed = hub.get(f"/stations/{STATION}/inbox")["items"]
    async with hub.database() as db:
        await db.execute(CORRUPT)
    said = hub.runs("verify")
    assert said.code == 1
    assert [line["name"] for line in said.lines if line["kind"] == "verified" and not line["equal"]] == [
        "station_inbox"
    ]
    rebuilt = hub.runs("rebuild", "station_inbox")
    assert rebuilt.code == 0
    assert rebuilt.lines[0]["rows"] > 0
    assert hub.runs("verify").code == 0
    assert hub.get(f"/stations/{STATION}/inbox")["items"] == listed


@pytest.mark.usefixtures("known")
async def test_the_audit_chains_hold_until_somebody_changes_the_past(hub: Hub) -> None:
    said = hub.runs("verify", "--audit")
    chains = {line["name"]: line for line in said.lines if line["kind"] == "verified"}
    assert (said.code, set(chains)) == (0, CHAINS), said.stdout
    heads = [chain["head"] for chain in chains.values() if chain["head"]]
    assert all(chain["equal"] for chain in chains.values())
    assert hub.post("/verify/audit", {"heads": heads}, AUDITOR).json()["equal"]
    unknown = hub.post("/verify/audit", {"heads": ["0" * 64]}, AUDITOR).json()
    assert (unknown["equal"], unknown["unknown_heads"]) == (False, ["0" * 64])

    async with hub.database() as db:
        changed = await db.fetchval(FIRST)
        await db.execute(WRITE_TYPE.format("type || 'x'", changed))
        found = hub.runs("verify", "--head", heads[0])
        await db.execute(WRITE_TYPE.format("left(type, -1)", changed))
    wrong = [item for item in found.lines[:-1] if not item["equal"]]
    assert [item["name"] for item in wrong] == ["audit.intake"]
    assert wrong[0]["differ"][0].endswith(f"changed {changed}")
    assert hub.post("/verify/audit", {}, AUDITOR).json()["equal"]
    async with hub.database() as db:
        await db.execute(HIDE.format(changed, changed + "-x"))
        hidden = hub.post("/verify/audit", {}, AUDITOR).json()
        await db.execute(HIDE.format(changed + "-x", changed))
    assert [item["differ"] for item in hidden["items"] if not item["equal"]] == [[f"unjournaled {changed}"]]
    assert hub.post("/verify/audit", {}, STATION_LEAD).json()["code"] == "actor_not_allowed"


def test_only_operators_rebuild_and_an_unknown_projection_is_refused(hub: Hub) -> None:
    assert hub.post("/rebuild", {}, AUDITOR).json()["code"] == "actor_not_allowed"
    assert hub.post("/verify", {}, AUDITOR).status_code == 200
    assert hub.post("/rebuild", {"projection": "sagas"}).json()["code"] == "not_found"
    assert hub.runs("rebuild", "nothing").lines[-1]["code"] == "not_found"
