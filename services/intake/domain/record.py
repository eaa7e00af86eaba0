"""The state of a person's record: open, proposed, sealed, deleted, and read by law for a while (specification §3.8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Final, Literal, TypeAlias

from schemas.base import Event
from schemas.privacy import LawfulReadGranted, RecordDeleted, RecordSealed, SealEligible
from services.intake.domain.eligibility import Eligibility
from services.kernel.errors import Refused

Facet: TypeAlias = Literal["OPEN", "SEAL_ELIGIBLE", "SEALED", "DELETED"]
READ_FOR: Final = timedelta(hours=24)
STREAM: Final = "record-"


@dataclass(frozen=True, slots=True)
class Grant:
    """Who may read a sealed record, on which ground, until when."""

    officials: tuple[str, ...]
    ground: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """One person's record. `org`: the district workstation that decides about it."""

    facet: Facet = "OPEN"
    org: str = ""
    clock_start: date | datetime | None = None
    grants: tuple[Grant, ...] = ()

    def grant_of(self, official: str, now: datetime) -> Grant | None:
        """What lets an official read now: a grant ends by itself."""
        if self.facet != "SEALED":
            return None
        return next((each for each in self.grants if official in each.officials and now < each.until), None)


def folded(events: Iterable[Event]) -> Record:
    """The record after these facts; whatever does not fit changes nothing."""
    return reduce(evolve, events, Record())


def evolve(record: Record, event: Event) -> Record:
    """The record after one fact."""
    match event:
        case SealEligible() if record.facet in {"OPEN", "SEAL_ELIGIBLE"}:
            return replace(record, facet="SEAL_ELIGIBLE", org=event.org_id or "", clock_start=event.clock_start)
        case RecordSealed() if record.facet != "DELETED":
            return replace(record, facet="SEALED", org=event.org_id or record.org, clock_start=event.clock_start)
        case LawfulReadGranted() if record.facet == "SEALED" and event.grant_until:
            grant = Grant(event.officials, event.ground or "", event.grant_until)
            return replace(record, grants=(*record.grants, grant))
        case RecordDeleted():
            return replace(record, facet="DELETED", grants=())
        case _:
            return record


def proposal(record: Record, found: Eligibility, person_ref: str, org: str, ground: str = "") -> SealEligible | None:
    """What is put before a human; None where it may not be sealed, or was put before them already."""
    if record.facet != "OPEN" or found.against:
        return None
    return SealEligible(
        person_ref=person_ref, clock_start=found.clock_start, ground=ground or found.ground, org_id=org or None
    )


def sealed(record: Record, found: Eligibility, person_ref: str, org: str) -> RecordSealed:
    """The record is sealed. Raises Refused `not_eligible` with what stands against it."""
    if record.facet not in {"OPEN", "SEAL_ELIGIBLE"}:
        raise unknown()
    if found.against:
        raise Refused("not_eligible", found.against[0])
    return RecordSealed(
        person_ref=person_ref, clock_start=found.clock_start, ground=found.ground, org_id=org or record.org or None
    )


def deleted(record: Record, person_ref: str, ground: str, org: str) -> RecordDeleted:
    """The record is destroyed, whether it was open or sealed."""
    if record.facet == "DELETED":
        raise unknown()
    return RecordDeleted(person_ref=person_ref, ground=ground, org_id=org or record.org or None)


def unknown() -> Refused:
    """What everybody is told of a record that is not there for them."""
    return Refused("not_found", status=404)
