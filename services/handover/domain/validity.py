"""Whether a command's data can be used at all; looked at last (specification §3.4.1-15)."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from schemas.registry import CURRENT
from services.handover.domain.accountability import REGISTERING_TYPES, STATION_TYPES
from services.handover.domain.reading import named
from services.handover.domain.saga import Saga
from services.handover.domain.words import Context, Input

INSIDE_ONLY = frozenset({"order_tag"})
STATION_OF: Mapping[str, frozenset[str]] = {
    "DistrictAssigned": STATION_TYPES,
    "StationReassigned": STATION_TYPES,
    "PersonReported": REGISTERING_TYPES,
}


def usable(saga: Saga | None, given: Input, context: Context) -> bool:
    """Whether the data reads as its event and names only organisations of the hub."""
    return _reads(saga, given) and _station_known(given, context)


def _reads(saga: Saga | None, given: Input) -> bool:
    event = CURRENT[given.name]
    ids = {"person_ref": given.person_ref or "-", "handover_id": "-"}
    if saga:
        ids = {"person_ref": saga.person_ref, "handover_id": saga.handover_id}
    known = {key: value for key, value in ids.items() if key in event.model_fields}
    try:
        event.model_validate({**known, **{k: v for k, v in given.data.items() if k not in INSIDE_ONLY}})
    except ValidationError:
        return False
    return True


def _station_known(given: Input, context: Context) -> bool:
    types = STATION_OF.get(given.name)
    return types is None or context.organisations.type_of(named(given.data, "station_id")) in types
