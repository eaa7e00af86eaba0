"""Every place where a stack leaves something: tables, topics, files, metrics."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from tests.support.topics import all_records

TABLES = """
select schemaname as schema, tablename as name from pg_tables
where schemaname not in ('pg_catalog', 'information_schema') order by 1, 2
"""
SERVER = "postgres"
"""The database server's own folder: its tables are read through it."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Where a stack left what it left; what is None is not looked at. `topics`: only these, else all.

    `folder`: with its logs. `files`: others, as of spans.
    """

    database_url: str | None = None
    kafka_bootstrap: str | None = None
    http: str | None = None
    folder: Path | None = None
    files: Sequence[Path] = ()
    topics: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """All contents of one place. `facts`: payloads with the name of their event, or None where nothing says it."""

    name: str
    contents: Sequence[bytes]
    facts: Sequence[tuple[str | None, Any]] = field(default=())


async def places(stack: Stack) -> AsyncIterator[Place]:
    """One after the other."""
    if stack.database_url:
        async for place in _tables(stack.database_url):
            yield place
    if stack.kafka_bootstrap:
        async for place in _topics(stack.kafka_bootstrap, stack.topics):
            yield place
    if stack.http:
        async with httpx.AsyncClient(base_url=stack.http) as http:
            yield Place("metrics", [(await http.get("/metrics")).content])
    for file in (*(_files(stack.folder) if stack.folder else ()), *stack.files):
        yield Place(f"file {file.name}", [file.read_bytes()])


async def _tables(url: str) -> AsyncIterator[Place]:
    db = await asyncpg.connect(url)
    try:
        await db.set_type_codec("jsonb", schema="pg_catalog", encoder=json.dumps, decoder=json.loads)
        for schema, table in await db.fetch(TABLES):
            rows = await db.fetch(f'select * from "{schema}"."{table}"')
            for column in rows[0].keys() if rows else ():
                yield _column(f"{schema}.{table}.{column}", column, rows)
    finally:
        await db.close()


def _column(name: str, column: str, rows: Sequence[asyncpg.Record]) -> Place:
    contents = [content for row in rows for content in _contents(row[column])]
    facts = [(_event(row.get("type")) if column == "data" else None, row[column]) for row in rows]
    return Place(name, contents, [each for each in facts if isinstance(each[1], dict | list)])


def _event(wire: object) -> str | None:
    """`cn.aftercare.intake.PersonReleased.v1` → `PersonReleased`."""
    return wire.split(".")[-2] if isinstance(wire, str) and wire.count(".") > 1 else None


def _contents(value: object) -> Iterator[bytes]:
    """A value's bytes; of JSON its text, and that of every string in it."""
    match value:
        case None:
            return
        case bytes():
            yield value
        case dict() | list():
            yield json.dumps(value, ensure_ascii=False).encode()
        case _:
            yield str(value).encode()


async def _topics(bootstrap: str, only: Sequence[str]) -> AsyncIterator[Place]:
    records = await all_records(bootstrap, *only)
    for topic in sorted({record.topic for record in records}):
        own = [record for record in records if record.topic == topic]
        yield Place(f"{topic} key", [record.key for record in own if record.key])
        headers = [part for record in own for name, value in record.headers for part in (name.encode(), value or b"")]
        yield Place(f"{topic} header", headers)
        yield Place(f"{topic} value", [record.value for record in own if record.value], _facts(own))


def _facts(records: Iterable[Any]) -> list[tuple[str | None, Any]]:
    found = []
    for record in records:
        wire = dict(record.headers).get("ce_type", b"").decode("ascii", "replace")
        try:
            found.append((_event(wire), json.loads(record.value or b"null")))
        except ValueError:
            continue
    return found


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and SERVER not in file.relative_to(folder).parts[:-1]:
            yield file
