"""A-27: what the hub must never hold is refused at every door, by name, and nothing of it rests anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.kernel.tokens import Actor
from tests.support.centre import CENTRE, Centre, inmate
from tests.support.running_hub import Hub

MARKER = "泄漏标记7d52"
DETOX = Actor("clerk", "DETOX_CENTRE", CENTRE, None)
LEAD = Actor("lead", "STATION_LEAD", "A04-S011", None)
WORKER = Actor("worker", "WORKER", "A04-S011", None)
HUB = Actor("hub", "HUB", "", None)
FIELDS: list[dict[str, Any]] = [
    {"religion": MARKER},
    {"gps": f"31.29,120.58 {MARKER}"},
    {"wristband": MARKER},
    {"special_population": f"涉邪{MARKER}"},
    {"nested": {"宗教信仰": MARKER}},
]
FILE = Path("tests/fixtures/notices/release-notices-forbidden-column.csv")


@pytest.fixture(scope="module")
def centre(hub: Hub) -> Centre:
    return Centre(hub)


async def nowhere(hub: Hub) -> bool:
    """No table, topic (key, value, header) or log line holds the marker."""
    hub.settle()
    records = [record for record in await hub.records() if not record.topic.startswith("in.")]
    told = [part for each in records for part in (each.key, each.value, *(value for _, value in each.headers)) if part]
    logs = "".join(file.read_text("utf-8", "replace") for file in hub.data.rglob("*.log"))
    texts = [await hub.stored(), logs, *(part.decode("utf-8", "replace") for part in told)]
    return not any(MARKER in text for text in texts)


async def test_every_http_door_refuses_what_must_not_be_held_and_keeps_nothing(centre: Centre) -> None:
    hub, who = centre.hub, inmate()
    await centre.announce(who)
    handover, person = centre.handover(who)["handover_id"], centre.handover(who)["person_ref"]
    fact = {"person_ref": person, "type": "NoticeGiven", "actor": "w", "data": {"notice_version": "1"}}
    for bad in FIELDS:
        answers = [
            hub.post("/intake/notices", who.notice(identity=who.identity()) | bad, DETOX),
            hub.post("/intake/notices", who.notice(identity=who.identity() | bad), DETOX),
            hub.post("/intake/reports", {"identity": who.identity(), "station_id": LEAD.org} | bad, WORKER),
            hub.post("/intake/facts", fact | {"data": {"notice_version": "1"} | bad}, HUB),
            hub.post(f"/handovers/{handover}/records", {"type": "HandoverAccepted", "data": bad}, LEAD),
        ]
        assert [each.status_code for each in answers] == [422] * len(answers), bad
        assert not any(MARKER in each.text for each in answers)
    assert await nowhere(hub)


@pytest.mark.parametrize(
    "text", [f"涉邪人员 {MARKER}", f"属某邪教 {MARKER}", f"RELIGION:{MARKER}", f"CULT_MEMBER {MARKER}"]
)
async def test_a_category_is_refused_as_a_value_too(centre: Centre, text: str) -> None:
    hub, who, text = centre.hub, inmate(), text.format(MARKER)
    await centre.announce(who)
    handover = centre.handover(who)["handover_id"]
    body = {"type": "EnteredInError", "data": {"reason": text}}
    record = hub.post(f"/handovers/{handover}/records", body, Actor("ops", "OPS", "A", None))
    assert (record.status_code, record.json()["code"], record.json()["detail"]) == (422, "invalid_data", "/reason")
    notice = hub.post("/intake/notices", who.notice(identity=who.identity(), flags=[text]), DETOX)
    assert (notice.status_code, notice.json()["code"], notice.json()["detail"]) == (422, "column_forbidden", "flags")
    assert await nowhere(hub)


async def test_the_ingress_topic_quarantines_without_the_value(centre: Centre) -> None:
    for bad in [*FIELDS, {"flags": [f"涉邪{MARKER}"]}]:
        who = inmate()
        await centre.publish(
            who, "ReleaseNoticeReceived", who.notice(identity=centre.sealed(who.identity())) | bad, "m"
        )
        assert await centre.answers(who) in (
            [("quarantined", "column_forbidden", "")],
            [("quarantined", "column_unknown", "")],
        )
    assert await nowhere(centre.hub)


async def test_a_file_with_such_a_column_is_refused_as_a_whole(centre: Centre) -> None:
    before = await centre.hub.counts()
    said = centre.hub.runs("import", "notices", FILE)
    assert (said.code, said.lines[-1]["code"]) == (1, "column_forbidden")
    assert (await centre.hub.counts())["intake.notices"] == before["intake.notices"]


async def test_a_person_may_be_called_as_they_please(centre: Centre) -> None:
    who = inmate()
    named = who.notice(identity=who.identity() | {"name": "合成宗教"})
    assert centre.hub.post("/intake/notices", named, DETOX).json()["outcome"] == "accepted"
