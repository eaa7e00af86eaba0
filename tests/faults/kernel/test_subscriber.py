"""Dependencies go away under a subscription, or it fails on everything; no message is given up or passed over."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.kernel.db import Connection
from services.kernel.errors import Unavailable
from services.kernel.reader import Reader
from services.kernel.records import Message, RawMessage, Subscription
from services.kernel.settling import TRIES
from tests.support.transport import Bench, bench


@pytest.fixture
async def on(database_url: str) -> AsyncIterator[Bench]:
    async with bench(database_url, "", embedded=True) as made:
        yield made


@pytest.mark.parametrize("away", [ConnectionResetError, TimeoutError, lambda: Unavailable("vault")])
async def test_a_dependency_that_is_away_blocks_no_key(
    on: Bench, away: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.kernel.settling.LATER_SECONDS", 0.001)
    missing = [away() for _ in range(2 * TRIES)]

    async def handle(db: Connection, message: Message) -> None:
        if missing:
            raise missing.pop()
        await on.handle(db, message)

    await on.happen("p1", "a", "b")
    subscription = Subscription(consumer=on.consumer, topics=(on.topic,), handle=handle)
    await on.reader(subscription).on_poll(await on.feed())
    assert await on.seen() == ["a", "b"]
    assert await on.blocking().list() == []


async def test_a_session_that_the_server_ended_blocks_no_key(on: Bench) -> None:
    ended: list[bool] = []

    async def handle(db: Connection, message: Message) -> None:
        if not ended:
            ended.append(True)
            await db.execute("select pg_terminate_backend(pg_backend_pid())")
        await on.handle(db, message)

    await on.happen("p1", "a")
    subscription = Subscription(consumer=on.consumer, topics=(on.topic,), handle=handle)
    await on.reader(subscription).on_poll(await on.feed())
    assert await on.seen() == ["a"]
    assert await on.blocking().list() == []


async def test_too_much_blocking_stops_the_partition_and_not_the_keys(on: Bench) -> None:
    for number in range(30):
        await on.happen(f"p{number}", "bad")
    on.broken.add("bad")
    records = await on.feed()
    reader = on.reader()
    await reader.on_poll(records)
    assert reader.settler.fuse.stopped == {(on.topic, 0)}
    assert len(await on.blocking().list()) == 20
    await reader.on_poll(records)
    assert len(await on.blocking().list()) == 20


async def test_an_error_of_the_kernel_itself_leaves_the_poll_undone(on: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await on.happen("p1", "a")
    records = await on.feed()
    reader = on.reader()

    async def bug(_self: Reader, raws: list[RawMessage]) -> bool:
        raise KeyError(len(raws))

    monkeypatch.setattr(Reader, "_settle_pack", bug)
    monkeypatch.setattr("services.kernel.reader.FAILED_SECONDS", 0)
    assert await reader._settle(records) == set()


async def test_an_interrupted_reader_leaves_its_records_undone(on: Bench) -> None:
    await on.happen("p1", "a")
    records = await on.feed()
    reader = on.reader()
    await reader.drain()
    assert await reader._settle(records) == set()
    reader.go_on()
    assert await reader._settle(records) == set(records)


async def test_a_successor_in_the_same_poll_follows_its_predecessor(on: Bench) -> None:
    for name in ("a", "b", "c"):
        await on.happen("p1", name)
    first, second, third = await on.feed()
    reader = on.reader()
    await reader.on_poll([first])
    await reader.on_poll([third, second])
    assert await on.seen() == ["a", "b", "c"]


async def test_a_drain_keeps_what_is_finished(on: Bench) -> None:
    reader = on.reader()
    kept: list[bool] = []

    async def save(_db: Connection) -> None:
        kept.append(True)

    reader.settler.interrupt.set()
    assert await reader.settler.insisted(save)
    assert kept == [True]
