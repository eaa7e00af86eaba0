"""`jieli agreements` against a running hub: a handover that went nowhere opens once an agreement carries it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from services.reference.agreements import shipped_agreements
from tests.support.centre import CENTRE, Centre, Inmate, inmate
from tests.support.running_hub import Hub

SHIPPED = shipped_agreements("a")[0].content()


def written(folder: Path, **changed: Any) -> Path:  # noqa: ANN401 - fields of a file
    given = {name: value for name, value in (SHIPPED | changed).items() if value is not None}
    file = folder / "agreements.yaml"
    file.write_text(yaml.safe_dump({"agreements": [given]}), "utf-8")
    return file


async def agreed(centre: Centre, who: Inmate) -> None:
    notice = who.notice(basis="AGREEMENT", order_expected="N") | {"identity": centre.sealed(who.identity())}
    await centre.publish(who, "ReleaseNoticeReceived", notice, f"notice-{who.notice_no}")
    centre.hub.settle()


async def test_a_notice_waits_for_an_agreement_and_then_opens_a_handover(hub: Hub, tmp_path: Path) -> None:
    who, centre = inmate(), Centre(hub)
    ended = hub.runs("agreements", "import", written(tmp_path, version=2, to="2026-02-28"))
    assert [(line["id"], line["version"], line["state"]) for line in ended.lines] == [("A-DSA-1", 2, "new")]
    await agreed(centre, who)
    assert (await centre.answers(who))[-1] == ("accepted", "agreement_missing", "no_basis")
    [closed] = hub.handovers(CENTRE, who.notice_no)
    assert (closed["state"], closed["station"]) == ("CLOSED_CANCELLED", None)

    assert hub.runs("agreements", "import", written(tmp_path, version=3)).code == 0
    hub.settle()
    states = sorted(each["state"] for each in hub.handovers(CENTRE, who.notice_no))
    assert states == ["CLOSED_CANCELLED", "OFFERED"]
    assert hub.get("/parked")["items"] == []
    said = [record for record in await hub.records("hub.privacy.v1") if b"A-DSA-1" in (record.value or b"")]
    assert len(said) == 1
    listed = hub.runs("agreements", "list").lines
    assert [(line["version"], line["state"]) for line in listed if line["id"] == "A-DSA-1"] == [
        (1, "replaced"),
        (2, "replaced"),
        (3, "stands"),
    ]
