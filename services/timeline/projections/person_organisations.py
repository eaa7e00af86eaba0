"""Which organisations have a part in a person's affairs now? Answers who may read the timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from services.kernel.db import Connection
from services.kernel.projections import Projection
from services.kernel.store import Recorded
from services.timeline.facts import matter_of, name_of, person_of
from services.timeline.projections.station_inbox import Entry

NAME: Final = "person_organisations"
VERSION: Final = 2

# A later fact about the same part replaces an earlier one, whatever the order they are read in.
UPSERT: Final = """
insert into person_organisations as held (person_ref, matter, relation, org_id, xid, position)
values ($1, $2, $3, $4, $5::text::xid8, $6)
on conflict (person_ref, matter, relation) do update
set org_id = excluded.org_id, xid = excluded.xid, position = excluded.position
where (held.xid, held.position) < (excluded.xid, excluded.position)
"""
TO_SEAL: Final = "to_seal"
NAMED: Final = {
    "ReleaseNoticeReceived": ("source", "centre_id"),
    "OrderServed": ("executing", "executing_street"),
    "SealEligible": (TO_SEAL, "org_id"),
}
"""Facts that give one part to the organisation of one field."""
PROPOSED: Final = """
select person_ref, matter from person_organisations where relation = 'to_seal' and org_id = $1 order by person_ref
"""
READ: Final = "select distinct relation, org_id from person_organisations where person_ref = $1 and org_id is not null"


async def apply_all(db: Connection, records: Sequence[Recorded]) -> None:
    """Note who was offered, answers or gave notice."""
    rows = [row for record in records for row in rows_of(record)]
    if rows:
        await db.executemany(UPSERT, rows)


def rows_of(record: Recorded) -> Iterator[tuple[object, ...]]:
    """The parts a fact gives or takes."""
    person = person_of(record)
    for relation, org in parts(record) if person else ():
        yield person, matter_of(record), relation, org, record.xid, record.position


def parts(record: Recorded) -> Iterator[tuple[str, str | None]]:
    """`(relation, organisation)` of a fact; None where the part is over."""
    station = record.data.get("station_id")
    match name_of(record.type):
        case name if name in NAMED:
            relation, field = NAMED[name]
            yield relation, record.data.get(field)
        case "HandoverOffered" | "HandoverReoffered" | "StationReassigned" if station:
            yield "offered", station
        case "HandoverDeclined":
            yield "offered", None
        case "DeadlinesRecomputed" if record.data.get("cause") == "ReportInvalidated":
            yield "accountable", record.data.get("accountable")
        case "EnteredInError":
            yield "offered", None
            yield "accountable", None
        case "HandoverAccepted" | "DistrictAssigned" | "PersonReported" if station:
            yield "offered", None
            yield "accountable", station
        case _:
            return


async def proposed_to(db: Connection, org_id: str) -> list[Entry]:
    """The records that a district workstation may seal now."""
    return [
        Entry(row["matter"], row["person_ref"], "SEAL_ELIGIBLE", 0, "DISTRICT_LEAD", "confirm_sealing", None)
        for row in await db.fetch(PROPOSED, org_id)
    ]


async def parts_of(db: Connection, person_ref: str) -> frozenset[tuple[str, str]]:
    """`(relation, organisation)` of all that have a part now."""
    return frozenset((each["relation"], each["org_id"]) for each in await db.fetch(READ, person_ref))


PROJECTION: Final = Projection(NAME, VERSION, apply_all, tables=(NAME,))
