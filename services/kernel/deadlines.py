"""Alarms as rows: armed with the decision that needs them, fired once, in one transaction with what they cause."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, TypeAlias

import asyncpg

from services.kernel import logs
from services.kernel.clock import SHANGHAI, Clock
from services.kernel.db import Connection, Pool, retrying
from services.kernel.errors import JieliError, WrongVersion
from services.kernel.held_back import HeldBack

log = logs.get("kernel.deadlines")

LONGEST_SLEEP = 1.0  # seconds; another process may arm an earlier one
SHORTEST_SLEEP = 0.02
PATIENCE = "100ms"  # firing locks deadlines before streams, arriving facts the other way round: firing gives way

Outcome: TypeAlias = Literal["fired", "ignored"]

ARM = """
    insert into deadlines as known
        (saga_id, name, deadline_rev, occurrence, due_at, ordinal, policy_key, calendar_version)
    select * from unnest(
        $1::text[], $2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::int[], $7::text[], $8::text[]
    )
    on conflict (saga_id, name, deadline_rev, occurrence) do update
    set due_at = excluded.due_at, ordinal = excluded.ordinal,
        policy_key = excluded.policy_key, calendar_version = excluded.calendar_version
    where known.state = 'armed'
"""
STOP = "update deadlines set state = 'stopped' where saga_id = $1 and state = 'armed'"
STOP_AND_ARM = """
    with stopped as (
        update deadlines set state = 'stopped' where saga_id = $9 and state = 'armed' and name = any($10::text[])
    )
    insert into deadlines as known
        (saga_id, name, deadline_rev, occurrence, due_at, ordinal, policy_key, calendar_version)
    select * from unnest(
        $1::text[], $2::text[], $3::int[], $4::int[], $5::timestamptz[], $6::int[], $7::text[], $8::text[]
    )
    on conflict (saga_id, name, deadline_rev, occurrence) do update
    set due_at = excluded.due_at, ordinal = excluded.ordinal,
        policy_key = excluded.policy_key, calendar_version = excluded.calendar_version
    where known.state = 'armed'
"""
STOP_NAMES = "update deadlines set state = 'stopped' where saga_id = $1 and state = 'armed' and name = any($2::text[])"
NEXT_DUE = "select min(due_at) from deadlines where state = 'armed'"
WAITING = "select count(*) from deadlines where state = 'armed' and due_at <= $1"
EARLIEST_DUE = """
    select saga_id, set_config('lock_timeout', $3, true)
    from deadlines as first
    where state = 'armed' and due_at <= $1 and saga_id <> all($2::text[])
        and not exists (
            select from deadlines as earlier
            where earlier.saga_id = first.saga_id and earlier.state = 'armed'
                and (earlier.due_at, earlier.ordinal, earlier.name, earlier.deadline_rev, earlier.occurrence)
                    < (first.due_at, first.ordinal, first.name, first.deadline_rev, first.occurrence)
            offset 0 -- keeps the planner from joining all that is armed
        )
    order by due_at, ordinal
    limit 1
    for update of first skip locked
"""
DUE_OF_SAGA = """
    select saga_id, name, deadline_rev, occurrence, due_at, ordinal, policy_key, calendar_version
    from deadlines
    where saga_id = $1 and state = 'armed' and due_at <= $2
    order by due_at, ordinal, name, deadline_rev, occurrence
    for update
"""
MARK = """
    update deadlines as known set state = given.outcome
    from unnest($2::text[], $3::int[], $4::int[], $5::text[]) as given (name, deadline_rev, occurrence, outcome)
    where known.saga_id = $1 and known.name = given.name
        and known.deadline_rev = given.deadline_rev and known.occurrence = given.occurrence
"""
UNTOUCHED = """
    select known.name
    from deadlines as known
    join unnest($2::text[], $3::int[], $4::int[], $5::timestamptz[]) as given (name, deadline_rev, occurrence, due_at)
        using (name, deadline_rev, occurrence, due_at)
    where known.saga_id = $1 and known.state = 'armed'
    limit 1
"""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One alarm. Those due at the same instant go in the order of `ordinal`."""

    saga_id: str
    name: str
    deadline_rev: int
    occurrence: int
    due_at: datetime
    ordinal: int
    policy_key: str
    calendar_version: str


Fire: TypeAlias = Callable[[Connection, str, list[Deadline]], Awaitable[Mapping[Deadline, Outcome]]]


class Unanswered(JieliError):
    """`fire` gave no outcome for a due deadline and left it armed and due: it would come back at once, for ever."""

    def __init__(self, saga_id: str, name: str) -> None:
        super().__init__(f"到期未处理 due deadline got no outcome: {saga_id} {name}")


async def arm(db: Connection, deadlines: Iterable[Deadline]) -> None:
    """Arm them in the caller's transaction. An armed one moves; one that fired, was ignored or stopped stays so."""
    columns = _columns(deadlines)
    if columns:
        await db.execute(ARM, *columns)


async def stop_and_arm(db: Connection, saga_id: str, names: Iterable[str], deadlines: Iterable[Deadline]) -> None:
    """Both in one statement; no alarm that is armed here is among those stopped."""
    await db.execute(STOP_AND_ARM, *_columns(deadlines), saga_id, list(names))


async def stop(db: Connection, saga_id: str, names: Iterable[str] | None = None) -> None:
    """Stop the saga's armed deadlines of these names, or all of them."""
    if names is None:
        await db.execute(STOP, saga_id)
    else:
        await db.execute(STOP_NAMES, saga_id, list(names))


async def next_due(db: Connection) -> datetime | None:
    """When the earliest armed deadline is due; None if nothing is armed."""
    found: datetime | None = await db.fetchval(NEXT_DUE)
    return found and found.astimezone(SHANGHAI)


class DeadlineWorker:
    """Fires what is due, one transaction per saga, the earliest first. Several workers share the work.

    `fire(db, saga_id, due)` acts in the transaction that also marks the rows, so a deadline takes effect once whatever
    breaks; it gives an outcome for each deadline it did not itself stop or move. RetryTransaction and WrongVersion redo
    it. A saga that fails otherwise is held back for a while, and the others go on.
    """

    def __init__(self, pool: Pool, clock: Clock, fire: Fire) -> None:
        self._pool = pool
        self._clock = clock
        self._fire = fire
        self._woken = asyncio.Event()
        self._held = HeldBack()

    def wake(self) -> None:
        """Look at once: something was armed, or the clock was set."""
        self._woken.set()

    async def waiting(self) -> int:
        """How many armed deadlines are due by the clock."""
        found: int = await self._pool.fetchval(WAITING, self._clock.now())
        return found

    async def run(self) -> None:
        """Fire for ever; between two looks sleep until the next is due, a wake-up, or a second."""
        while True:
            self._woken.clear()
            await self.fire_due()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), await self._pause())

    async def fire_due(self) -> int:
        """Fire until nothing is due but what is held back; gives the number of sagas dealt with."""
        sagas = 0
        while await self._fire_next():
            sagas += 1
        return sagas

    async def _pause(self) -> float:
        async with self._pool.acquire() as db:
            due = await next_due(db)
        left = (due - self._clock.now()).total_seconds() if due else LONGEST_SLEEP
        return min(max(left, SHORTEST_SLEEP), LONGEST_SLEEP)

    async def _fire_next(self) -> bool:
        picked = _Picked()
        try:
            return await retrying(
                self._pool, partial(self._fire_earliest, picked), also=(WrongVersion, asyncpg.LockNotAvailableError)
            )
        except Exception:
            if not picked.saga_id:
                raise
            log.exception("deadline_failed", saga_id=picked.saga_id, held_for=self._held.hold(picked.saga_id))
            return True

    async def _fire_earliest(self, picked: _Picked, db: Connection) -> bool:
        now = self._clock.now()
        picked.saga_id = saga_id = await db.fetchval(EARLIEST_DUE, now, self._held.sagas(), PATIENCE) or ""
        if not saga_id:
            return False
        due = [_deadline(row) for row in await db.fetch(DUE_OF_SAGA, saga_id, now)]
        outcomes = await self._fire(db, saga_id, due)
        await _mark(db, saga_id, outcomes)
        await _refuse_untouched(db, saga_id, [deadline for deadline in due if deadline not in outcomes])
        self._held.forget(saga_id)
        return True


@dataclass(slots=True)
class _Picked:
    saga_id: str = ""


def _columns(deadlines: Iterable[Deadline]) -> list[list[object]]:
    """One list for each column of a row; none for no deadline."""
    rows = [
        (
            one.saga_id,
            one.name,
            one.deadline_rev,
            one.occurrence,
            one.due_at,
            one.ordinal,
            one.policy_key,
            one.calendar_version,
        )
        for one in deadlines
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _deadline(row: asyncpg.Record) -> Deadline:
    return Deadline(**(dict(row) | {"due_at": row["due_at"].astimezone(SHANGHAI)}))


async def _mark(db: Connection, saga_id: str, outcomes: Mapping[Deadline, Outcome]) -> None:
    rows = [(one.name, one.deadline_rev, one.occurrence, outcome) for one, outcome in outcomes.items()]
    if rows:
        await db.execute(MARK, saga_id, *map(list, zip(*rows, strict=True)))


async def _refuse_untouched(db: Connection, saga_id: str, left: list[Deadline]) -> None:
    rows = [(one.name, one.deadline_rev, one.occurrence, one.due_at) for one in left]
    name = rows and await db.fetchval(UNTOUCHED, saga_id, *map(list, zip(*rows, strict=True)))
    if name:
        raise Unanswered(saga_id, name)
