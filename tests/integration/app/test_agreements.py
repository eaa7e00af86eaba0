"""`jieli agreements` against a running hub: a handover that went nowhere opens once an agreement carries it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from services.app.agreements_import import bring, listed
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
    await bring(written(tmp_path, version=2, to="2026-02-28"), hub.database_url, "zh")
    await agreed(centre, who)
    assert (await centre.answers(who))[-1] == ("accepted", "agreement_missing", "no_basis")
    [closed] = hub.handovers(CENTRE, who.notice_no)
    assert (closed["state"], closed["station"]) == ("CLOSED_CANCELLED", None)

    told = hub.runs("agreements", "import", written(tmp_path, version=3))
    assert [(line["id"], line["version"], line["state"]) for line in told.lines] == [("A-DSA-1", 3, "new")]
    hub.settle()
    states = sorted(each["state"] for each in hub.handovers(CENTRE, who.notice_no))
    assert states == ["CLOSED_CANCELLED", "OFFERED"]
    assert hub.get("/parked")["items"] == []
    said = [record for record in await hub.records("hub.privacy.v1") if b"A-DSA-1" in (record.value or b"")]
    assert len(said) == 1
    versions = [(one.agreement.version, one.stands) for one in await listed(hub.database_url)]
    assert versions[:3] == [(1, False), (2, False), (3, True)]
