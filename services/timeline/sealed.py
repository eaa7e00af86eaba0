"""Records that were sealed or deleted: marked as the journal takes the fact, dropped by every projection that meets it.

A fact about a person that the journal takes after the end of their record reaches no projection: the feed gives it
without a name and without a word, so that places in the feed stay what they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from schemas.privacy import RecordDeleted, RecordSealed
from services.kernel.db import Connection
from services.kernel.projections import Projection
from services.kernel.records import Message
from services.kernel.store import Recorded
from services.timeline.facts import name_of, person_of

ENDS: Final = frozenset({RecordSealed.wire, RecordDeleted.wire})
NAMES: Final = frozenset(name_of(wire) for wire in ENDS)

MARK: Final = """
insert into sealed_subjects as known (subject, whole, xid, position)
select distinct on (found.subject) found.subject, found.whole, ending.xid, ending.position
from journal as ending, lateral (
    select ending.meta ->> 'subject' as subject, true as whole
    union all
    select coalesce(data ->> 'source_org', data ->> 'centre_id') || '/' || (data ->> 'notice_no'), false
    from journal as notice
    where notice.meta ->> 'subject' = ending.meta ->> 'subject' and notice.data ? 'notice_no'
        and coalesce(notice.data ->> 'source_org', notice.data ->> 'centre_id') is not null
) as found
where ending.event_id = $1
on conflict (subject) do update
set xid = excluded.xid, position = excluded.position
where not known.whole and (known.xid, known.position) < (excluded.xid, excluded.position)
"""

ANSWERS: Final = """
delete from idempotency
where body ->> 'request_no' in (
    select filed.data ->> 'request_no' from journal as ending
    join events as filed on filed.stream_id = 'rights-' || (ending.meta ->> 'subject')
    where ending.event_id = $1
)
"""

Drop: TypeAlias = Callable[[Connection, str], Awaitable[None]]


async def mark(db: Connection, messages: Sequence[Message]) -> None:
    """Hide whose record ended and forget what they were answered, in the transaction that journals the fact."""
    for message in messages:
        if message.event.wire in ENDS:
            await db.execute(MARK, message.envelope.id)
            await db.execute(ANSWERS, message.envelope.id)


def ends_with_the_record(projection: Projection, drop: Drop) -> Projection:
    """The projection, which calls `drop(db, person_ref)` in its place for the end of a record and knows it no more."""

    async def apply_all(db: Connection, records: Sequence[Recorded]) -> None:
        start = 0
        for place, record in enumerate(records):
            if name_of(record.type) in NAMES and (person_ref := person_of(record)):
                await _apply(db, records[start:place])
                await drop(db, person_ref)
                start = place + 1
        await _apply(db, records[start:])

    async def _apply(db: Connection, records: Sequence[Recorded]) -> None:
        if records:
            await projection.apply_all(db, records)

    return replace(projection, apply_all=apply_all)


def deleting(table: str) -> Drop:
    """Drops a person's rows of a table that has the column person_ref."""
    statement = f"delete from {table} where person_ref = $1"  # noqa: S608 - names of our own tables

    async def drop(db: Connection, person_ref: str) -> None:
        await db.execute(statement, person_ref)

    return drop
