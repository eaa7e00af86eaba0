"""Random histories of one person: facts, commands, duplicates, reorderings and days that pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from services.handover.domain.table import shipped_table
from services.handover.domain.words import Sender
from tests.unit.handover.world import CENTRE, CITY, DISTRICT, FAR_STATION, OTHER_STATION, STATION, STREET, World

Data = dict[str, Any]
STATIONS = (STATION, OTHER_STATION, FAR_STATION, "A-RSP")
REASONS = ("MEDICAL", "RELOCATING", "OBSTACLE")
INPUTS = tuple(sorted(shipped_table().inputs | shipped_table().facts))
SENDERS = (
    ("STATION_LEAD", STATIONS),
    ("WORKER", STATIONS),
    ("STREET_OFFICER", (STREET, f"{FAR_STATION}-STREET")),
    ("RESETTLEMENT", ("A-RSP",)),
    ("DISTRICT_LEAD", (DISTRICT, "A04")),
    ("CITY_LEAD", (CITY,)),
    ("OPS", (CITY,)),
    ("PERSON", ("P-1",)),
    ("DETOX_CENTRE", (CENTRE,)),
    ("DECISION_ORGAN", ("A-POLICE-DECISION",)),
    ("COMMUNITY_POLICE", ("A01-POLICE",)),
)
RARE = frozenset({"DeathConfirmed", "EnteredInError", "OpsClosed", "RelocationAcceptedOtherHub", "CustodyConfirmed"})
LIKELY = (
    "ReleaseNoticeReceived",
    "JurisdictionResolved",
    "HandoverAccepted",
    "PersonReleased",
    "PersonReported",
    "OrderServed",
    "StatutoryNoticeSigned",
    "HoldPlaced",
    "HoldLifted",
    "ContactMade",
    "ReportInvalidated",
)


def _nothing(_: World) -> None:
    """The first input decides."""


def _notified(world: World) -> None:
    world.ordered_waiting("2026-02-01").until("2026-03-05")
    for number in (1, 2):
        world.by(Sender(f"{STREET}/{number}", "STREET_OFFICER", STREET), "StatutoryNoticeSigned", notice_no="S-1")


def _onboarded(world: World) -> None:
    world.voluntary_waiting("2026-02-01").reported()
    world.fact("NeedsAssessed")
    world.fact("VisitRecorded", visit_id="V-1", next_at=world.now)
    world.fact("ConsentGiven", consent_id="K-1", purpose="AFTERCARE")
    world.fact("AgreementSigned", type="AFTERCARE", no="A-1")


VOLUNTARY_OPENINGS: tuple[Callable[[World], object], ...] = (
    _nothing,
    _onboarded,
    World.noticed,
    World.voluntary_ready,
    lambda world: world.voluntary_waiting("2026-02-01"),
    lambda world: world.prison_waiting("2026-02-01"),
)
OPENINGS: tuple[Callable[[World], object], ...] = (
    *VOLUNTARY_OPENINGS,
    _notified,
    _notified,
    lambda world: world.noticed("ORDER"),
    lambda world: world.ordered_waiting("2026-02-01"),
)


def play(seed: int, length: int, *, with_orders: bool = True, watch: Callable[[World], None] | None = None) -> World:
    """A world after so many inputs; the same seed always gives the same history."""
    chance = Random(seed)
    world = World("2026-01-15")
    if watch:
        world.watch = watch
    chance.choice(OPENINGS if with_orders else VOLUNTARY_OPENINGS)(world)
    for _ in range(length):
        _one(world, chance, with_orders=with_orders)
    return world


def _one(world: World, chance: Random, *, with_orders: bool) -> None:
    if world.saga and chance.random() < 0.35:
        world.until(world.now + timedelta(days=chance.choice((1, 1, 2, 4, 9)), hours=chance.choice((0, 5))))
        return
    name = chance.choice(INPUTS if chance.random() < 0.5 else LIKELY)
    if name in RARE and chance.random() < 0.8:
        return
    if not with_orders and name in {"OrderServed", "MeasureChanged"}:
        return
    data = _data(name, world, chance, with_orders=with_orders)
    for _ in range(chance.choice((1, 1, 1, 2))):
        world.give(name, data, _sender(chance) if chance.random() < 0.4 else None)


def _sender(chance: Random) -> Sender:
    role, orgs = chance.choice(SENDERS)
    org = chance.choice(orgs)
    return Sender(f"{org}/{chance.choice((1, 2))}", role, org)


def _data(name: str, world: World, chance: Random, *, with_orders: bool) -> Data:
    when = world.now - timedelta(days=chance.choice((0, 0, 0, 3)))
    day = (world.now + timedelta(days=chance.randint(-3, 40))).date()
    return {
        "notice_no": chance.choice(("N-1", "N-2")),
        "revision": chance.choice((1, 2)),
        "episode_no": "1",
        "centre_id": CENTRE,
        "basis": chance.choice(("ORDER", "AGREEMENT", "NONE") if with_orders else ("AGREEMENT", "NONE")),
        "planned_release_date": day,
        "new_date": day,
        "new_end_date": day,
        "released_at": when,
        "served_at": when,
        "effective_at": when,
        "at": when,
        "order_no": chance.choice(("O-1", "O-2")),
        "order_kind": "CRH",
        "executing_street": STREET,
        "from": "CID",
        "to": chance.choice(("CRH", "NONE")) if name == "MeasureChanged" else None,
        "station_id": chance.choice(STATIONS),
        "outcome": chance.choice(("EXTERNAL", "UNKNOWN")),
        "reason": _reason(name, chance),
        "agreed_date": chance.choice((None, day)),
        "obstacle_code": chance.choice((None, None, "TRANSPORT")),
        "kind": chance.choice(("DETAINED", "ARRESTED", "PRISON", "CID_AGAIN")) if name == "CustodyConfirmed" else None,
        "consent_id": chance.choice(("K-1", "K-2", "ALL")),
        "purpose": chance.choice(("AFTERCARE", "CLINIC")),
        "officials": chance.choice(((), (f"{STREET}/1", f"{STREET}/2"))),
        "reviewed_by": chance.choice((None, "lead/1")),
        "source": STATION,
        "closed": chance.random() < 0.7,
        "request_no": "R-1",
    } | ({"type": "AFTERCARE", "no": "A-1"} if name == "AgreementSigned" else {})


def _reason(name: str, chance: Random) -> str:
    if name == "HandoverDeclined":
        return chance.choice(("WRONG_JURISDICTION", "CAPACITY"))
    return chance.choice(REASONS)
