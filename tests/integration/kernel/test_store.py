from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from schemas.intake import SourceSequenceGap
from services.kernel.clock import VirtualClock
from services.kernel.db import Pool, retrying, transaction
from services.kernel.errors import RetryTransaction, WrongVersion
from services.kernel.horizon import feed_horizon_age
from services.kernel.store import Cause, Cursor, Draft, Recorded
from tests.support.database import START, Noted, note, plain_store, service_pool


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with service_pool(database_url) as pool:
        yield pool


def texts(events: list[Recorded]) -> list[str]:
    return [event.data["text"] for event in events]


async def append(pool: Pool, stream: str, expected: int, *drafts: Draft, key: str = "p1") -> list[Recorded]:
    async with transaction(pool) as db:
        return await plain_store().append(db, stream, key, expected, drafts)


async def test_what_was_appended_is_loaded_as_it_was_returned(pool: Pool) -> None:
    written = await append(pool, "person-p1", 0, note("first"), note("second"))
    async with pool.acquire() as db:
        loaded = await plain_store().load(db, "person-p1")
        assert await plain_store().version(db, "person-p1") == 2
    assert [event.data for event in loaded] == [event.data for event in written]
    assert [replace(event, body=b"") for event in loaded] == [replace(event, body=b"") for event in written]
    assert [event.version for event in written] == [1, 2]


async def test_an_append_of_nothing_changes_nothing(pool: Pool) -> None:
    assert await append(pool, "person-p1", 5) == []


@pytest.mark.parametrize("expected", [0, 2])
async def test_another_version_than_expected_is_refused_with_the_actual_one(pool: Pool, expected: int) -> None:
    await append(pool, "person-p1", 0, note("first"))
    with pytest.raises(WrongVersion) as refusal:
        await append(pool, "person-p1", expected, note("second"))
    assert (refusal.value.stream, refusal.value.expected, refusal.value.actual) == ("person-p1", expected, 1)


async def test_of_two_writers_at_once_one_is_refused_and_nothing_is_written_twice(pool: Pool) -> None:
    outcomes = await asyncio.gather(
        *(append(pool, "person-p1", 0, note(f"{writer}")) for writer in range(6)), return_exceptions=True
    )
    assert sum(isinstance(outcome, list) for outcome in outcomes) == 1
    assert {type(outcome) for outcome in outcomes} <= {list, WrongVersion, RetryTransaction}


async def test_a_transaction_older_than_the_keys_last_writer_must_be_redone(pool: Pool) -> None:
    async with pool.acquire() as late, late.transaction():
        await late.execute("insert into inbox (consumer, event_id) values ('c', '1')")
        await append(pool, "handover-h1", 0, note("newer"))
        with pytest.raises(RetryTransaction):
            await plain_store().append(late, "person-p1", "p1", 0, [note("older")])
    assert len(await append(pool, "person-p1", 0, note("redone"))) == 1


async def test_redoing_gets_through_and_writes_once(pool: Pool) -> None:
    tries = 0

    async def work(db: object) -> list[Recorded]:
        nonlocal tries
        tries += 1
        assert isinstance(db, asyncpg.Connection | asyncpg.pool.PoolConnectionProxy)
        await db.execute("insert into inbox (consumer, event_id) values ('c', '1')")
        if tries == 1:
            await append(pool, "handover-h1", 0, note("newer"))
        return await plain_store().append(db, "person-p1", "p1", 0, [note("older")])

    written = await retrying(pool, work)
    assert (tries, texts(written)) == (2, ["older"])


async def test_the_feed_waits_for_an_older_open_transaction_and_then_gives_both_in_order(pool: Pool) -> None:
    store = plain_store()
    async with pool.acquire() as early, pool.acquire() as reader:
        open_one = early.transaction()
        await open_one.start()
        await store.append(early, "person-p1", "p1", 0, [note("early")])
        await append(pool, "person-p2", 0, note("late"), key="p2")
        assert await store.feed(reader, Cursor(), 10) == []
        await open_one.commit()
        assert texts(await store.feed(reader, Cursor(), 10)) == ["early", "late"]


async def test_the_feed_goes_on_behind_a_cursor(pool: Pool) -> None:
    written = await append(pool, "person-p1", 0, *(note(f"{number}") for number in range(5)))
    async with pool.acquire() as db:
        rest = await plain_store().feed(db, Cursor(written[1].xid, written[1].position), 2)
    assert texts(rest) == ["2", "3"]


async def test_the_horizons_age_names_the_session_that_holds_the_feed_back(pool: Pool) -> None:
    async with pool.acquire() as holder, pool.acquire() as reader, holder.transaction():
        await holder.execute("insert into inbox (consumer, event_id) values ('c', '1')")
        held = await feed_horizon_age(reader)
        assert held.pid == await holder.fetchval("select pg_backend_pid()")
    assert (held.state, held.application) == ("idle in transaction", "jieli-service")
    assert held.seconds > 0


@pytest.mark.parametrize(
    "change", ["update events set type = 'x'", "delete from events", "truncate events", "truncate events cascade"]
)
async def test_events_can_only_be_added_by_the_role_and_by_the_owner(
    pool: Pool, database_url: str, change: str
) -> None:
    await append(pool, "person-p1", 0, note("kept"))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        await pool.execute(change)
    async with service_pool(database_url, owner=True) as owners:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await owners.execute(change)


async def test_a_payload_too_big_for_the_broker_is_refused(pool: Pool) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="events_data_fits"):
        await append(pool, "person-p1", 0, note("字" * 300_000))
    with pytest.raises(asyncpg.CheckViolationError, match="events_data_fits"):
        await append(pool, "person-p1", 0, note("\x01" * 151_000))
    assert await append(pool, "person-p1", 0, note("字" * 290_000))


async def test_the_envelope_says_what_the_draft_and_its_cause_said(pool: Pool) -> None:
    event = Noted(text="about somebody", person_ref="01JZZZZZZZZZZZZZZZZZZZZZZZ")
    cause = Cause(correlation_id="h1", actor_ref="clerk", capacity="duty", srcseq=4, revision=2, policy_version="1")
    happened = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
    [written] = await append(pool, "person-p1", 0, Draft(event, happened, cause, id="01KJP0Y9M0DHW93DTR98H6BCFN"))
    said = written.envelope()
    assert (said.id, said.stream, said.sequence, said.partitionkey) == (written.event_id, "person-p1", 1, "p1")
    assert (said.subject, said.source, said.type) == (event.person_ref, "jieli/test", Noted.wire)
    assert said.time.isoformat() == "2026-03-02T06:00:00+08:00"
    assert (said.correlationid, said.actorref, said.actingcapacity) == ("h1", "clerk", "duty")
    assert (said.srcseq, said.revision, said.policyversion, said.causationid) == (4, 2, "1", None)


async def test_an_event_about_nobody_has_its_key_as_subject(pool: Pool) -> None:
    [written] = await append(pool, "source-s1", 0, note("gap"), key="s1")
    assert written.meta["subject"] == "s1"


async def test_the_injected_clock_dates_the_record_and_new_ids_are_given(pool: Pool) -> None:
    clock = VirtualClock(START + timedelta(days=30))
    async with transaction(pool) as db:
        written = await plain_store(clock).append(db, "person-p1", "p1", 0, [note("a"), note("b")])
    assert {event.recorded_at for event in written} == {clock.now()}
    assert written[0].event_id < written[1].event_id


async def test_a_recorded_event_comes_back_as_its_class(pool: Pool) -> None:
    gap = SourceSequenceGap(source="DTX-A01", from_seq=3, to_seq=4)
    [written] = await append(pool, "source-s1", 0, Draft(gap, START, Cause()), key="s1")
    assert written.event() == gap
    async with pool.acquire() as db:
        assert [event.event() for event in await plain_store().load(db, "source-s1")] == [gap]
