"""Messages that could not be taken (specification §4.2 row 73), on `hub.parked.v1` under their original key."""

from __future__ import annotations

from typing import ClassVar, Literal

from schemas.base import Event, PiiClass
from schemas.ids import Code, PersonRef, Words


class Parked(Event):
    """One message and why it waits. `blocking`: later messages of its key wait behind it."""

    topic: ClassVar[str] = "hub.parked.v1"
    pii: ClassVar[PiiClass] = "P1"

    reason: Code
    blocking: bool
    original_id: Words
    original_type: Code | None = None
    person_ref: PersonRef | None = None
    parked_id: Words | None = None
    consumer: Code | None = None
    fields: tuple[Code, ...] = ()


class EventParked(Parked):
    """A message was set aside (a business mismatch) or blocks its key (a technical failure)."""

    wire: ClassVar[str] = "cn.aftercare.parked.EventParked.v1"


class EventReleased(Parked):
    """A parked message was tried again with success, or discarded by an operator."""

    wire: ClassVar[str] = "cn.aftercare.parked.EventReleased.v1"

    outcome: Literal["RETRIED", "DISCARDED"]
    discard_reason: Words | None = None
