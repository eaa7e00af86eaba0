"""Messages from outside: in order of their key, once each, unreadable ones kept by their place only."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.embedded.broker import EmbeddedBroker
from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.kernel.records import RawMessage, Subscription
from tests.support.transport import Bench, bench, subscribed

RECEIPT = "insert into seen (key, text) values ('receipt', $1)"


@pytest.fixture
async def on(database_url: str, fresh_broker: EmbeddedBroker) -> AsyncIterator[Bench]:
    async with bench(database_url, fresh_broker.bootstrap, embedded=True) as made:
        yield made


def door(on: Bench) -> Subscription:
    async def receipt(db: Connection, raw: RawMessage, reason: str) -> None:
        await db.execute(RECEIPT, f"{raw.offset} {reason}")

    return Subscription(consumer=on.consumer, topics=(on.topic,), handle_raw=on.handle_raw, on_quarantine=receipt)


async def test_messages_from_outside_reach_the_handler_whatever_their_headers_are(on: Bench) -> None:
    async with subscribed(on.subscribers(door(on))):
        await on.send(b"org/1", b"one", [("ce_id", None), ("ce_type", b"\xff")])
        await on.send(b"org/1", b"two")
        await on.saw("org/1", "one", "two")


async def test_an_unreadable_one_is_quarantined_without_its_content_and_released_when_it_can_be_read(on: Bench) -> None:
    on.unreadable.add("secret")
    subscription = door(on)
    blocking = on.blocking(subscription)
    async with subscribed(on.subscribers(subscription)):
        await on.send(b"org/1", b"secret")
        await on.send(b"org/1", b"next")
        [row] = await on.parked(blocking)
        await on.saw("org/1", "next")
    assert await on.seen("receipt") == ["0 payload_invalid"]
    assert (row["blocking"], row["reason"]) == (False, "payload_invalid")
    assert row["key"].startswith(on.topic)
    [(_, told)] = await on.told()
    assert (told["reason"], told["original_id"], told["fields"]) == ("SCHEMA", row["key"], ["notice_no"])
    assert (await blocking.retry(row["id"]))["released"] is False
    on.unreadable.clear()
    assert (await blocking.retry(row["id"]))["released"]
    assert await on.seen("org/1") == ["next", "secret"]
    everything = await on.sink.fetchval("select string_agg(to_jsonb(quarantined)::text, ' ') from quarantined")
    assert "secret" not in everything


async def test_a_bug_blocks_the_key_and_the_retry_reads_the_broker_again(on: Bench) -> None:
    on.broken.add("bad")
    subscription = door(on)
    blocking = on.blocking(subscription)
    async with subscribed(on.subscribers(subscription)):
        await on.send(b"org/1", b"bad")
        await on.send(b"org/1", b"behind")
        [row] = await on.parked(blocking)
        await on.waits_behind(row["id"], 2)
    assert await on.sink.fetchval("select count(*) from parked_messages where value is not null") == 0
    on.broken.clear()
    assert (await blocking.retry(row["id"]))["handled"] == 2
    assert await on.seen("org/1") == ["bad", "behind"]


async def test_a_message_that_is_gone_from_the_broker_can_only_be_discarded(
    on: Bench, fresh_broker: EmbeddedBroker
) -> None:
    on.unreadable.add("secret")
    subscription = door(on)
    blocking = on.blocking(subscription)
    async with subscribed(on.subscribers(subscription)):
        await on.send(b"org/1", b"secret")
        [row] = await on.parked(blocking)
    await fresh_broker.restart()
    answer = await blocking.retry(row["id"])
    assert (answer["released"], answer["fields"]) == (False, ["message_gone"])
    assert (await blocking.discard(row["id"], "asked the centre to send it again", "op-1"))["released"]
    assert await blocking.list() == []


async def test_what_is_not_parked_cannot_be_retried(on: Bench) -> None:
    with pytest.raises(Refused) as refusal:
        await on.blocking().retry("nothing")
    assert (refusal.value.code, refusal.value.status) == ("parked_unknown", 404)


async def test_a_discard_needs_a_reason(on: Bench) -> None:
    with pytest.raises(Refused, match="reason_missing"):
        await on.blocking().discard("any", "  ", "op-1")
