"""What a subscription does with the records of its polls; the broker is played by the test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.kernel.records import Subscription
from tests.support.transport import Bench, bench


@pytest.fixture
async def on(database_url: str) -> AsyncIterator[Bench]:
    async with bench(database_url, "", embedded=True) as made:
        yield made


async def test_the_same_record_twice_has_one_effect(on: Bench) -> None:
    await on.happen("p1", "a", "b")
    records = await on.feed()
    reader = on.reader()
    await reader.on_poll([*records, *records])
    await reader.on_poll(records)
    assert await on.seen() == ["a", "b"]


async def test_without_a_sequence_the_same_event_twice_has_one_effect(on: Bench) -> None:
    await on.happen("p1", "a", "b")
    first, second = await on.feed()
    reader = on.reader(replace(on.subscription, sequenced=False))
    await reader.on_poll([second, first, replace(second, offset=9)])
    await reader.on_poll([first, second])
    assert await on.seen() == ["b", "a"]


async def test_a_record_before_its_predecessor_waits_for_it(on: Bench) -> None:
    await on.happen("p1", "a", "b", "c")
    first, second, third = await on.feed()
    reader = on.reader()
    await reader.on_poll([third])
    await reader.on_poll([second])
    assert await on.seen() == []
    await reader.on_poll([first])
    assert await on.seen() == ["a", "b", "c"]
    assert await on.sink.fetchval("select count(*) from waiting") == 0


async def test_a_waiting_record_that_fails_blocks_its_key_and_is_drained_later(on: Bench) -> None:
    await on.happen("p1", "a", "bad", "c")
    first, second, third = await on.feed()
    on.broken.add("bad")
    reader = on.reader()
    await reader.on_poll([second, third])
    await reader.on_poll([first])
    assert await on.seen() == ["a"]
    [row] = await on.blocking().list()
    on.broken.clear()
    assert (await on.blocking().retry(row["id"]))["released"]
    assert await on.seen() == ["a", "bad", "c"]


async def test_a_redelivery_picks_up_what_waits_behind_it(on: Bench) -> None:
    await on.happen("p1", "a", "b")
    first, second = await on.feed()
    reader = on.reader()
    await reader.on_poll([second])
    async with on.sink.acquire() as db, db.transaction():  # as if the process died between the two transactions
        await reader.settler._taker.take(db, first)
    assert await on.seen() == ["a"]
    await reader.on_poll([first])
    assert await on.seen() == ["a", "b"]


async def test_types_that_are_not_read_are_acknowledged_and_keep_the_sequence(on: Bench) -> None:
    await on.happen("p1", "a")
    reader = on.reader(replace(on.subscription, reads=frozenset({"cn.aftercare.other.Thing.v1"})))
    await reader.on_poll(await on.feed())
    assert await on.seen() == []
    assert await on.sink.fetchval("select last_sequence from inbox_streams") == 1


async def test_a_misfit_is_set_aside_without_effects_and_its_key_flows_on(on: Bench) -> None:
    await on.happen("p1", "misfit", "next")
    on.misfits.add("misfit")
    await on.reader().on_poll(await on.feed())
    assert await on.seen() == ["next"]
    [row] = await on.blocking().list()
    assert (row["blocking"], row["reason"], row["waiting"], row["key"]) == (False, "STALE", 0, "p1")
    [(name, told)] = await on.told()
    assert (name, told["blocking"], told["person_ref"]) == ("EventParked", False, None)


async def test_a_misfit_that_fits_later_is_released(on: Bench) -> None:
    await on.happen("p1", "misfit", "next")
    on.misfits.add("misfit")
    await on.reader().on_poll(await on.feed())
    [row] = await on.blocking().list()
    assert (await on.blocking().retry(row["id"], "op-1"))["attempts"] == 2
    on.misfits.clear()
    assert (await on.blocking().retry(row["id"], "op-1"))["released"]
    assert await on.seen() == ["next", "misfit"]
    assert await on.blocking().list() == []


async def test_the_first_of_a_blocked_key_can_be_discarded_for_a_reason(on: Bench) -> None:
    await on.happen("p1", "bad", "worse", "good")
    on.broken |= {"bad", "worse"}
    await on.reader().on_poll(await on.feed())
    [row] = await on.blocking().list()
    assert row["waiting"] == 3
    answer = await on.blocking().discard(row["id"], "sent by mistake", "op-1")
    assert (answer["released"], answer["waiting"], answer["fields"]) == (False, 2, ["Broken"])
    assert (await on.blocking().discard(row["id"], "this one too", "op-1"))["released"]
    assert await on.seen() == ["good"]
    told = await on.told()
    assert [name for name, _ in told] == ["EventParked", "EventReleased", "EventParked", "EventReleased"]
    assert [payload["original_id"] for _, payload in told][1:3] == [
        told[0][1]["original_id"],
        told[3][1]["original_id"],
    ]


async def test_a_retry_keeps_what_worked_and_stops_at_what_fails_now(on: Bench) -> None:
    await on.happen("p1", "bad", "good", "worse", "last")
    on.broken |= {"bad", "worse"}
    await on.reader().on_poll(await on.feed())
    [row] = await on.blocking().list()
    on.broken.remove("bad")
    answer = await on.blocking().retry(row["id"])
    assert (answer["released"], answer["handled"], answer["waiting"]) == (False, 2, 2)
    assert await on.seen() == ["bad", "good"]


async def test_a_poll_taken_together_is_one_call_and_deduplicated(on: Bench) -> None:
    await on.happen("p1", "a", "b")
    await on.happen("p2", "c")
    records = await on.feed()
    subscription = Subscription(consumer=on.consumer, topics=(on.topic,), handle_batch=on.handle_batch)
    reader = on.reader(subscription)
    await reader.on_poll([records[1], records[0], records[0], records[2]])
    await reader.on_poll(records)
    assert sorted(await on.seen()) == ["a", "b", "c"]


async def test_a_poll_that_cannot_be_taken_together_is_taken_one_by_one(on: Bench) -> None:
    await on.happen("p1", "bad", "behind")
    await on.happen("p2", "fine")
    on.broken.add("bad")
    subscription = Subscription(consumer=on.consumer, topics=(on.topic,), handle_batch=on.handle_batch)
    await on.reader(subscription).on_poll(await on.feed())
    assert await on.seen() == ["fine"]
    [row] = await on.blocking(subscription).list()
    assert (row["key"], row["waiting"]) == ("p1", 2)


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("ce_type", b"cn.aftercare.test.Unknown.v9", "type_unknown"),
        ("ce_time", None, "header_null"),
        ("ce_id", b"\xff", "header_not_utf8"),
    ],
)
async def test_what_cannot_be_read_blocks_its_key(on: Bench, name: str, value: bytes | None, field: str) -> None:
    await on.happen("p1", "a", "b")
    first, second = await on.feed()
    headers = tuple((header, value if header == name else text) for header, text in first.headers)
    await on.reader().on_poll([replace(first, headers=headers), second])
    [row] = await on.blocking().list()
    assert (row["key"], row["reason"], row["waiting"]) == ("p1", "SCHEMA", 2)
    assert field in (await on.told())[0][1]["fields"]


async def test_a_payload_that_does_not_fit_names_the_field_and_not_the_value(on: Bench) -> None:
    await on.happen("p1", "a")
    [first] = await on.feed()
    await on.reader().on_poll([replace(first, value=b'{"text": 5, "person_ref": "p1", "secret-name": "x"}')])
    assert (await on.told())[0][1]["fields"] == ["payload_invalid", "text", "unknown"]


@pytest.mark.parametrize("key", [None, b"\xff\xfe", b"", b"k" * 300])
async def test_a_message_without_a_usable_key_is_quarantined_by_its_place(on: Bench, key: bytes | None) -> None:
    await on.happen("p1", "a")
    [first] = await on.feed()
    reader = on.reader()
    await reader.on_poll([replace(first, key=key, offset=7)])
    await reader.on_poll([replace(first, key=key, offset=7)])
    [row] = await on.blocking().list()
    assert (row["key"], row["blocking"]) == (f"{on.topic}/0/7", False)
