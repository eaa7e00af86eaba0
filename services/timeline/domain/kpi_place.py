"""Which organisation answers for a person, as far as the figures need it (specification §3.4.1-13)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """`station` answers if it `accepted`, else the district over it does; `offered`: who is asked to take over."""

    station: str = ""
    accepted: bool = False
    offered: str = ""


NOWHERE: Final = Place()
"""Nobody was found yet: the city guidance station answers."""


def offered(place: Place, station: str | None) -> Place:
    """A station is asked; whoever answers goes on until it accepts."""
    if not station:
        return place
    return replace(place, offered=station) if place.accepted else Place(station)


def accepted(place: Place, station: str | None) -> Place:
    """The station answers from now; a fact without one means whoever was asked."""
    return Place(station or place.offered or place.station, accepted=True)


def unassigned(place: Place) -> Place:
    """The station that was asked said no, or routing starts anew: its district answers."""
    return Place(place.offered or place.station)
