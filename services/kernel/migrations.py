"""Brings a service's schema up to date: numbered SQL files, forward only, once each, whoever starts first."""

from __future__ import annotations

import asyncio
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg

from services.kernel.clock import Clock, SystemClock
from services.kernel.db import Connection, checked_schema, session_settings
from services.kernel.errors import JieliError, Refused
from services.kernel.roles import ensure_roles

KERNEL = Path(__file__).parent / "sql"
LOCK_POLL = 0.05  # seconds
FILE_NAME = re.compile(r"\d{4}_[a-z0-9]+(_[a-z0-9]+)+\.sql")
NO_TRANSACTION = "-- no-transaction"

LOCK = "select pg_try_advisory_lock(hashtextextended('jieli.migrations.' || $1, 0))"
CREATE_SCHEMA = "select format('create schema if not exists %I', $1::text)"
CREATE_TABLE = """
    create table if not exists migrations (
        name text primary key,
        sha256 text not null,
        applied_at timestamptz not null
    )
"""
BEGUN = "select to_regclass('migrations') is not null"
APPLIED = "select name, sha256 from migrations"
RECORD = "insert into migrations (name, sha256, applied_at) values ($1, $2, $3)"


class MigrationDrift(JieliError):
    """A file that was applied has other content now."""

    def __init__(self, schema: str, name: str) -> None:
        super().__init__(f"迁移文件已被改动 applied migration was changed: {schema}/{name}")
        self.schema = schema
        self.name = name


@dataclass(frozen=True, slots=True)
class Migration:
    """One file; `name` is `folder/NNNN_verb_noun.sql`, so that the kernel's and a service's numbers do not clash."""

    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Of the file's text, in hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def transactional(self) -> bool:
        """Whether it runs inside a transaction. Without one it must be a single statement."""
        return not any(line.strip() == NO_TRANSACTION for line in self.text.splitlines())


async def migrate(
    url: str, schema: str, folders: list[Path], clock: Clock | None = None, *, kernel: bool = True
) -> list[str]:
    """Apply what is missing: the kernel's files first, then each folder's by number. Gives the applied names.

    Without `kernel` the schema gets no event store: it belongs to no service.

    Raises MigrationDrift before anything is applied; Refused(`migration_missing`) for a user who may apply nothing;
    ValueError for a file that is not `NNNN_verb_noun.sql`.
    """
    wanted = read([KERNEL, *folders] if kernel else folders)
    db = await asyncpg.connect(url, server_settings=session_settings(schema))
    try:
        await ensure_roles(db, [schema] if kernel else [])
        missing = await _missing(db, schema, wanted)
        return await _locked(db, schema, wanted, (clock or SystemClock()).now()) if missing else []
    except asyncpg.InsufficientPrivilegeError as error:
        raise Refused("migration_missing", schema, status=500) from error
    finally:
        await db.close()  # ends the session and with it the lock


def read(folders: list[Path]) -> list[Migration]:
    """All migrations of the folders, folder by folder, in the order of their numbers."""
    return [_read_file(path) for folder in folders for path in sorted(folder.glob("*.sql"))]


def _read_file(path: Path) -> Migration:
    if not FILE_NAME.fullmatch(path.name):
        message = f"迁移文件名须为 NNNN_verb_noun.sql, not a migration's name: {path.name}"
        raise ValueError(message)
    owner = path.parent.parent.name  # services/<owner>/sql, services/<owner>/migrations
    return Migration(f"{owner}/{path.name}", path.read_text("utf-8"))


async def _lock(db: Connection, schema: str) -> None:
    while not await db.fetchval(LOCK, schema):  # waiting in SQL would block `create index concurrently`
        await asyncio.sleep(LOCK_POLL)


async def _locked(db: Connection, schema: str, wanted: list[Migration], now: datetime) -> list[str]:
    await _lock(db, schema)  # before the first DDL: two `create … if not exists` at once fail
    await db.execute(await db.fetchval(CREATE_SCHEMA, checked_schema(schema)))
    await db.execute(CREATE_TABLE)
    missing = await _missing(db, schema, wanted)
    for migration in missing:
        await _apply(db, migration, now)
    return [migration.name for migration in missing]


async def _missing(db: Connection, schema: str, wanted: list[Migration]) -> list[Migration]:
    begun = await db.fetchval(BEGUN)
    applied = {row["name"]: row["sha256"] for row in await db.fetch(APPLIED)} if begun else {}
    _refuse_drift(schema, applied, wanted)
    return [migration for migration in wanted if migration.name not in applied]


def _refuse_drift(schema: str, applied: dict[str, str], wanted: list[Migration]) -> None:
    for migration in wanted:  # a name that only the database knows is a newer release's, which must not stop this one
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationDrift(schema, migration.name)


async def _apply(db: Connection, migration: Migration, now: datetime) -> None:
    if not migration.transactional:
        await db.execute(migration.text)
        await db.execute(RECORD, migration.name, migration.sha256, now)
        return
    async with db.transaction():
        await db.execute(migration.text)
        await db.execute(RECORD, migration.name, migration.sha256, now)
