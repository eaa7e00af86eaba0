"""Where things stand: chosen by hand, checked by tests. What stands there comes from the table alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.handover.domain.drawing.paper import Box
from services.handover.domain.lanes import OPENING

PAGE: Final = Box(0, 0, 1680, 1188)
LIVE: Final = Box(14, 84, 1156, 26)
CLOSED: Final = Box(1186, 84, 480, 26)
GROUPS: Final = {"PRE": Box(20, 120, 524, 732), "POST": Box(630, 120, 540, 624)}
GROUP_NAMES: Final = {"PRE": (534.0, 138.0, "end"), "POST": (640.0, 735.0, "start")}
LEGEND: Final = Box(1186, 880, 480, 138)
STAYS: Final = Box(14, 1028, 1652, 150)
MEMBERS: Final = Box(20, 864, 524, 154)
START: Final = (62.0, 138.0)


@dataclass(frozen=True, slots=True)
class Place:
    """A state's box; its height follows from what is listed in it."""

    x: float
    y: float
    w: float
    kind: str


STATES: Final = {
    "NOTICED": Place(36, 178, 350, "pre"),
    "OFFERED": Place(36, 304, 350, "pre"),
    "ACCEPTED": Place(36, 480, 350, "pre"),
    "EARLY_CONTACT": Place(36, 614, 350, "pre"),
    "READY": Place(36, 744, 350, "pre"),
    "AWAITING_REPORT": Place(766, 132, 278, "post"),
    "STATUTORY_NOTIFIED": Place(766, 464, 278, "statutory"),
    "REPORTED": Place(766, 630, 278, "post"),
    "ON_HOLD": Place(704, 804, 462, "hold"),
}
TERMINALS: Final = (
    "COMPLETED",
    "CLOSED_NOT_ENGAGED",
    "CLOSED_AUTHORITY",
    "CLOSED_CANCELLED",
    "CLOSED_REDIRECTED",
    "CLOSED_CUSTODY",
    "CLOSED_DECEASED",
)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A point of a box's edge: a side (N E S W) and the other coordinate."""

    side: str
    at: float


@dataclass(frozen=True, slots=True)
class Route:
    """An arrow from a box to a box by some bends; its words begin or end (`anchor`) at `label`."""

    leave: Anchor
    arrive: Anchor
    label: tuple[float, float]
    bends: tuple[tuple[float, float], ...] = ()
    anchor: str = "start"
    stacked: bool = True


def _down(x: float, label: tuple[float, float], *, stacked: bool = False) -> Route:
    return Route(Anchor("S", x), Anchor("N", x), label, stacked=stacked)


def _level(y: float) -> Route:
    return Route(Anchor("E", y), Anchor("W", y), (552, y - 20))


ROUTES: Final = {
    (OPENING, "NOTICED"): _down(62, (76, 141)),
    ("NOTICED", "OFFERED"): _down(150, (158, 288)),
    ("OFFERED", "NOTICED"): Route(Anchor("E", 350), Anchor("E", 230), (406, 284), ((400, 350), (400, 230))),
    ("OFFERED", "ACCEPTED"): _down(150, (158, 463)),
    ("ACCEPTED", "EARLY_CONTACT"): _down(150, (158, 593)),
    ("EARLY_CONTACT", "READY"): _down(90, (98, 726)),
    ("ACCEPTED", "READY"): Route(Anchor("E", 520), Anchor("E", 810), (530, 574), ((536, 520), (536, 810)), "end"),
    ("READY", "EARLY_CONTACT"): Route(Anchor("E", 780), Anchor("E", 690), (406, 728), ((400, 780), (400, 690))),
    ("PRE", "AWAITING_REPORT"): _level(180),
    ("PRE", "REPORTED"): _level(710),
    ("PRE", "ON_HOLD"): _level(832),
    ("REPORTED", "EARLY_CONTACT"): Route(Anchor("W", 672), Anchor("E", 672), (552, 652)),
    ("REPORTED", "AWAITING_REPORT"): Route(
        Anchor("W", 648), Anchor("W", 330), (750, 480), ((756, 648), (756, 330)), "end"
    ),
    ("AWAITING_REPORT", "STATUTORY_NOTIFIED"): _down(800, (808, 434), stacked=True),
    ("STATUTORY_NOTIFIED", "REPORTED"): _down(800, (808, 600), stacked=True),
    ("AWAITING_REPORT", "REPORTED"): Route(Anchor("E", 300), Anchor("E", 680), (1059, 440), ((1054, 300), (1054, 680))),
    ("AWAITING_REPORT", "ON_HOLD"): Route(
        Anchor("E", 200), Anchor("N", 1161), (1153, 766), ((1161, 200),), "end", stacked=False
    ),
    ("ON_HOLD", "REPORTED"): Route(Anchor("N", 812), Anchor("S", 812), (820, 766)),
}
