"""Exactly one organisation answers for the person at every instant (specification §3.4.1-13)."""

from __future__ import annotations

from dataclasses import replace

from services.handover.domain.saga import Place, Saga
from services.reference.organisations import Organisations

STATION_TYPES = frozenset({"STN", "RSP"})
REGISTERING_TYPES = frozenset({"STN", "RSP", "STREET"})


def answering(saga: Saga, organisations: Organisations) -> str:
    """The station that accepted; before that the district that was found for the person; unrouted, the city."""
    return saga.place.answering or saga.place.district or organisations.city().org_id


def offered(place: Place, station: str | None, district: str | None) -> Place:
    """Offered to a station; who answered before goes on until it accepts."""
    return replace(place, assignment="OFFERED", offered_to=station, station=station or place.station, district=district)


def accepted(place: Place, station: str | None, organisations: Organisations) -> Place:
    """A station answers from now."""
    district = district_of(station, organisations) or place.district
    return Place("ACCEPTED", station=station, answering=station, district=district)


def declined(place: Place, organisations: Organisations) -> Place:
    """The district of the station that declined answers until another one accepts."""
    district = district_of(place.offered_to, organisations) or place.district
    return Place("UNROUTED", station=place.station, district=district)


def unrouted(place: Place, district: str | None) -> Place:
    """Nobody was found; who answered before goes on."""
    return replace(place, assignment="UNROUTED" if place.answering is None else place.assignment, district=district)


def district_of(station: str | None, organisations: Organisations) -> str | None:
    """The district workstation over a station."""
    above = organisations.parents(station)
    return next((org_id for org_id in above if organisations.type_of(org_id) == "DWS"), None)


def station_at(org_id: str | None, organisations: Organisations) -> str | None:
    """The station where a report was registered; a street office's is the one of its street."""
    found = organisations.get(org_id)
    if found is None or found.type in STATION_TYPES:
        return found.org_id if found else org_id
    beside = organisations.station_of(found.division)
    return beside.org_id if beside else found.org_id


def executing_street(saga: Saga, organisations: Organisations) -> str | None:
    """The street that executes the order served last; without an order the street of the accountable station."""
    ordered = [order for order in saga.served_orders.values() if order.street and order.served_at]
    if ordered:
        return max(ordered, key=lambda order: (order.served_at, order.street)).street
    office = organisations.street_office_of(saga.place.answering or saga.place.station)
    return office.org_id if office else None


def told(saga: Saga, organisations: Organisations) -> tuple[str, ...]:
    """Every organisation that has had a part in it so far, by id."""
    place = saga.place
    now = {place.station, place.answering, place.offered_to, place.district, executing_street(saga, organisations)}
    return tuple(sorted({*saga.told, *saga.notified, *saga.sources, *(org for org in now if org)}))


def notified_by_notice(saga: Saga, organisations: Organisations) -> tuple[str, ...]:
    """Whom a statutory notice goes to: the street's police station and the decision organ."""
    street = organisations.get(executing_street(saga, organisations))
    district = street.division[:6] if street else ""
    police = [one.org_id for one in organisations.of_type("POLICE_STATION") if one.division == district]
    return tuple(police + [one.org_id for one in organisations.of_type("POLICE_DECISION")])
