"""Where a handover goes: by street of residence, else of household; elsewhere is another hub's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from services.intake.domain.notice import Identity, Notice
from services.reference.organisations import Organisations

TAKERS = ("STN", "RSP")
Routing: TypeAlias = Literal["offered", "external", "unresolved", "no_basis"]


@dataclass(frozen=True, slots=True)
class Route:
    """Outcome of routing; `station_id` and `ground` only where it is offered."""

    routing: Routing
    station_id: str | None = None
    ground: Literal["HUKOU", "FIXED_RESIDENCE", "DECISION"] | None = None


def has_basis(notice: Notice) -> bool:
    """Whether an order, an agreement or a prison release lets the hub route anything at all."""
    return notice.basis != "NONE" or notice.order_expected == "Y"


def route(notice: Notice, organisations: Organisations) -> Route:
    """The first destination of a notice. Pure; the same notice always goes the same way."""
    if not has_basis(notice):
        return Route("no_basis")
    return by_place(notice.basis, notice.identity, organisations)


def by_place(basis: str, identity: Identity, organisations: Organisations) -> Route:
    """The destination by place alone, once a basis is known. PRISON goes to the resettlement body, else a station."""
    place = identity.residence_div or identity.hukou_div
    if place and not organisations.knows_city_of(place):
        return Route("external")
    body = _body(basis, place, organisations)
    if body is None:
        return Route("unresolved")
    return Route("offered", body, "HUKOU" if place == identity.hukou_div else "FIXED_RESIDENCE")


def reoffered(station_id: str | None, organisations: Organisations) -> Route:
    """After a decline: to the station that was proposed, if there is one by that name, else people decide."""
    if organisations.type_of(station_id) not in TAKERS:
        return Route("unresolved")
    return Route("offered", station_id, "DECISION")


def _body(basis: str, place: str, organisations: Organisations) -> str | None:
    if basis == "PRISON":
        return _resettlement(place, organisations)
    station = organisations.station_of(place)
    return station.org_id if station else None


def _resettlement(place: str, organisations: Organisations) -> str | None:
    """The resettlement body of the district, else the city's one."""
    bodies = {body.division: body.org_id for body in organisations.of_type("RSP")} if place else {}
    return bodies.get(place[:6]) or bodies.get(organisations.city().division)
