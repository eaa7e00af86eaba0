"""Facts about a person whom no live saga answers for yet; they follow right behind the fact that opens one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from schemas import registry
from schemas.envelope import Envelope, to_headers
from services.kernel.db import Connection
from services.kernel.reading import Named
from services.kernel.records import Message, RawMessage

PUT: Final = """
insert into waiting_facts (event_id, person_ref, message, since) values ($1, $2, $3, $4) on conflict do nothing
"""
TAKE: Final = """
with taken as (delete from waiting_facts where person_ref = $1 returning place, message)
select message from taken order by place
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A fact as it came."""

    message: Message

    def named(self) -> Named:
        """As a record again, for operators to see and retry."""
        given = self.message
        value = json.dumps(given.event.model_dump(mode="json"), ensure_ascii=False).encode()
        headers = tuple(to_headers(given.envelope))
        place = (given.topic, given.partition, given.offset)
        raw = RawMessage(*place, given.key.encode(), value, headers)
        return Named(raw, given.envelope.id, given.envelope, keep=True)


async def put(db: Connection, message: Message, person_ref: str, now: datetime) -> None:
    """Keep a fact until its person's saga opens."""
    stored = {
        "envelope": message.envelope.model_dump(mode="json"),
        "data": message.event.model_dump(mode="json"),
        "place": [message.topic, message.partition, message.offset, message.key],
    }
    await db.execute(PUT, message.envelope.id, person_ref, stored, now)


async def take(db: Connection, person_ref: str) -> list[Waiting]:
    """All facts that waited for this person, in the order in which they came; they wait no more."""
    return [Waiting(_message(row["message"])) for row in await db.fetch(TAKE, person_ref)]


def _message(stored: dict[str, Any]) -> Message:
    topic, partition, offset, key = stored["place"]
    envelope = Envelope.model_validate(stored["envelope"])
    event = registry.load(envelope.type, stored["data"])
    return Message(envelope, event, topic, partition, offset, key)
