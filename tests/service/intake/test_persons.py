"""A hub takes synthetic persons or real ones, never both, at every door (specification §5.1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.intake.domain.notice import RowRefusal
from services.intake.domain.resident_id import check_character
from services.intake.door import Door
from services.intake.posted import read_posted
from services.intake.walk_ins import read_report
from services.kernel.errors import InvalidInput
from services.kernel.tokens import Actor
from tests.service.intake.conftest import Office
from tests.service.intake.messages import CENTRE, NOTICE, identity, message, send

SEVENTEEN = "99010119900307001"  # shaped like a real one, of a province that does not exist
REAL = identity() | {"resident_id": SEVENTEEN + check_character(SEVENTEEN)}
DETOX = Actor("detox", "DETOX_CENTRE", CENTRE)


def real(office: Office) -> Office:
    """The same office in a hub of real persons."""
    desk = replace(office.desk, rules=replace(office.desk.rules, synthetic=False))
    return replace(office, desk=desk, door=Door(desk, office.key))


async def test_a_hub_of_synthetic_persons_says_why_it_takes_no_real_one(office: Office) -> None:
    raw = message(office, "ReleaseNoticeReceived", NOTICE, REAL)
    assert await send(office, raw) == ("rejected", "id_not_synthetic", "")
    posted = read_posted(NOTICE | {"identity": REAL}, DETOX, office.desk.rules)
    assert posted.notice == RowRefusal("id_not_synthetic", "resident_id")
    with pytest.raises(InvalidInput, match="id_not_synthetic"):
        read_report({"identity": REAL}, synthetic=True)
    assert await office.names() == []


async def test_a_hub_of_real_persons_takes_those_and_no_synthetic_one(office: Office) -> None:
    there = real(office)
    assert await send(there, message(there, "ReleaseNoticeReceived", NOTICE, REAL)) == ("accepted", "", "offered")
    other = NOTICE | {"notice_no": "N-2"}
    assert await send(there, message(there, "ReleaseNoticeReceived", other, identity())) == (
        "rejected",
        "id_not_real",
        "",
    )
