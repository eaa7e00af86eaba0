"""Old payloads lifted to the current version: pure JSON to JSON, one step each, never renaming a sealed field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

Payload: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Upcast:
    """One step: the next wire type and how a payload gets there. A sealed field keeps its name, its seal names it."""

    to: str
    change: Callable[[Payload], Payload]


UPCASTS: dict[str, Upcast] = {}


def lift(wire: str, data: Payload, steps: Mapping[str, Upcast] = UPCASTS) -> tuple[str, Payload]:
    """The payload in its newest version; the input is left as it is."""
    while step := steps.get(wire):
        wire, data = step.to, step.change(dict(data))
    return wire, data
