from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.kernel.db import Connection, Pool, after_commit, open_pool, retrying, transaction
from services.kernel.errors import RetryTransaction


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await open_pool(database_url, "public", role=None, size=2)
    await pool.execute("create table kept (value int primary key)")
    yield pool
    await pool.close()


async def kept(pool: Pool) -> list[int]:
    return [row["value"] for row in await pool.fetch("select value from kept order by value")]


async def test_a_session_is_bound_to_its_schema_and_names_itself(pool: Pool) -> None:
    assert await pool.fetchval("show search_path") == "public"
    assert await pool.fetchval("show application_name") == "jieli-public"
    assert await pool.fetchval("show idle_in_transaction_session_timeout") == "30s"


async def test_json_goes_in_and_out_as_values_alone_and_in_arrays(pool: Pool) -> None:
    value = {"名": ["字", 1, None, 1.5, True]}
    assert await pool.fetchval("select $1::jsonb", value) == value
    assert await pool.fetchval("select $1::jsonb[]", [value, {}]) == [value, {}]


async def test_an_error_rolls_the_transaction_back(pool: Pool) -> None:
    async def failing() -> None:
        async with transaction(pool) as db:
            await db.execute("insert into kept values (1)")
            raise KeyError

    with pytest.raises(KeyError):
        await failing()
    assert await kept(pool) == []


async def test_a_call_after_the_commit_finds_what_was_written_and_is_made_once(pool: Pool) -> None:
    called: list[str] = []

    def call() -> None:
        called.append("here")

    async with transaction(pool) as db:
        await db.execute("insert into kept values (1)")
        after_commit(call)
        after_commit(call)
        assert called == []
    assert called == ["here"]
    after_commit(call)
    assert called == ["here", "here"]


async def test_nobody_is_called_for_a_transaction_that_was_rolled_back(pool: Pool) -> None:
    called: list[str] = []

    async def failing() -> None:
        async with transaction(pool):
            after_commit(lambda: called.append("never"))
            raise KeyError

    with pytest.raises(KeyError):
        await failing()
    assert called == []


@pytest.mark.parametrize(
    "error", [RetryTransaction("x"), asyncpg.SerializationError(), asyncpg.DeadlockDetectedError()]
)
async def test_work_is_redone_in_a_new_transaction_when_the_store_asks_for_it(pool: Pool, error: Exception) -> None:
    xids: list[str] = []

    async def work(db: Connection) -> str:
        await db.execute("insert into kept values (1)")
        xids.append(await db.fetchval("select pg_current_xact_id()::text"))
        if len(xids) < 3:
            raise error
        return "done"

    assert await retrying(pool, work) == "done"
    assert len(set(xids)) == 3
    assert await kept(pool) == [1]


async def test_the_last_attempts_error_reaches_the_caller(pool: Pool) -> None:
    tries = 0

    async def work(_db: Connection) -> None:
        nonlocal tries
        tries += 1
        raise RetryTransaction("x")

    with pytest.raises(RetryTransaction):
        await retrying(pool, work, attempts=3)
    assert tries == 3


async def test_any_other_error_is_not_redone_unless_named(pool: Pool) -> None:
    tries = 0

    async def work(_db: Connection) -> str:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise LookupError
        return "done"

    with pytest.raises(LookupError):
        await retrying(pool, work)
    tries = 0
    assert await retrying(pool, work, also=(LookupError,)) == "done"
