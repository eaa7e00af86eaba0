"""One real PostgreSQL for the session, an empty database for each test that asks."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from services.embedded.postgres import VOLATILE, EmbeddedPostgres
from tests.support import finish

Prepare = Callable[[str], Awaitable[object]]
_prepared: set[tuple[int, str]] = set()

UNDISTURBED = {"autovacuum": "off"}
"""Its transactions would hold a feed back for a moment, whoever reads it."""


@contextmanager
def running_server(folder: Path) -> Iterator[EmbeddedPostgres]:
    """A server over ``folder`` without fsync: a test's data need not survive the machine."""
    password = secrets.token_urlsafe(16)
    server = EmbeddedPostgres(folder / "postgres", logs=folder, password=password, settings=VOLATILE | UNDISTURBED)
    try:
        finish(server.start())
        yield server
    finally:
        finish(server.stop())


@asynccontextmanager
async def empty_database(server: EmbeddedPostgres) -> AsyncIterator[str]:
    """Address of a new database; it is dropped afterwards, connections or not."""
    async with _database(server, "template0") as url:
        yield url


@asynccontextmanager
async def prepared_database(server: EmbeddedPostgres, name: str, prepare: Prepare) -> AsyncIterator[str]:
    """Address of a copy of a database that `prepare` made for the first who asked under this name."""
    template = f"prepared_{name}"
    if (server.pid, template) not in _prepared:
        await _execute(server, f"create database {template} template template0")
        await prepare(server.url(template))
        _prepared.add((server.pid, template))
    async with _database(server, template) as url:
        yield url


@asynccontextmanager
async def _database(server: EmbeddedPostgres, template: str) -> AsyncIterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    await _execute(server, f"create database {name} template {template}")
    try:
        yield server.url(name)
    finally:
        await _execute(server, f"drop database {name} with (force)")


async def _execute(server: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
