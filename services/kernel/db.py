"""How PostgreSQL is reached: pools bound to one service's schema, short READ COMMITTED transactions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import TypeAlias, TypeVar

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic_core import from_json, to_json

from services.kernel.errors import RetryTransaction

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
Call: TypeAlias = Callable[[], None]
T = TypeVar("T")

SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
IDLE_IN_TRANSACTION = "30s"  # an idle writer holds back every feed of the instance
JSONB_VERSION = b"\x01"
ATTEMPTS = 20
PAUSE = 0.002
_after_commit: ContextVar[set[Call] | None] = ContextVar("after_commit", default=None)
REDO: tuple[type[Exception], ...] = (RetryTransaction, asyncpg.SerializationError, asyncpg.DeadlockDetectedError)


async def open_pool(url: str, schema: str, *, role: str | None, size: int = 8) -> Pool:
    """A pool of up to `size` connections whose unqualified names live in `schema`.

    `role`: what the sessions work as; None for whoever the address names. ValueError for a name that needs quoting.
    """
    return await asyncpg.create_pool(
        url, min_size=1, max_size=size, init=speak_json, reset=_reset, server_settings=session_settings(schema, role)
    )


def session_settings(schema: str, role: str | None = None) -> dict[str, str]:
    """The server settings of every session of a service. The role comes with the connection, at no further cost."""
    return ({"role": role} if role else {}) | {
        "search_path": checked_schema(schema),
        "application_name": f"jieli-{schema}",
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
        "timezone": "Asia/Shanghai",
        "plan_cache_mode": "force_generic_plan",  # our statements are short: planning one anew costs more than it saves
        "jit": "off",
    }


def checked_schema(schema: str) -> str:
    """The name itself, if it can stand in SQL unquoted; else ValueError."""
    if not SCHEMA_NAME.fullmatch(schema):
        message = f"模式名不合法 not a schema name: {schema!r}"
        raise ValueError(message)
    return schema


async def speak_json(db: Connection) -> None:
    """Let jsonb be Python values on this connection, in its binary form so that arrays of it work too."""
    await db.set_type_codec("jsonb", schema="pg_catalog", encoder=_to_jsonb, decoder=_from_jsonb, format="binary")


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """A connection inside a READ COMMITTED transaction: committed at the end, rolled back by any error."""
    outer, calls = _after_commit.get(), set[Call]()
    _after_commit.set(calls)
    try:
        async with pool.acquire() as db, db.transaction(isolation="read_committed"):
            yield db
    finally:
        _after_commit.set(outer)
    for call in calls:
        call()


def after_commit(call: Call) -> None:
    """Make the call, once, when the `transaction` under way is committed; at once where there is none."""
    calls = _after_commit.get()
    if calls is None:
        call()
    else:
        calls.add(call)


async def retrying(
    pool: Pool,
    work: Callable[[Connection], Awaitable[T]],
    attempts: int = ATTEMPTS,
    *,
    also: tuple[type[Exception], ...] = (),
) -> T:
    """What `work` gives in a transaction of its own; redone in a NEW one when the database or the store asks for it.

    `also` names further errors to redo on. The last attempt's error reaches the caller.
    """
    redo = REDO + also
    for attempt in range(1, attempts):
        try:
            async with transaction(pool) as db:
                return await work(db)
        except redo:
            await asyncio.sleep(PAUSE * attempt)
    async with transaction(pool) as db:
        return await work(db)


def _to_jsonb(value: object) -> bytes:
    """Bytes are JSON already."""
    return JSONB_VERSION + (value if isinstance(value, bytes) else to_json(value))


def _from_jsonb(raw: bytes) -> object:
    return from_json(raw[1:])


async def _reset(_db: Connection) -> None:
    """Nothing: our sessions hold no state, the pool itself ends an open transaction, and a round trip is saved."""
