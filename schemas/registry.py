"""Every event by wire type and by short name; the one way to read a payload."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from schemas import (
    casework,
    escalation,
    handover,
    intake,
    parked,
    privacy,
    progress,
    receipts,
    statutory,
    timers,
    upcasts,
)
from schemas.base import Event

MODULES: Final[tuple[ModuleType, ...]] = (
    intake,
    handover,
    escalation,
    progress,
    timers,
    casework,
    privacy,
    parked,
    receipts,
    statutory,
)


class UnknownType(Exception):
    """A wire type that no version of the hub ever wrote."""

    def __init__(self, wire: str) -> None:
        super().__init__(f"未知的事件类型。 Unknown event type: {wire[:120]!r}")
        self.wire = wire


def load(wire: str, data: dict[str, Any]) -> Event:
    """Upcast, then validate. UnknownType, or pydantic's ValidationError (which never shows the input)."""
    current, payload = upcasts.lift(wire, data, upcasts.UPCASTS)
    event = EVENTS.get(current)
    if event is None:
        raise UnknownType(wire)
    return event.model_validate(payload)


def schema_uri(wire: str) -> str:
    """What `dataschema` says for a wire type: the name of its exported JSON Schema."""
    return f"urn:aftercare:schema:{wire}"


def _events(module: ModuleType) -> list[type[Event]]:
    found = (thing for thing in vars(module).values() if isinstance(thing, type) and issubclass(thing, Event))
    return [event for event in found if "wire" in vars(event) and event.__module__ == module.__name__]


EVENTS: Final[dict[str, type[Event]]] = {event.wire: event for module in MODULES for event in _events(module)}
CURRENT: Final[dict[str, type[Event]]] = {event.__name__: event for event in EVENTS.values()}
