from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.kernel.clock import VirtualClock
from services.kernel.db import Connection, Pool, transaction
from services.kernel.deadlines import EARLIEST_DUE, Deadline, DeadlineWorker, Outcome, arm, next_due, stop
from services.kernel.errors import RetryTransaction, WrongVersion
from tests.support.database import START, note, plain_store, service_pool

HOUR = timedelta(hours=1)
ARMED = """
    insert into deadlines
    select 'h' || number, 'T_ACCEPT', 1, 1, timestamptz '2027-01-01' + number * interval '1 s', 0, 'armed', 'k', '2026'
    from generate_series(1, 30000) as number
"""
EFFECT = "insert into effects (saga_id, name, deadline_rev, occurrence, due_at) values ($1, $2, $3, $4, $5)"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with service_pool(database_url) as pool:
        await pool.execute(
            "create table effects (at bigint generated always as identity, saga_id text, name text, deadline_rev int,"
            " occurrence int, due_at timestamptz)"
        )
        yield pool


def deadline(name: str = "T_ACCEPT", saga: str = "h1", due: datetime = START, **more: int) -> Deadline:
    return Deadline(saga, name, more.get("rev", 1), more.get("occurrence", 1), due, more.get("ordinal", 0), "k", "2026")


class Firing:
    """Writes one row per deadline, after failing as often as asked."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.rounds: list[list[str]] = []

    async def __call__(self, db: Connection, saga_id: str, due: list[Deadline]) -> dict[Deadline, Outcome]:
        self.rounds.append([one.name for one in due])
        for one in due:
            await db.execute(EFFECT, saga_id, one.name, one.deadline_rev, one.occurrence, one.due_at)
        if self.failures:
            raise self.failures.pop(0)
        return dict.fromkeys(due, "fired")


async def armed(pool: Pool, *deadlines: Deadline) -> None:
    async with transaction(pool) as db:
        await arm(db, deadlines)


async def states(pool: Pool) -> dict[str, str]:
    rows = await pool.fetch("select name, occurrence, state from deadlines")
    return {f"{row['name']}.{row['occurrence']}": row["state"] for row in rows}


async def effects(pool: Pool) -> list[str]:
    return [row["name"] for row in await pool.fetch("select name from effects order by at")]


def worker(pool: Pool, fire: Firing, clock: VirtualClock | None = None) -> DeadlineWorker:
    return DeadlineWorker(pool, clock or VirtualClock(START), fire)


async def test_what_is_due_fires_once_and_what_is_not_stays_armed(pool: Pool) -> None:
    await armed(pool, deadline("T_DUE"), deadline("T_LATER", due=START + HOUR))
    assert await worker(pool, Firing()).fire_due() == 1
    assert await worker(pool, Firing()).fire_due() == 0
    assert await effects(pool) == ["T_DUE"]
    assert await states(pool) == {"T_DUE.1": "fired", "T_LATER.1": "armed"}


async def test_a_saga_gets_all_that_is_due_at_once_in_order_of_instant_and_ordinal(pool: Pool) -> None:
    early = START - HOUR
    await armed(
        pool, deadline("T_C", ordinal=9), deadline("T_B", due=early, ordinal=2), deadline("T_A", due=early, ordinal=1)
    )
    firing = Firing()
    await worker(pool, firing).fire_due()
    assert firing.rounds == [["T_A", "T_B", "T_C"]]


async def test_the_saga_with_the_earliest_deadline_comes_first(pool: Pool) -> None:
    await armed(pool, deadline("T_2", "h2"), deadline("T_1", "h1", due=START - HOUR))
    firing = Firing()
    await worker(pool, firing).fire_due()
    assert firing.rounds == [["T_1"], ["T_2"]]


async def test_a_virtual_clock_decides_what_is_due(pool: Pool) -> None:
    clock = VirtualClock(START)
    await armed(pool, deadline(due=START + HOUR))
    worked = worker(pool, Firing(), clock)
    assert await worked.fire_due() == 0
    clock.set(START + HOUR)
    assert (await worked.waiting(), await worked.fire_due(), await worked.waiting()) == (1, 1, 0)


async def test_arming_again_moves_an_armed_deadline(pool: Pool) -> None:
    await armed(pool, deadline())
    await armed(pool, deadline(due=START + HOUR))
    async with pool.acquire() as db:
        assert await next_due(db) == START + HOUR


@pytest.mark.parametrize("ended", ["fired", "stopped"])
async def test_arming_again_wakes_nothing_that_fired_or_was_stopped(pool: Pool, ended: str) -> None:
    await armed(pool, deadline())
    async with transaction(pool) as db:
        await stop(db, "h1")
    await pool.execute("update deadlines set state = $1", ended)
    await armed(pool, deadline(due=START - HOUR))
    assert await worker(pool, Firing()).fire_due() == 0
    assert await states(pool) == {"T_ACCEPT.1": ended}


async def test_stop_ends_the_named_deadlines_of_one_saga_or_all_of_them(pool: Pool) -> None:
    await armed(pool, deadline("T_A"), deadline("T_B"), deadline("T_C"), deadline("T_D", "h2"))
    async with transaction(pool) as db:
        await stop(db, "h1", ["T_A"])
        assert await states_of(db) == ["armed", "armed", "armed", "stopped"]
        await stop(db, "h1")
        assert await states_of(db) == ["armed", "stopped", "stopped", "stopped"]


async def states_of(db: Connection) -> list[str]:
    return [row["state"] for row in await db.fetch("select state from deadlines order by state")]


@pytest.mark.parametrize("failure", [RetryTransaction("x"), WrongVersion("s", 1, 2)])
async def test_a_conflict_redoes_the_firing_and_leaves_one_effect(pool: Pool, failure: Exception) -> None:
    await armed(pool, deadline())
    await worker(pool, Firing(failure)).fire_due()
    assert await effects(pool) == ["T_ACCEPT"]


async def test_a_saga_that_fails_is_held_back_and_the_others_fire(pool: Pool) -> None:
    await armed(pool, deadline("T_BAD", "bad", due=START - HOUR), deadline("T_GOOD", "good"))
    worked = worker(pool, Firing(ZeroDivisionError()))
    await worked.fire_due()
    assert await effects(pool) == ["T_GOOD"]
    assert await worked.waiting() == 1


async def test_firing_may_stop_move_and_arm_the_sagas_other_deadlines(pool: Pool) -> None:
    await armed(pool, deadline("T_FIRES"), deadline("T_MOVES"), deadline("T_STOPS", due=START + HOUR))

    async def fire(db: Connection, saga_id: str, due: Sequence[Deadline]) -> dict[Deadline, Outcome]:
        fires, moves = due
        await arm(db, [replace(moves, due_at=START + HOUR), replace(fires, occurrence=2, due_at=START + HOUR)])
        await stop(db, saga_id, ["T_STOPS"])
        return {fires: "ignored"}

    assert await DeadlineWorker(pool, VirtualClock(START), fire).fire_due() == 1
    expected = {"T_FIRES.1": "ignored", "T_FIRES.2": "armed", "T_MOVES.1": "armed", "T_STOPS.1": "stopped"}
    assert await states(pool) == expected


async def test_a_due_deadline_without_outcome_is_a_failure_of_its_saga(pool: Pool) -> None:
    await armed(pool, deadline("T_FORGOTTEN"), deadline("T_GOOD", "good", due=START))

    async def fire(_db: Connection, saga_id: str, due: Sequence[Deadline]) -> dict[Deadline, Outcome]:
        return dict.fromkeys(due, "fired") if saga_id == "good" else {}

    await DeadlineWorker(pool, VirtualClock(START), fire).fire_due()
    assert await states(pool) == {"T_FORGOTTEN.1": "armed", "T_GOOD.1": "fired"}


async def test_a_running_worker_wakes_for_what_was_just_armed(pool: Pool) -> None:
    worked = worker(pool, Firing())
    running = asyncio.create_task(worked.run())
    await armed(pool, deadline())
    worked.wake()
    async with asyncio.timeout(5):
        while await effects(pool) != ["T_ACCEPT"]:
            await asyncio.sleep(0.005)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_fact_that_holds_the_stream_and_stops_the_deadline_goes_before_the_firing(pool: Pool) -> None:
    store = plain_store()
    await armed(pool, deadline())
    fired: list[str] = []

    async def fire(db: Connection, _saga: str, due: Sequence[Deadline]) -> dict[Deadline, Outcome]:
        version = await store.version(db, "handover-h1")
        reached.set()
        await store.append(db, "handover-h1", "p1", version, [note("fired")])
        fired.append(due[0].name)
        return dict.fromkeys(due, "fired")

    reached = asyncio.Event()
    async with transaction(pool) as db:
        await store.append(db, "handover-h1", "p1", 0, [note("accepted")])
        firing = asyncio.create_task(DeadlineWorker(pool, VirtualClock(START), fire).fire_due())
        await asyncio.wait_for(reached.wait(), 5)
        await stop(db, "h1")
    assert await firing == 0
    assert fired == []
    assert await states(pool) == {"T_ACCEPT.1": "stopped"}


@pytest.mark.parametrize("statistics", ["analyze deadlines", "select 'none yet'"])
async def test_looking_for_due_work_costs_what_is_due_not_what_is_armed(pool: Pool, statistics: str) -> None:
    await pool.execute(ARMED)
    await armed(pool, deadline("T_DUE", "h7"))
    await pool.execute(statistics)
    plan = await pool.fetchval("explain (analyze, buffers, format json) " + EARLIEST_DUE, START, [], "100ms")
    assert json.loads(plan)[0]["Plan"]["Shared Hit Blocks"] < 100
