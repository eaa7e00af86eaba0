"""Key lanes: a poll's records run concurrently across keys and in order within a key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from services.kernel.errors import JieliError
from services.kernel.records import RawMessage

WIDTH = 16

Work = Callable[[RawMessage], Awaitable[None]]


class LaneStopped(JieliError):
    """The record and what stands behind it in its lane stay undone; the broker will give them again."""


def lanes(records: Sequence[RawMessage]) -> list[list[RawMessage]]:
    """The records grouped by key in their order; records without a key keep the order of their partition."""
    by_key: dict[object, list[RawMessage]] = {}
    for record in records:
        by_key.setdefault(record.key or (record.topic, record.partition), []).append(record)
    return list(by_key.values())


def packs(records: Sequence[RawMessage], size: int) -> list[list[RawMessage]]:
    """Whole lanes side by side, about `size` records each: what may share a transaction."""
    found: list[list[RawMessage]] = [[]]
    for lane in lanes(records):
        if found[-1] and len(found[-1]) + len(lane) > size:
            found.append([])
        found[-1].extend(lane)
    return [pack for pack in found if pack]


async def run(records: Sequence[RawMessage], work: Work, width: int = WIDTH) -> set[RawMessage]:
    """Let `work` settle every record, at most `width` lanes at once. Gives the settled ones.

    A LaneStopped ends its lane only; any other error reaches the caller after all lanes have ended.
    """
    gate = asyncio.Semaphore(width)
    done: set[RawMessage] = set()
    running = [_lane(lane, work, gate, done) for lane in lanes(records)]
    for ended in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended
    return done


async def _lane(lane: Sequence[RawMessage], work: Work, gate: asyncio.Semaphore, done: set[RawMessage]) -> None:
    async with gate:
        for record in lane:
            try:
                await work(record)
            except LaneStopped:
                return
            done.add(record)
