"""The fields of what routing asks of stations, districts and the city."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.handover.domain.accountability import district_of
from services.handover.domain.emit_outward import Fields
from services.handover.domain.emit_progress import due, tier_org
from services.handover.domain.move import Move
from services.handover.domain.reading import named


def _offered(move: Move) -> dict[str, Any]:
    saga = move.after
    return {
        "station_id": saga.place.offered_to,
        "track": saga.track,
        "planned_release": saga.planned_release,
        "deadline_rev": saga.deadline_rev,
        "ack_due": due(move, "T_ACCEPT", "T_ASSIGN"),
        "hops": saga.hops,
        "district_id": saga.place.district,
    }


def _reoffered(move: Move) -> dict[str, Any]:
    declined = move.given.name == "HandoverDeclined"
    return {
        "level": "DISTRICT" if move.given.name == "StationReassigned" else "STATION",
        "station_id": None if declined else move.after.place.offered_to,
        "hops": move.after.hops,
        "decided_by": move.given.by.actor if move.given.by else None,
        "proposed_station": named(move.given.data, "proposed_station"),
        "reason": named(move.given.data, "reason"),
        "ack_due": due(move, "T_ACCEPT", "T_ASSIGN"),
    }


def _routing(level: str | None, *timers: str) -> Fields:
    def fields(move: Move) -> dict[str, Any]:
        tier = level or _deciding_tier(move)
        return {
            "level": tier,
            "to_org": tier_org(move, tier),
            "station_id": move.after.station,
            "hops": move.after.hops,
            "due": due(move, *timers),
        }

    return fields


def _deciding_tier(move: Move) -> str:
    """Who has to name a station: the district; the city where none is known, or another one's station is proposed."""
    district = move.after.place.district
    proposed = district_of(named(move.given.data, "proposed_station"), move.context.organisations)
    return "DISTRICT" if district and proposed in {None, district} else "CITY"


def _worker_wanted(move: Move) -> dict[str, Any]:
    return {"station_id": move.after.place.answering}


ROUTING: Mapping[str, Fields] = {
    "HandoverOffered": _offered,
    "HandoverReoffered": _reoffered,
    "RoutingEscalated": _routing(None, "T_ROUTE", "T_ASSIGN"),
    "DistrictAssignmentRequired": _routing("DISTRICT", "T_ACCEPT_DISTRICT", "T_ASSIGN"),
    "CityAssignmentRequired": _routing("CITY", "T_ACCEPT_DISTRICT", "T_ASSIGN"),
    "WorkerAssignmentRequested": _worker_wanted,
}
