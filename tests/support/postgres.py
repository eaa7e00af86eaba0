"""One real PostgreSQL for the session, an empty database for each test that asks."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from services.embedded.postgres import VOLATILE, EmbeddedPostgres
from tests.support import finish

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
    name = f"test_{secrets.token_hex(6)}"
    await _execute(server, f"create database {name} template template0")
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
