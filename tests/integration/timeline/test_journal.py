"""Every fact is archived once, whatever comes how often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from schemas.topics import TOPICS
from services.kernel.clock import VirtualClock
from services.kernel.db import transaction
from services.kernel.store import Cursor
from services.timeline.journal import feed, journaling
from services.timeline.subscribers import subscriptions
from tests.support.timeline_story import START, Story, Timeline, accepted, offered, timeline


@pytest.fixture
async def hub(database_url: str) -> AsyncIterator[Timeline]:
    async with timeline(database_url) as empty:
        yield empty


async def test_a_fact_delivered_twice_is_kept_once(hub: Timeline) -> None:
    story = offered()
    await hub.read(story, projected=False)
    await hub.read(Story(messages=[*story.messages, *story.messages]), projected=False)
    assert await hub.pool.fetchval("select count(*) from journal") == len(story.messages)


async def test_a_batch_keeps_its_order(hub: Timeline) -> None:
    story = accepted()
    await hub.read(story, projected=False)
    async with hub.pool.acquire() as db:
        found = await feed(db, Cursor(), 100)
    assert [record.event_id for record in found] == [message.envelope.id for message in story.messages]


async def test_a_journaled_fact_reads_as_the_event_and_the_envelope_it_was(hub: Timeline) -> None:
    story = offered()
    await hub.read(story, projected=False)
    async with hub.pool.acquire() as db:
        found = await feed(db, Cursor(), 100)
    assert [record.event() for record in found] == [message.event for message in story.messages]
    assert [record.envelope() for record in found] == [message.envelope for message in story.messages]


async def test_the_journal_is_append_only(hub: Timeline) -> None:
    await hub.read(offered(), projected=False)
    for statement in ("delete from journal", "update journal set topic = ''", "truncate journal"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await hub.pool.execute(statement)


async def test_what_is_rolled_back_was_not_archived(hub: Timeline) -> None:
    async with hub.pool.acquire() as db:
        undone = db.transaction()
        await undone.start()
        await journaling(VirtualClock(START), lambda: None)(db, offered().messages)
        await undone.rollback()
    assert await hub.pool.fetchval("select count(*) from journal") == 0


async def test_the_feed_stops_before_a_transaction_that_is_still_open(hub: Timeline) -> None:
    first, second = Story(messages=offered().messages[:2]), Story(messages=offered().messages[2:])
    archive = journaling(VirtualClock(START), lambda: None)
    async with transaction(hub.pool) as slow:
        await archive(slow, first.messages)
        await hub.read(second, projected=False)
        async with hub.pool.acquire() as db:
            assert await feed(db, Cursor(), 100) == []
    async with hub.pool.acquire() as db:
        assert len(await feed(db, Cursor(), 100)) == len(first.messages) + len(second.messages)


async def test_projections_are_told_of_a_batch(hub: Timeline) -> None:
    told = asyncio.Event()
    async with transaction(hub.pool) as db:
        await journaling(VirtualClock(START), told.set)(db, offered().messages)
    await asyncio.wait_for(told.wait(), 5)


def test_every_topic_that_the_hub_writes_is_archived() -> None:
    written = {topic for topic in TOPICS if not topic.startswith("in.")}
    assert set(subscriptions(VirtualClock(START), lambda: None)[0].topics) == written
