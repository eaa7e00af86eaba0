"""A backup of one instant: a dump per service, of the reference data and of the vault; and the way back.

The key-encryption key is no part of it: keep that elsewhere, or a stolen backup opens itself. What was erased after the
backup is erased again after the restore, from the log of erasures.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncpg

from services.app.schemas import FOLDERS, migrate_all
from services.embedded.postgres import client_program
from services.intake.app import NAME as INTAKE
from services.intake.erasing_again import erase_again
from services.kernel.db import open_pool, transaction
from services.kernel.errors import Refused
from services.kernel.new_cluster import Feed, settle
from services.kernel.roles import ensure_roles, role_of
from services.reference import policies

PARTS: Final = (*FOLDERS, policies.SCHEMA, "vault")
SECOND_FEEDS: Final = {
    "timeline": Feed("timeline.journal", "journal_append_only", ("timeline.projections",)),
    "handover": Feed("handover.audit", "audit_append_only", ("handover.audit_chain",)),
}
MANIFEST: Final = "manifest.json"
OWNER_ONLY: Final = 0o600
WHOLE: Final = ("--no-owner", "--exit-on-error", "--single-transaction")

SNAPSHOT: Final = "select pg_export_snapshot()"
TAKEN: Final = "select schema_name from information_schema.schemata where schema_name = any($1::text[]) limit 1"
DROP: Final = "drop schema if exists {schema} cascade"

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """One dump: of which schema, which file, how big, and its SHA-256 in hex."""

    schema: str
    file: str
    bytes: int
    sha256: str


async def backup(url: str, folder: Path, now: datetime, told: Told) -> list[Part]:
    """Write the dumps and their manifest into a new folder (0700). `told` hears each part's name.

    Refused `folder_in_use` if it exists, `dump_failed` with the program's words; what was written is left behind then.
    """
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise Refused("folder_in_use", str(folder)) from None
    parts = []
    async with _instant(url) as snapshot:
        for schema in PARTS:
            told(schema)
            parts.append(await _dump(url, schema, snapshot, folder))
    _write_manifest(folder, parts, now)
    return parts


async def restore(url: str, folder: Path, erasures: Path | None, told: Told) -> int:
    """Bring a backup into a database that has none of our schemas, up to today's structure; gives the erasures redone.

    Refused `backup_damaged`, `database_in_use`, `dump_failed`; the database is then as empty as before.
    """
    parts = _checked(folder)
    await _refuse_used(url)
    await make_roles(url)
    try:
        for part in parts:
            told(part.schema)
            await _run(
                "pg_restore", url, "--no-owner", "--exit-on-error", "--single-transaction", str(folder / part.file)
            )
        await settled(url)
        await migrate_all(url)
        erased = await erased_again(url, erasures)
    except BaseException:
        await _drop(url)
        raise
    return erased


@asynccontextmanager
async def _instant(url: str) -> AsyncIterator[str]:
    """One snapshot for all dumps: between two of them no fact can fall."""
    db = await asyncpg.connect(url)
    try:
        async with db.transaction(isolation="repeatable_read", readonly=True):
            yield await db.fetchval(SNAPSHOT)
    finally:
        await db.close()


async def _dump(url: str, schema: str, snapshot: str, folder: Path) -> Part:
    file = folder / f"{schema}.dump"
    file.touch(OWNER_ONLY)
    how = ("--format=custom", "--no-owner", f"--schema={schema}", f"--snapshot={snapshot}")
    await _run("pg_dump", url, *how, f"--file={file}")
    return Part(schema, file.name, file.stat().st_size, _sha256(file))


async def settled(url: str) -> None:
    """Make restored stores usable in this cluster."""
    db = await asyncpg.connect(url)
    try:
        async with db.transaction():
            for schema in FOLDERS:
                await settle(db, schema, SECOND_FEEDS.get(schema))
    finally:
        await db.close()


async def make_roles(url: str) -> None:
    """A dump says what roles may do with its tables, and cannot bring the roles: they belong to the cluster."""
    db = await asyncpg.connect(url)
    try:
        await ensure_roles(db)
    finally:
        await db.close()


async def erased_again(url: str, erasures: Path | None) -> int:
    """Erase again whom the log names, in the structure of today; gives how many."""
    if erasures is None:
        return 0
    async with await open_pool(url, INTAKE, role=role_of(INTAKE), size=1) as pool, transaction(pool) as db:
        return await erase_again(db, erasures)


async def _refuse_used(url: str) -> None:
    db = await asyncpg.connect(url)
    try:
        if found := await db.fetchval(TAKEN, list(PARTS)):
            raise Refused("database_in_use", str(found))
    finally:
        await db.close()


async def _drop(url: str) -> None:
    db = await asyncpg.connect(url)
    try:
        for schema in PARTS:
            await db.execute(DROP.format(schema=schema))
    finally:
        await db.close()


async def _run(name: str, url: str, *arguments: str) -> None:
    """The password goes by the environment: a command line can be read by everybody."""
    address, secret = _without_password(url)
    command = [str(client_program(name)), f"--dbname={address}", *arguments]
    running = await asyncio.create_subprocess_exec(
        *command, env=os.environ | secret, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, words = await running.communicate()
    if running.returncode:
        raise Refused("dump_failed", words.decode(errors="replace").strip().splitlines()[0], status=500)


def _without_password(url: str) -> tuple[str, Mapping[str, str]]:
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    return urlunsplit(parts._replace(netloc=f"{name}{at}{host}")), {"PGPASSWORD": unquote(password)} if password else {}


def _write_manifest(folder: Path, parts: list[Part], now: datetime) -> None:
    said = [{"schema": p.schema, "file": p.file, "bytes": p.bytes, "sha256": p.sha256} for p in parts]
    body = {"v": 1, "taken_at": now.isoformat(), "parts": said}
    (folder / MANIFEST).touch(OWNER_ONLY)
    (folder / MANIFEST).write_text(json.dumps(body, indent=1), "utf-8")


def _checked(folder: Path) -> list[Part]:
    """The parts as the manifest names them, each whole."""
    try:
        body = json.loads((folder / MANIFEST).read_text("utf-8"))
        parts = [Part(**each) for each in body["parts"]]
        broken = [part.file for part in parts if _sha256(folder / Path(part.file).name) != part.sha256]
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused("backup_damaged", MANIFEST) from None
    if broken or {part.schema for part in parts} != set(PARTS):
        raise Refused("backup_damaged", " ".join(broken))
    return parts


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
