"""What figures keep of people whose records ended: the days that decide, counted, about nobody (specification §3.8)."""

from __future__ import annotations

from typing import Final

from services.kernel.db import Connection
from services.timeline.domain.kept_case import read, written
from services.timeline.domain.kpi_case import nameless

TABLES: Final = ("kpi_frozen", "kpi_frozen_notices")

CASES: Final = "delete from kpi_cases where person_ref = $1 returning kept"
COUNT: Final = """
insert into kpi_frozen as known (released, kept, cases) values ($1, $2, 1)
on conflict (released, kept) do update set cases = known.cases + 1
"""
COUNT_NOTICES: Final = """
insert into kpi_frozen_notices as known (centre_id, received, planned, corrected, notices)
select centre_id, received, planned, corrected, count(*)::integer
from kpi_notices as notice
where person_ref = $1
    and not exists (
        select from kpi_cases where kept ->> 'opened_by' = notice.event_id and (kept -> 'error')::boolean
    )
group by centre_id, received, planned, corrected
on conflict (centre_id, received, planned, corrected) do update set notices = known.notices + excluded.notices
"""
NOTICES: Final = "delete from kpi_notices where person_ref = $1"


async def freeze(db: Connection, person_ref: str) -> None:
    """Count a person's cases and notices among the frozen ones and forget whose they were."""
    await db.execute(COUNT_NOTICES, person_ref)
    await db.execute(NOTICES, person_ref)
    for row in await db.fetch(CASES, person_ref):
        case = nameless(read(row["kept"]))
        if case.released:
            await db.execute(COUNT, case.released, written(case))
