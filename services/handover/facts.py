"""From a message of the hub to an input of the saga: sealed fields are left out, an order's number gets its tag."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final

from pydantic_core import to_jsonable_python

from schemas.base import Event
from schemas.sealed import Clear, sealed_fields
from services.handover.domain.words import Input
from services.kernel.errors import SetAside
from services.kernel.records import Message
from services.kernel.words import Sealer

ORDER_NO: Final = "order_no"
ORDER_TAG: Final = "order_tag"
NAMES_AN_ORDER: Final = frozenset({"OrderServed", "OrderRevoked"})


async def input_of(message: Message, sealer: Sealer) -> Input:
    """The fact as the table reads it. Raises SetAside("SEALED") for an order of a person whose key was erased."""
    event, envelope = message.event, message.envelope
    opened_event = await sealer.open(event, envelope.id) if event.name in NAMES_AN_ORDER else event
    given = Input(
        name=event.name,
        id=envelope.id,
        at=envelope.time,
        known_at=envelope.recordedtime,
        data=payload(event) | order_no(opened_event),
        person_ref=person_of(event),
    )
    return await with_order_tag(given, sealer)


async def with_order_tag(given: Input, sealer: Sealer) -> Input:
    """An order's number as a tag of this person: equal for equal numbers, nothing else."""
    if given.name not in NAMES_AN_ORDER or ORDER_NO not in given.data:
        return given
    tag = await sealer.tag(given.person_ref, str(given.data[ORDER_NO]))
    return replace(given, data={**given.data, ORDER_TAG: tag})


async def with_content_tag(given: Input, event: Event, sealer: Sealer) -> Input:
    """All that an act says as a tag, so that a second person can only sign the same."""
    try:
        tag = await sealer.tag(given.person_ref, _canonical(clear_payload(event)))
    except SetAside:  # erased: no key is left, and no sealed field can be written either
        tag = sha256(_canonical(payload(event)).encode()).hexdigest()
    return replace(given, content_tag=tag)


def _canonical(data: dict[str, Any]) -> str:
    return json.dumps(to_jsonable_python(data), sort_keys=True, ensure_ascii=False)


def order_no(event: Event) -> dict[str, str]:
    """The number of an order in clear, for as long as it takes to tag it."""
    found = getattr(event, ORDER_NO, None)
    return {ORDER_NO: found.value if isinstance(found, Clear) else found} if isinstance(found, Clear | str) else {}


def person_of(event: Event) -> str:
    """Whom the event is about; empty if nobody."""
    return getattr(event, "person_ref", None) or ""


def payload(event: Event) -> dict[str, Any]:
    """The fields that are set, by wire name, without any sealed one."""
    return event.model_dump(exclude=set(sealed_fields(type(event))), exclude_none=True)


def clear_payload(event: Event) -> dict[str, Any]:
    """The same with sealed fields in clear, for an event that was never sealed yet. Never stored."""
    clear = {name: value.value for name, value in event if isinstance(value, Clear)}
    return payload(event) | clear
