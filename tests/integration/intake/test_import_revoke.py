"""A whole file taken back on a running hub, by two people through the API."""

from __future__ import annotations

from collections import Counter
from typing import Any

from services.kernel.tokens import Actor
from tests.support.importing import first_rows
from tests.support.running_hub import Hub, Said

ROWS = 15
OPERATOR = "A"


def revoked(said: Said) -> list[dict[str, Any]]:
    return [line for line in said.lines if line["kind"] == "revocation"]


async def test_two_people_enter_every_handover_of_a_file_in_error(hub: Hub) -> None:
    said = hub.runs("import", "notices", first_rows(hub.data, ROWS))
    import_id = said.lines[-1]["import_id"]
    taken = {line["notice_no"] for line in said.lines if line.get("outcome") in {"accepted", "revised"}}
    hub.settle()

    first = hub.runs("import", "revoke", import_id, "--actor", "合成一")
    assert first.code == 0, first.stderr
    assert {line["notice_no"] for line in revoked(first)} == taken
    assert {(line["outcome"], line["code"]) for line in revoked(first)} == {("pending", "")}
    assert (first.lines[-1]["kind"], first.lines[-1]["state"]) == ("import", "revoking")
    assert "合成一" in first.stderr

    again = hub.runs("import", "revoke", import_id, "--actor", "合成一")
    assert (again.code, again.lines[-1]["code"]) == (1, "two_officials_required")
    assert {line["code"] for line in revoked(again)} == {"two_officials_required"}

    close_one(hub, revoked(first)[0]["handover_id"])
    second = hub.runs("import", "revoke", import_id, "--actor", "合成二")
    assert second.code == 0, second.stderr
    counts = Counter((line["outcome"], line["code"]) for line in revoked(second))
    assert counts.pop(("already_closed", "not_in_this_state")) >= 1
    assert set(counts) == {("entered_in_error", "")}
    assert (second.lines[-1]["state"], second.lines[-1]["revoked_by"]) == ("revoked", "合成二")
    person = hub.get(f"/handovers/{revoked(second)[-1]['handover_id']}")["person_ref"]
    hub.settle()
    told = hub.timeline(person)
    assert "EnteredInError" in told
    assert "HandoverClosed" in told
    assert "ReleaseNoticeWithdrawn" not in told

    async with hub.database() as db:
        states = await db.fetch("select distinct state from handover.sagas")
        assert [row["state"] for row in states] == ["CLOSED_CANCELLED"]
        assert not await db.fetchval("select count(*) from intake.notices where state = 'live'")

    third = hub.runs("import", "revoke", import_id, "--actor", "合成三")
    assert (third.code, third.lines[-1]["code"]) == (1, "import_revoked")


def close_one(hub: Hub, handover_id: str) -> None:
    """Two operators end a handover by hand before the file is taken back."""
    for name in ("op-1", "op-2"):
        body = {"type": "OpsClosed", "data": {"reason": "test"}}
        answer = hub.post(f"/handovers/{handover_id}/records", body, Actor(name, "OPS", OPERATOR))
        assert answer.is_success, answer.text
