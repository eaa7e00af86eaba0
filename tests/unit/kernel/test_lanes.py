"""Lanes: in order within a key, side by side across keys."""

from __future__ import annotations

import asyncio

import pytest

from services.kernel.lanes import LaneStopped, lanes, run
from services.kernel.records import RawMessage


def record(offset: int, key: bytes | None, partition: int = 0) -> RawMessage:
    return RawMessage("t", partition, offset, key, None)


def test_records_of_a_key_share_a_lane_in_their_order() -> None:
    first, other, second = record(0, b"a"), record(1, b"b"), record(2, b"a")
    assert lanes([first, other, second]) == [[first, second], [other]]


def test_records_without_a_key_keep_the_order_of_their_partition() -> None:
    records = [record(0, None), record(1, None, partition=1), record(2, None)]
    assert lanes(records) == [[records[0], records[2]], [records[1]]]


async def test_a_slow_key_does_not_hold_up_another() -> None:
    gate, ended = asyncio.Event(), []

    async def work(raw: RawMessage) -> None:
        if raw.key == b"slow":
            await gate.wait()
        ended.append(raw.offset)
        if raw.key == b"quick":
            gate.set()

    await run([record(0, b"slow"), record(1, b"quick")], work)
    assert ended == [1, 0]


async def test_no_more_lanes_run_than_the_width() -> None:
    running, most = 0, 0

    async def work(_raw: RawMessage) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1

    await run([record(number, b"%d" % number) for number in range(20)], work, width=3)
    assert most == 3


async def test_a_stopped_lane_leaves_the_rest_of_its_key_undone() -> None:
    async def work(raw: RawMessage) -> None:
        if raw.offset == 1:
            raise LaneStopped(raw.place)

    done = await run([record(0, b"a"), record(1, b"a"), record(2, b"a"), record(3, b"b")], work)
    assert sorted(raw.offset for raw in done) == [0, 3]


async def test_an_error_reaches_the_caller_after_the_other_lanes() -> None:
    ended = []

    async def work(raw: RawMessage) -> None:
        if raw.key == b"a":
            raise KeyError(raw.offset)
        await asyncio.sleep(0)
        ended.append(raw.offset)

    with pytest.raises(KeyError):
        await run([record(0, b"a"), record(1, b"b")], work)
    assert ended == [1]
