"""One database for a module's tests of access, emptied for each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import asyncpg
import pytest

from services.access import renewing as access
from services.embedded.postgres import EmbeddedPostgres
from tests.support import finish

EMPTY = "truncate access.sessions, access.sign_ins, access.passwords, access.tries, access.spent"


async def run(url: str, statement: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute(statement)
    finally:
        await db.close()


@pytest.fixture(scope="module")
def access_url(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """Address of a database with access's schema."""
    name = f"test_{secrets.token_hex(6)}"
    finish(run(postgres_server.url(), f"create database {name} template template0"))
    try:
        finish(access.prepare(postgres_server.url(name)))
        yield postgres_server.url(name)
    finally:
        finish(run(postgres_server.url(), f"drop database {name} with (force)"))


@pytest.fixture
async def database_url(access_url: str) -> str:
    """The same, with nothing in it."""
    await run(access_url, EMPTY)
    return access_url
