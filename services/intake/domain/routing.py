"""Where a handover goes: by street of residence, else of household; elsewhere is another hub's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, TypeAlias

from services.intake.domain.notice import Identity, Notice
from services.reference.agreements import Agreements
from services.reference.organisations import Organisations

TAKERS = ("STN", "RSP")
Routing: TypeAlias = Literal["offered", "external", "unresolved", "no_basis"]


@dataclass(frozen=True, slots=True)
class Route:
    """Outcome of routing; `station_id` and `ground` only where it is offered, `missing` only without a basis.

    `dsa_id`: the data-sharing agreement that the offer rests on, if it rests on one.
    """

    routing: Routing
    station_id: str | None = None
    ground: Literal["HUKOU", "FIXED_RESIDENCE", "DECISION"] | None = None
    missing: Literal["ORDER", "DSA"] | None = None
    dsa_id: str | None = None


def has_basis(notice: Notice) -> bool:
    """Whether an order, an agreement or a prison release lets the hub route anything at all."""
    return notice.basis != "NONE" or notice.order_expected == "Y"


def rests_on_sharing(basis: str, order_expected: str) -> bool:
    """Whether only the person's agreement carries the notice: then the channel to the station must be agreed too."""
    return basis == "AGREEMENT" and order_expected != "Y"


def route(notice: Notice, organisations: Organisations, agreements: Agreements, day: date) -> Route:
    """The first destination of a notice on that day. Pure; the same notice always goes the same way."""
    if not has_basis(notice):
        return Route("no_basis", missing="ORDER")
    found = by_place(notice.basis, notice.identity, organisations)
    if not rests_on_sharing(notice.basis, notice.order_expected):
        return found
    return shared(found, notice.source, agreements, day)


def shared(found: Route, source: str, agreements: Agreements, day: date) -> Route:
    """The same destination under the agreement that covers it; without one, nowhere (specification 000-11)."""
    if found.routing != "offered":
        return found
    agreement = agreements.covering(source, found.station_id, day)
    return replace(found, dsa_id=agreement.id) if agreement else Route("no_basis", missing="DSA")


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
