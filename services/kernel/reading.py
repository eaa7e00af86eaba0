"""From a record to a message: what can be read, and what is poison."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pydantic import ValidationError

from schemas import registry, upcasts
from schemas.base import Event
from schemas.envelope import BadEnvelope, Envelope, from_headers
from services.kernel.errors import Poison
from services.kernel.records import Message, RawMessage

PLAIN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:-]{0,63}")
FOREIGN_KEY = re.compile(r"(?!.*\d{11})[0-9A-Za-z][0-9A-Za-z_.:/-]{0,127}", re.ASCII)
"""What a key from outside may look like to be stored: nobody's name, and no digits enough for a person's number."""

UNTOLD = "untold"


class Unreadable(Poison):
    """Poison that says where: `fields` are names of headers or payload fields, never values."""

    def __init__(self, reason: str, *fields: str) -> None:
        super().__init__(reason)
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Named:
    """A record and the id it is remembered by. `keep`: its content is ours and may be stored."""

    raw: RawMessage
    event_id: str
    envelope: Envelope | None
    keep: bool

    @property
    def key(self) -> str | None:
        """The key it is blocked by; foreign ones that may say who somebody is share one a partition.

        A fingerprint would tell them apart, and would be guessed by whoever has a list of names.
        """
        key = self.raw.key_text
        if key is None or self.keep or FOREIGN_KEY.fullmatch(key):
            return key
        return f"{UNTOLD}/{self.raw.topic}/{self.raw.partition}"


def envelope_of(raw: RawMessage) -> Envelope:
    """The hub's envelope of a record. Raises Unreadable."""
    try:
        envelope = from_headers(raw.headers, raw.key)
    except BadEnvelope as error:
        raise Unreadable(error.code, error.field) from None
    if not PLAIN_ID.fullmatch(envelope.id):
        raise Unreadable("header_invalid", "ce_id")
    return envelope


def name_own(raw: RawMessage) -> Named:
    """A record of the hub by its event id, or by its place if even the envelope is unreadable."""
    try:
        envelope = envelope_of(raw)
    except Unreadable:
        return Named(raw, raw.identity, None, keep=True)
    return Named(raw, envelope.id, envelope, keep=True)


def name_foreign(raw: RawMessage) -> Named:
    """A record from outside by its place; its content is not ours to store."""
    return Named(raw, raw.identity, None, keep=False)


def current_type(wire: str) -> type[Event] | None:
    """The class that a wire type is read as today, or None for a type the hub never wrote."""
    while step := upcasts.UPCASTS.get(wire):
        wire = step.to
    return registry.EVENTS.get(wire)


def message_of(raw: RawMessage, envelope: Envelope) -> Message:
    """Parsed and brought up to date. Raises Unreadable for an unknown type or a payload that does not fit."""
    try:
        event = registry.load(envelope.type, json.loads(raw.value or b""))
    except registry.UnknownType:
        raise Unreadable("type_unknown", "ce_type") from None
    except ValidationError as error:
        raise Unreadable("payload_invalid", *_fields(error, envelope.type)) from None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise Unreadable("payload_unreadable") from None
    return Message(envelope, event, raw.topic, raw.partition, raw.offset, envelope.partitionkey)


def _fields(error: ValidationError, wire: str) -> list[str]:
    """Names of our own fields only: a foreign name may itself be data."""
    kind = current_type(wire)
    known = kind.model_fields.keys() if kind else frozenset()
    found = {str(each["loc"][0]) for each in error.errors(include_input=False, include_url=False) if each["loc"]}
    return sorted(name if name in known else "unknown" for name in found)
