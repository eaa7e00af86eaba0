from __future__ import annotations

import asyncio
import gc

import pytest

from services.kernel.tasks import Loops, spawn


async def test_a_spawned_task_lives_although_nobody_holds_it() -> None:
    done = asyncio.Event()

    async def later() -> None:
        await asyncio.sleep(0)
        gc.collect()
        done.set()

    spawn(later(), "later")
    await asyncio.wait_for(done.wait(), 5)


async def test_a_failing_loop_is_started_again() -> None:
    runs = 0
    reached = asyncio.Event()

    async def stumbling() -> None:
        nonlocal runs
        runs += 1
        if runs < 4:
            raise OSError
        reached.set()
        await asyncio.Event().wait()

    loops = Loops(first=0.001, cap=0.002)
    loops.start("stumbling", stumbling)
    await asyncio.wait_for(reached.wait(), 5)
    await loops.stop()
    assert runs == 4


async def test_a_loop_outlives_a_cancellation_that_was_not_meant_for_it() -> None:
    runs = 0
    reached = asyncio.Event()

    async def awaits_somebody_who_was_cancelled() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            raise asyncio.CancelledError
        reached.set()
        await asyncio.Event().wait()

    loops = Loops(first=0.001)
    loops.start("awaiting", awaits_somebody_who_was_cancelled)
    await asyncio.wait_for(reached.wait(), 5)
    await loops.stop()


async def test_a_loop_that_fails_at_its_end_is_not_started_again() -> None:
    async def stumbling_at_the_end() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError

    loops = Loops(first=0.001)
    loops.start("stumbling", stumbling_at_the_end)
    await asyncio.sleep(0)
    await asyncio.wait_for(loops.stop(), 5)


async def test_stop_ends_every_loop_and_waits_for_its_last_words() -> None:
    ended: list[str] = []

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("endless")

    loops = Loops()
    loops.start("endless", endless)
    await asyncio.sleep(0)
    await loops.stop()
    assert ended == ["endless"]
    assert loops.running() == []


async def test_a_loop_that_returns_is_over() -> None:
    async def short() -> None:
        return None

    loops = Loops()
    loops.start("short", short)
    while loops.running():
        await asyncio.sleep(0)
    await loops.stop()


async def test_a_name_runs_once() -> None:
    async def endless() -> None:
        await asyncio.Event().wait()

    loops = Loops()
    loops.start("one", endless)
    with pytest.raises(ValueError, match="already running: one"):
        loops.start("one", endless)
    await loops.stop("one")
    loops.start("one", endless)
    await loops.stop()
