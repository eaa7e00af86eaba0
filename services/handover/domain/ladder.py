"""The escalation ladder: rungs, their recipients, forwarding, standing down (specification §3.5, §3.4.1-10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.handover.domain.accountability import district_of, executing_street
from services.handover.domain.saga import LEVELS, Saga, Standing, Timer
from services.reference.organisations import Organisations

RUNG_OF: Mapping[str, str] = {
    "T_D1": "L0",
    "T_D3": "L1",
    "T_L2": "L2",
    "T_AGREED": "L2",
    "T_L3A": "L3a",
    "T_SIGN": "L3b",
    "T_L4": "L4",
}
LOW_RUNGS = frozenset({"L0", "L1", "L2"})
NEVER_COMPRESSED = frozenset({"T_SIGN"})
RUNGS = tuple(LEVELS)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who has to act on a rung."""

    role: str
    org: str | None


def recipient(saga: Saga, rung: str, organisations: Organisations) -> Recipient:
    """Whom the rung goes to first; without an accepting station the low ones go to the district."""
    if rung in LOW_RUNGS:
        return _helper(saga, rung, organisations)
    if rung == "L3a":
        return _district(district_of(saga.place.answering, organisations) or saga.place.district, organisations)
    if rung == "L3b":
        return Recipient("STREET_OFFICER", executing_street(saga, organisations))
    return _city(organisations)


def forwarded(standing: Standing, at: datetime, organisations: Organisations) -> Standing:
    """The same rung one step up; from the city only a report to operations is left."""
    up = _above(standing, organisations)
    ended = up.role in {"CITY_LEAD", "OPS"}
    return Standing(standing.rung, up.role, up.org, at, ended=ended)


def raised(saga: Saga, rung: str, at: datetime, organisations: Organisations) -> Saga:
    """The rung stands from now and waits for its recipient."""
    to = recipient(saga, rung, organisations)
    rungs = tuple(sorted({*saga.raised, rung}, key=RUNGS.index))
    return replace(saga, raised=rungs, stood_down=False, standing=Standing(rung, to.role, to.org, at))


def stood_down(saga: Saga) -> Saga:
    """Nothing stands any more; what was raised in this revision is still known."""
    return replace(saga, stood_down=True, standing=None)


def compressed(due: Iterable[Timer]) -> frozenset[str]:
    """Of several rungs past due at one evaluation, all but the highest; T_SIGN is never among them."""
    rungs = [timer for timer in due if timer.name in RUNG_OF and timer.name not in NEVER_COMPRESSED]
    if not rungs:
        return frozenset()
    highest = max(rungs, key=lambda timer: (RUNGS.index(RUNG_OF[timer.name]), timer.ordinal))
    return frozenset(timer.name for timer in rungs) - {highest.name}


def statutory_step_blocked(saga: Saga, *, technically: bool) -> bool:
    """A gap in the reporting stations' messages, a dispute or a blocked message forbids any statutory step."""
    return technically or bool(saga.gaps or saga.disputes or saga.blocked_keys)


def _helper(saga: Saga, rung: str, organisations: Organisations) -> Recipient:
    station = saga.place.answering
    match organisations.type_of(station):
        case None:
            return _district(saga.place.district, organisations)
        case "RSP":
            return Recipient("RESETTLEMENT", station)
        case _:
            return Recipient("STATION_LEAD" if rung == "L2" else "WORKER", station)


def _above(standing: Standing, organisations: Organisations) -> Recipient:
    match standing.to_role:
        case "WORKER":
            return Recipient("STATION_LEAD", standing.to_org)
        case "STATION_LEAD" | "RESETTLEMENT":
            return _district(district_of(standing.to_org, organisations), organisations)
        case "DISTRICT_LEAD" | "STREET_OFFICER":
            return _city(organisations)
        case _:
            return Recipient("OPS", organisations.city().org_id)


def _district(district: str | None, organisations: Organisations) -> Recipient:
    return Recipient("DISTRICT_LEAD", district) if district else _city(organisations)


def _city(organisations: Organisations) -> Recipient:
    return Recipient("CITY_LEAD", organisations.city().org_id)
