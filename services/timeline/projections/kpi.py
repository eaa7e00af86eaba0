"""How did a period go? Cases and notices as the figures look at them; what they add up to is worked out when read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import reduce
from typing import Final

import asyncpg

from services.kernel.db import Connection
from services.kernel.projections import Projection
from services.kernel.store import Recorded
from services.reference.terms import date_of
from services.timeline.domain.kept_case import read, written
from services.timeline.domain.kpi_case import Case, day, evolve
from services.timeline.domain.notice_quality import Notice
from services.timeline.facts import fact_of, handover_of, name_of, person_of
from services.timeline.projections import kpi_frozen

NAME: Final = "kpi"
VERSION: Final = 2

CASES: Final = "select kept from kpi_cases where handover_id = any($1::text[])"
UPSERT: Final = """
insert into kpi_cases (handover_id, person_ref, released, kept) values ($1, $2, $3, $4)
on conflict (handover_id) do update set released = excluded.released, kept = excluded.kept
"""
RELEASED: Final = """
select kept, 1 as cases from kpi_cases where released >= $1 and released < $2
union all
select kept, cases from kpi_frozen where released >= $1 and released < $2
"""

PLANNED: Final = {"ReleaseNoticeReceived": "planned_release_date", "ReleaseDateChanged": "new_date"}
CORRECTIONS: Final = {"ReleaseDateChanged": ("CORRECTION", None), "ReleaseNoticeWithdrawn": ("ERROR",)}

NOTICED: Final = """
insert into kpi_notices (centre_id, notice_no, person_ref, event_id, received, planned)
values ($1, $2, $3, $4, $5, $6)
on conflict (centre_id, notice_no) do nothing
"""
CORRECTED: Final = """
update kpi_notices set corrected = true
where notice_no = $1 and person_ref = $2 and centre_id = coalesce($3, centre_id)
"""
RECEIVED: Final = """
select centre_id, received, planned, corrected, 1 as notices from kpi_notices as notice
where received >= $1 and received < $2
    and not exists (
        select from kpi_cases where kept ->> 'opened_by' = notice.event_id and (kept -> 'error')::boolean
    )
union all
select centre_id, received, planned, corrected, notices from kpi_frozen_notices
where received >= $1 and received < $2
"""


async def apply_all(db: Connection, records: Sequence[Recorded]) -> None:
    """Fold the facts of handovers into their cases and note the centres' notices; seen facts change nothing."""
    await _fold_cases(db, records)
    for record in records:
        await _note(db, record)


async def released_in(db: Connection, start: date, end: date) -> list[Case]:
    """The cases of people released in [start, end), the frozen ones too."""
    return [case for row in await db.fetch(RELEASED, start, end) for case in [read(row["kept"])] * row["cases"]]


async def received_in(db: Connection, start: date, end: date) -> list[Notice]:
    """The notices received in [start, end), without those entered in error."""
    rows = await db.fetch(RECEIVED, start, end)
    return [notice for row in rows for notice in [_notice(row)] * row["notices"]]


def _notice(row: asyncpg.Record) -> Notice:
    return Notice(row["centre_id"], row["received"], row["planned"], row["corrected"])


async def _fold_cases(db: Connection, records: Sequence[Recorded]) -> None:
    told: dict[str, list[Recorded]] = {}
    for record in records:
        handover = handover_of(record)
        if handover and person_of(record):
            told.setdefault(handover, []).append(record)
    if told:
        kept = [read(row["kept"]) for row in await db.fetch(CASES, list(told))]
        known = {case.handover_id: case for case in kept}
        await db.executemany(UPSERT, [_row(known.get(each), each, news) for each, news in told.items()])


def _row(known: Case | None, handover_id: str, news: Sequence[Recorded]) -> tuple[object, ...]:
    first = news[0]
    opened_by = first.meta.get("causationid") or first.event_id
    before = known or Case(handover_id=handover_id, person_ref=person_of(first) or "", opened_by=opened_by)
    case = reduce(evolve, map(fact_of, news), before)
    return handover_id, case.person_ref, case.released, written(case)


async def _note(db: Connection, record: Recorded) -> None:
    """A notice as it first came, be it from a second centre (X-05); a correction of the same source marks it."""
    name, data = name_of(record.type), record.data
    if name in PLANNED and (centre := data.get("source_org") or data.get("centre_id")):
        received, planned = date_of(record.recorded_at), day(data.get(PLANNED[name]))
        place = (centre, data["notice_no"], person_of(record))
        await db.execute(NOTICED, *place, record.event_id, received, planned)
    if data.get("reason") in CORRECTIONS.get(name, ()):
        await db.execute(CORRECTED, data["notice_no"], person_of(record), data.get("centre_id"))


PROJECTION: Final = Projection(NAME, VERSION, apply_all, tables=("kpi_cases", "kpi_notices", *kpi_frozen.TABLES))
