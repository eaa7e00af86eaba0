"""What routing, acceptance, reassignment and reports leave in the saga's memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.handover.domain.accountability import accepted, declined, district_of, offered, station_at, unrouted
from services.handover.domain.evidence import contacted
from services.handover.domain.fold_release import Fold
from services.handover.domain.reading import instant, named, text
from services.handover.domain.saga import Saga
from services.handover.domain.words import Context, Input
from services.reference.terms import date_of


def _resolved(saga: Saga, given: Input, context: Context) -> Saga:
    station = named(given.data, "station_id")
    district = district_of(station, context.organisations) or named(given.data, "district_id")
    return replace(saga, place=offered(saga.place, station, district))


def _unresolved(saga: Saga, given: Input, _: Context) -> Saga:
    known = None if text(given.data, "outcome") == "EXTERNAL" else saga.place.district
    return replace(saga, place=unrouted(saga.place, named(given.data, "district_id") or known))


def _accepted(saga: Saga, given: Input, context: Context) -> Saga:
    sender = given.by.org if given.by else None
    station = saga.place.offered_to or sender or named(given.data, "station_id")
    return replace(saga, place=accepted(saga.place, station, context.organisations))


def _declined(saga: Saga, _: Input, context: Context) -> Saga:
    return replace(saga, place=declined(saga.place, context.organisations), hops=saga.hops + 1)


def _assigned(saga: Saga, given: Input, context: Context) -> Saga:
    return replace(saga, place=accepted(saga.place, named(given.data, "station_id"), context.organisations))


def _reassigned(saga: Saga, given: Input, context: Context) -> Saga:
    station = named(given.data, "station_id")
    district = district_of(station, context.organisations) or saga.place.district
    return replace(saga, place=offered(saga.place, station, district), restarted=date_of(context.now))


def _reported(saga: Saga, given: Input, context: Context) -> Saga:
    at = instant(given.data, "at") or given.at
    saga = contacted(saga, "REPORTED", at)
    if saga.reported_at is not None:
        return saga
    station = station_at(named(given.data, "station_id"), context.organisations) or saga.place.station
    episode = saga.episode or text(given.data, "episode_no")
    place = accepted(saga.place, station, context.organisations)
    return replace(saga, reported_at=at, before_report=saga.place, place=place, episode=episode)


def _invalidated(saga: Saga, _: Input, __: Context) -> Saga:
    contacts = tuple(one for one in saga.contacts if one.kind != "REPORTED")
    return replace(
        saga, contacts=contacts, reported_at=None, place=saga.before_report or saga.place, before_report=None
    )


FOLDS: Mapping[str, Fold] = {
    "JurisdictionResolved": _resolved,
    "JurisdictionUnresolved": _unresolved,
    "HandoverAccepted": _accepted,
    "HandoverDeclined": _declined,
    "DistrictAssigned": _assigned,
    "StationReassigned": _reassigned,
    "PersonReported": _reported,
    "ReportInvalidated": _invalidated,
}
