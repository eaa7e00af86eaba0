"""Each source may number its messages; a hole in the numbers is told, and told again when it has been filled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from schemas.intake import SourceSequenceGap
from services.intake.streams import append_last
from services.kernel.db import Connection
from services.kernel.store import Cause, Draft, Store

LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('sequence|' || $1, 0))"
LAST: Final = "select last_seq from source_sequences where source = $1"
ADVANCE: Final = """
    insert into source_sequences (source, last_seq) values ($1, $2)
    on conflict (source) do update set last_seq = excluded.last_seq
"""
MISS: Final = """
    insert into missing_ranges (source, first_seq, last_seq, from_seq, to_seq) values ($1, $2, $3, $2, $3)
"""
ARRIVED: Final = """
    with hole as (
        delete from missing_ranges where source = $1 and $2 between first_seq and last_seq returning *
    ), rest as (
        insert into missing_ranges
        select source, first_seq, $2 - 1, from_seq, to_seq from hole where first_seq < $2
        union all
        select source, $2 + 1, last_seq, from_seq, to_seq from hole where $2 < last_seq
    )
    select from_seq, to_seq from hole
"""
STILL: Final = "select 1 from missing_ranges where source = $1 and from_seq = $2 limit 1"


@dataclass(frozen=True, slots=True)
class Sequences:
    """Watches the numbers of all sources, inside the transaction of each message."""

    store: Store

    async def note(self, db: Connection, source: str, seq: int | None, now: datetime) -> None:
        """A message with this number arrived, readable or not. A source without numbers is never watched."""
        if seq is None:
            return
        await db.execute(LOCK, source)
        last = await db.fetchval(LAST, source)
        if last is None or seq == last + 1:
            await db.execute(ADVANCE, source, seq)
        elif seq > last:
            await self._open(db, source, last + 1, seq - 1, now)
            await db.execute(ADVANCE, source, seq)
        else:
            await self._close(db, source, seq, now)

    async def _open(self, db: Connection, source: str, from_seq: int, to_seq: int, now: datetime) -> None:
        await db.execute(MISS, source, from_seq, to_seq)
        await self._tell(db, SourceSequenceGap(source=source, from_seq=from_seq, to_seq=to_seq), now)

    async def _close(self, db: Connection, source: str, seq: int, now: datetime) -> None:
        gap = await db.fetchrow(ARRIVED, source, seq)
        if gap is None or await db.fetchval(STILL, source, gap["from_seq"]):
            return
        closed = SourceSequenceGap(source=source, from_seq=gap["from_seq"], to_seq=gap["to_seq"], closed=True)
        await self._tell(db, closed, now)

    async def _tell(self, db: Connection, gap: SourceSequenceGap, now: datetime) -> None:
        await append_last(db, self.store, f"source-{gap.source}", gap.source, [Draft(gap, now, Cause())])
