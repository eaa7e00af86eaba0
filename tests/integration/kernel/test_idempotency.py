"""The same key and content get the first answer again; other content is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.kernel.db import Connection, Pool, retrying, transaction
from services.kernel.errors import Refused
from services.kernel.idempotency import Answer, Asked, recall, remember
from tests.support.database import START, service_pool

FIRST = Asked("k-1", "A/me", "one")
OTHER_BODY = Asked("k-1", "A/me", "other")
OTHER_ACTOR = Asked("k-1", "B/me", "one")
ANSWER = Answer(202, {"event_ids": ["1"], "状态": "已签收"})


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    async with service_pool(database_url) as opened:
        yield opened


async def test_the_first_answer_is_given_again(pool: Pool) -> None:
    async with transaction(pool) as db:
        assert await recall(db, FIRST) is None
        await remember(db, FIRST, ANSWER, START)
    async with transaction(pool) as db:
        assert await recall(db, FIRST) == ANSWER


async def test_other_content_under_the_same_key_is_refused(pool: Pool) -> None:
    async with transaction(pool) as db:
        await remember(db, FIRST, ANSWER, START)
    async with transaction(pool) as db:
        with pytest.raises(Refused) as caught:
            await recall(db, OTHER_BODY)
    assert (caught.value.code, caught.value.status) == ("idempotency_key_reused", 422)


async def test_another_actors_key_is_another_key(pool: Pool) -> None:
    async with transaction(pool) as db:
        await remember(db, FIRST, ANSWER, START)
        assert await recall(db, OTHER_ACTOR) is None


async def test_what_was_rolled_back_was_never_answered(pool: Pool) -> None:
    async with pool.acquire() as db:
        undone = db.transaction()
        await undone.start()
        await remember(db, FIRST, ANSWER, START)
        await undone.rollback()
    async with transaction(pool) as db:
        assert await recall(db, FIRST) is None


async def test_without_a_key_nothing_is_kept(pool: Pool) -> None:
    async with transaction(pool) as db:
        await remember(db, None, ANSWER, START)
        assert await recall(db, None) is None


async def test_two_calls_at_once_act_once_and_get_one_answer(pool: Pool) -> None:
    acted: list[int] = []

    async def act(db: Connection) -> Answer:
        known = await recall(db, FIRST)
        if known:
            return known
        answer = Answer(200, {"number": len(acted)})
        await remember(db, FIRST, answer, START)
        acted.append(1)
        await asyncio.sleep(0.05)  # the other one is now waiting for our row
        return answer

    answers = await asyncio.gather(*(retrying(pool, act) for _ in range(4)))
    assert {answer.body["number"] for answer in answers} == {0}
    assert len(acted) == 1
