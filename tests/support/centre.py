"""A detox centre at the hub's Kafka door: what it publishes, and what it is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from services.intake.domain.resident_id import check_character
from services.intake.identity_key import seal_identity
from tests.support.running_hub import Hub

CENTRE = "A-CENTRE-1"
MORNING = "2026-03-02T08:00:00+08:00"
NUMBERS = count(1)

Headers = list[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Inmate:
    """A synthetic person with a notice number of their own."""

    notice_no: str
    resident_id: str
    name: str

    @property
    def key(self) -> str:
        """The record key of their notice."""
        return f"{CENTRE}/{self.notice_no}"

    def identity(self) -> dict[str, Any]:
        """Who it is, in clear."""
        return {
            "name": self.name,
            "sex": "M",
            "resident_id": self.resident_id,
            "phone": "00012345678",
            "hukou_div": "000101003",
            "residence_div": "000104011",
        }

    def notice(self, **other: Any) -> dict[str, Any]:  # noqa: ANN401 - event fields
        """A notice without the identity."""
        plain = {
            "notice_no": self.notice_no,
            "revision": 1,
            "planned_release_date": "2026-03-20",
            "basis": "ORDER",
            "order_expected": "Y",
        }
        return plain | other

    def release(self) -> dict[str, Any]:
        """The release, an hour ago."""
        return {
            "notice_no": self.notice_no,
            "released_at": MORNING,
            "certificate_no": f"SYN-C-{self.notice_no}",
            "pickup": "FAMILY",
            "release_kind": "EXPIRED",
        }


def inmate() -> Inmate:
    """Somebody whom nobody has heard of yet."""
    number = next(NUMBERS)
    seventeen = f"00010119900307{number:03}"
    return Inmate(f"N-{number:04}", seventeen + check_character(seventeen), f"合成丙{number:05}")


def headers(name: str, message_id: str, **other: bytes | None) -> Headers:
    """CloudEvents headers of a fact of the centre; `other` replaces some, `ce_` left out."""
    said: dict[str, bytes | None] = {
        "specversion": b"1.0",
        "id": message_id.encode(),
        "source": CENTRE.encode(),
        "type": f"cn.aftercare.intake.{name}.v1".encode(),
        "time": MORNING.encode(),
    }
    return [(f"ce_{attribute}", value) for attribute, value in (said | other).items()]


@dataclass(slots=True)
class Centre:
    """The centre's system: it has the hub's public key and publishes under its own keys."""

    hub: Hub
    jwks: dict[str, Any] = field(default_factory=dict)

    def sealed(self, identity: Mapping[str, Any]) -> str:
        """An identity as a compact JWE to the hub's public key, as it stands at the API."""
        self.jwks = self.jwks or self.hub.get("/intake/keys")
        return seal_identity(self.jwks, dict(identity))

    async def publish(
        self, who: Inmate, name: str, data: Mapping[str, Any], message_id: str, topic: str = "in.detox.v1"
    ) -> str:
        """Publish one fact about somebody; gives its place."""
        body = json.dumps(data, ensure_ascii=False).encode()
        return await self.hub.send(topic, who.key.encode(), body, headers(name, message_id))

    async def announce(self, who: Inmate, message_id: str = "") -> None:
        """Publish a whole notice and wait until it is taken."""
        await self._announce(who, message_id or f"notice-{who.notice_no}")
        self.hub.settle()

    async def announce_all(self, many: Sequence[Inmate]) -> list[str]:
        """Publish a notice for each and wait until all are taken; gives their pseudonyms."""
        for who in many:
            await self._announce(who, f"notice-{who.notice_no}")
        self.hub.settle()
        return [str(self.handover(who)["person_ref"]) for who in many]

    async def answers(self, who: Inmate) -> list[tuple[str, str, str]]:
        """What the centre was told about a notice, once all is quiet: outcome, reason, routing."""
        self.hub.settle()
        told = await self.hub.receipts(who.key)
        return [(each["outcome"], each["reason"], each["routing"]) for each in told]

    def handover(self, who: Inmate) -> dict[str, Any]:
        """The one handover of a notice."""
        [found] = self.hub.handovers(CENTRE, who.notice_no)
        return found

    async def _announce(self, who: Inmate, message_id: str) -> None:
        notice = who.notice() | {"identity": self.sealed(who.identity())}
        await self.publish(who, "ReleaseNoticeReceived", notice, message_id)
