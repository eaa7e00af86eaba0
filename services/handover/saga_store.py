"""Where a saga rests: one row with its folded memory, one row per step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg

from services.handover.domain.memory import from_json, written
from services.handover.domain.parts import Handled
from services.handover.domain.saga import Saga
from services.handover.domain.table import shipped_table
from services.kernel.db import Connection
from services.kernel.errors import RetryTransaction, SetAside

OF_PERSON: Final = """
select doc, written, live,
  exists (select from parked_keys where key = sagas.person_ref and state = 'blocked')
    or exists (select from blocked_people as held where held.person_ref = sagas.person_ref)
    or exists (select from source_gaps where source = any(sagas.watched)) as blocked
from sagas where person_ref = $1
order by live desc, opened desc limit 1
for update
"""
BY_ID: Final = """
select doc, written,
  exists (select from parked_keys where key = sagas.person_ref and state = 'blocked')
    or exists (select from blocked_people as held where held.person_ref = sagas.person_ref)
    or exists (select from source_gaps where source = any(sagas.watched)) as blocked
from sagas where handover_id = $1
for update
"""
LOCK_PERSON: Final = "select pg_advisory_xact_lock(hashtextextended('person|' || $1, 0))"
SEALED: Final = "select exists (select from sealed_people where person_ref = $1)"
READ: Final = "select doc, updated from sagas where handover_id = $1"
READ_PERSON: Final = "select doc, updated from sagas where person_ref = $1 order by opened"
READ_NOTICE: Final = """
select doc, updated from sagas
where handover_id = any(sagas_of_notice($1))
order by opened
"""
SAVE: Final = """
with saved as (
  insert into sagas as known
    (handover_id, person_ref, episode, state, live, version, written, notices, watched, doc, opened, updated)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
  on conflict (handover_id) do update set
    episode = excluded.episode, state = excluded.state, live = excluded.live, version = excluded.version,
    written = excluded.written, notices = excluded.notices, watched = excluded.watched, doc = excluded.doc,
    updated = excluded.updated
  where known.version = $12
  returning true
),
added as (
  insert into steps (handover_id, at, version, input_id, input_name, rules, outcome, patch)
  select $1, $11, version, input_id, input_name, string_to_array(rules, ' '), outcome, patch
  from unnest($13::bigint[], $14::text[], $15::text[], $16::text[], $17::text[], $18::jsonb[])
    as given (version, input_id, input_name, rules, outcome, patch)
  where exists (select from saved)
)
select exists (select from saved)
"""
STEPS: Final = "select patch from steps where handover_id = $1 order by version"


@dataclass(frozen=True, slots=True)
class Held:
    """A saga under the row's lock. `written`: events in its stream; `blocked`: facts about its person wait."""

    saga: Saga
    written: int = 0
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class StepRow:
    """One input and what it changed. `version`: number of the step; `rules`: ids parted by blanks."""

    version: int
    input_id: str
    input_name: str
    rules: str
    outcome: str
    patch: Mapping[str, Any]


async def of_person(db: Connection, person_ref: str) -> Held | None:
    """The person's live saga, else the latest, locked until the transaction ends.

    Without a live one the person is locked instead: no row stands for the saga that another transaction may be opening.
    Raises SetAside("SEALED") for a person whose record was sealed or deleted.
    """
    row = await db.fetchrow(OF_PERSON, person_ref)
    if row is None or not row["live"]:
        await db.execute(LOCK_PERSON, person_ref)
        row = await db.fetchrow(OF_PERSON, person_ref)
    if row is None and await db.fetchval(SEALED, person_ref):
        raise SetAside("SEALED")
    return _held(row)


async def by_id(db: Connection, handover_id: str) -> Held | None:
    """That saga, locked until the transaction ends."""
    return _held(await db.fetchrow(BY_ID, handover_id))


async def read(db: Connection, handover_id: str) -> list[Handled]:
    """That saga as it is committed, without a lock; empty where there is none."""
    return [_handled(row) for row in await db.fetch(READ, handover_id)]


async def read_of_person(db: Connection, person_ref: str) -> list[Handled]:
    """All sagas of a person, oldest first."""
    return [_handled(row) for row in await db.fetch(READ_PERSON, person_ref)]


async def read_of_notice(db: Connection, centre: str, notice_no: str) -> list[Handled]:
    """All sagas that this notice is about, oldest first."""
    return [_handled(row) for row in await db.fetch(READ_NOTICE, f"{centre}/{notice_no}")]


async def save(db: Connection, before: Held | None, after: Held, steps: Sequence[StepRow], now: datetime) -> None:
    """Write the row and append its steps, in one statement.

    Raises RetryTransaction if another transaction changed it or opened one for the same person.
    """
    saga = after.saga
    live = saga.state not in shipped_table().terminal
    place = (saga.handover_id, saga.person_ref, saga.episode, saga.state, live)
    content = (saga.steps, after.written, notices_of(saga), watched_by(saga), written(saga), now)
    known = before.saga.steps if before else -1
    try:
        done = await db.fetchval(SAVE, *place, *content, known, *_columns(steps))
    except asyncpg.UniqueViolationError as error:
        raise RetryTransaction(saga.handover_id) from error
    if not done:
        raise RetryTransaction(saga.handover_id)


async def patches(db: Connection, handover_id: str) -> list[dict[str, Any]]:
    """What each step changed, oldest first: folded, they give the saga again."""
    return [row["patch"] for row in await db.fetch(STEPS, handover_id)]


def notices_of(saga: Saga) -> list[str]:
    """`centre/number` of every notice about this handover."""
    return sorted(f"{notice.source}/{notice.notice_no}" for notice in saga.notices.values())


def watched_by(saga: Saga) -> list[str]:
    """Whose messages may tell that the person reported or why not: the stations at work and the sources."""
    stations = {saga.accountable, saga.place.answering, saga.place.station}
    return sorted({one for one in stations if one} | saga.sources)


def _columns(rows: Sequence[StepRow]) -> tuple[list[object], ...]:
    return (
        [row.version for row in rows],
        [row.input_id for row in rows],
        [row.input_name for row in rows],
        [row.rules for row in rows],
        [row.outcome for row in rows],
        [dict(row.patch) for row in rows],
    )


def _handled(row: asyncpg.Record) -> Handled:
    return Handled(from_json(row["doc"]), row["updated"])


def _held(row: asyncpg.Record | None) -> Held | None:
    return Held(from_json(row["doc"]), row["written"], row["blocked"]) if row else None
