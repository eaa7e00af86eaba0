"""Messages as centres and authorities send them."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from services.intake.domain.resident_id import check_character
from services.intake.identity_key import seal_identity
from services.kernel.db import Connection, retrying
from services.kernel.records import Quarantine, RawMessage
from tests.service.intake.conftest import Office

OFFSETS = count()
CENTRE, OTHER_CENTRE, ORGAN = "A-CENTRE-1", "A-CENTRE-2", "A-POLICE-DECISION"
NOTICE = {
    "notice_no": "N-1",
    "revision": 1,
    "planned_release_date": "2026-03-30",
    "basis": "ORDER",
    "order_expected": "Y",
}
RELEASED = {"notice_no": "N-1", "released_at": "2026-03-30T10:00:00+08:00", "certificate_no": "C-1", "pickup": "NONE"}
SERVED = {
    "source": CENTRE,
    "notice_no": "N-1",
    "order_kind": "CRH",
    "order_no": "O-1",
    "served_at": "2026-03-02T10:00:00+08:00",
    "term_months": 36,
}


def resident(number: int = 1) -> str:
    """A synthetic resident number."""
    seventeen = f"00010119900307{number:03}"
    return seventeen + check_character(seventeen)


def identity(number: int = 1, residence: str = "000104011") -> dict[str, Any]:
    """A synthetic identity."""
    return {
        "name": f"合成甲{number:05}",
        "sex": "M",
        "resident_id": resident(number),
        "phone": "00012345678",
        "hukou_div": "000101003",
        "residence_div": residence,
    }


def message(
    office: Office, name: str, data: dict[str, Any], who: dict[str, Any] | None = None, **said: str | int
) -> RawMessage:
    """One message; `said` overrides CloudEvents attributes, `key` and `topic`."""
    sender = str(said.pop("source", CENTRE))
    topic = str(said.pop("topic", "in.authority.v1" if sender == ORGAN else "in.detox.v1"))
    number = data.get("order_no") if sender == ORGAN else data.get("notice_no")
    key = str(said.pop("key", f"{sender}/{number}"))
    offset = next(OFFSETS)
    attributes = {
        "specversion": "1.0",
        "id": f"m-{offset}",
        "source": sender,
        "type": f"cn.aftercare.intake.{name}.v1",
        "time": "2026-03-02T08:00:00+08:00",
        **said,
    }
    body = data | ({"identity": seal_identity(office.key.jwks(), who)} if who else {})
    headers = tuple((f"ce_{attribute}", str(value).encode()) for attribute, value in attributes.items())
    return RawMessage(topic, 0, offset, key.encode(), json.dumps(body, ensure_ascii=False).encode(), headers)


async def send(office: Office, raw: RawMessage) -> tuple[str, str, str]:
    """Hand a message to the door as the kernel does; gives the receipt."""

    async def take(db: Connection) -> None:
        try:
            async with db.transaction():
                await office.door.take(db, raw)
        except Quarantine as bad:
            await office.door.quarantined(db, raw, bad.reason)

    await retrying(office.pool, take)
    return (await office.receipts())[-1]
