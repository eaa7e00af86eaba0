"""Workers that race, conflict and are cut off: each deadline takes effect once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace

from services.kernel.clock import VirtualClock
from services.kernel.db import Connection, Pool
from services.kernel.deadlines import Deadline, DeadlineWorker, Outcome, arm
from services.kernel.errors import RetryTransaction
from tests.support.database import START, service_pool

SAGAS = 40
NAMES = ("T_ACCEPT", "T_ASSIGN", "T_ONBOARD")
EFFECTS = """
    create table effects (
        saga_id text, name text, deadline_rev int, occurrence int, outcome text, worker text
    )
"""


class CutOff(Exception):
    """The session is gone, as after kill -9."""


class Unreliable:
    """Writes effects; sometimes asks for another try, fails, loses its session, or arms the next occurrence."""

    def __init__(self, name: str, seed: int) -> None:
        self.name = name
        self.chance = random.Random(seed)
        self.cut_off = 0

    async def __call__(self, db: Connection, saga_id: str, due: Sequence[Deadline]) -> dict[Deadline, Outcome]:
        outcomes: dict[Deadline, Outcome] = {one: self.chance.choice(("fired", "ignored")) for one in due}
        for one, outcome in outcomes.items():
            await db.execute(
                "insert into effects values ($1, $2, $3, $4, $5, $6)",
                *(saga_id, one.name, one.deadline_rev, one.occurrence, outcome, self.name),
            )
        await arm(db, [replace(one, occurrence=2) for one in due if one.occurrence == 1 and one.name == NAMES[0]])
        await self.stumble(db)
        return outcomes

    async def stumble(self, db: Connection) -> None:
        match self.chance.randrange(6):
            case 0:
                raise RetryTransaction("x")
            case 1:
                self.cut_off += 1
                db.terminate()
                raise CutOff
            case _:
                await asyncio.sleep(0)


async def work_until_nothing_is_due(pool: Pool, fire: Unreliable) -> None:
    """A worker that is replaced by a new one, without memory, until all is done."""
    while await DeadlineWorker(pool, VirtualClock(START), fire).waiting():
        await DeadlineWorker(pool, VirtualClock(START), fire).fire_due()
        await asyncio.sleep(0)


async def test_every_deadline_takes_effect_once_whatever_its_workers_suffer(database_url: str) -> None:
    async with service_pool(database_url) as pool:
        await pool.execute(EFFECTS)
        async with pool.acquire() as db:
            await arm(
                db,
                (
                    Deadline(f"h{saga}", name, 1, 1, START, at, "k", "2026")
                    for saga in range(SAGAS)
                    for at, name in enumerate(NAMES)
                ),
            )
        workers = [Unreliable("one", 1), Unreliable("two", 2), Unreliable("three", 3)]
        await asyncio.gather(*(work_until_nothing_is_due(pool, fire) for fire in workers))
        written = await pool.fetch("select saga_id, name, deadline_rev, occurrence, outcome from effects")
        marked = await pool.fetch("select saga_id, name, deadline_rev, occurrence, state from deadlines")
        shares = {row["worker"] for row in await pool.fetch("select distinct worker from effects")}
    assert sorted(map(tuple, written)) == sorted(map(tuple, marked))
    assert len(marked) == SAGAS * (len(NAMES) + 1)
    assert len(shares) > 1
    assert sum(fire.cut_off for fire in workers) > 5
