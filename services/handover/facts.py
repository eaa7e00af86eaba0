"""From a message of the hub to an input of the saga. P3 stays outside: sealed fields are left out, order numbers are tags."""

from __future__ import annotations

from typing import Any

from schemas.base import Event
from schemas.intake import OrderRevoked, OrderServed
from schemas.sealed import Clear, Token, opened, sealed_fields
from services.handover.domain.words import Input
from services.kernel.records import Message
from services.kernel.words import Sealer

ORDER_NO = "order_no"
ORDER_TAG = "order_tag"


async def input_of(message: Message, sealer: Sealer) -> Input:
    """The fact as the table reads it. Raises SetAside("SEALED") for an order of a person whose key was erased."""
    event, envelope = message.event, message.envelope
    person = person_of(event)
    data = payload(event)
    if isinstance(event, OrderServed | OrderRevoked):
        data.pop(ORDER_NO, None)
        data[ORDER_TAG] = await sealer.tag(person, await _order_no(event, envelope.id, sealer))
    return Input(
        name=event.name, id=envelope.id, at=envelope.time, known_at=envelope.recordedtime, data=data, person_ref=person
    )


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


async def _order_no(event: OrderServed | OrderRevoked, event_id: str, sealer: Sealer) -> str:
    if isinstance(event, OrderRevoked):
        return event.order_no
    return _number(await sealer.open(event, event_id) if isinstance(event.order_no, Token) else event)


def _number(event: Event) -> str:
    return opened(event.order_no) if isinstance(event, OrderServed) else ""
