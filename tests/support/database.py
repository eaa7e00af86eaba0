"""A migrated service schema for a test, and the smallest store on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import asyncpg

from schemas.base import Event, PiiClass
from services.kernel.clock import SHANGHAI, VirtualClock
from services.kernel.db import Pool, open_pool
from services.kernel.ids import RandomIds
from services.kernel.migrations import migrate
from services.kernel.roles import role_of
from services.kernel.store import Cause, Draft, Store

SCHEMA = "service"
START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)

BECAUSE = Cause()


class Noted(Event):
    """A fact for tests of what knows no facts."""

    wire: ClassVar[str] = "cn.aftercare.test.Noted.v1"
    topic: ClassVar[str] = "hub.test.v1"
    pii: ClassVar[PiiClass] = "P1"

    text: str
    person_ref: str | None = None


class NoSealing:
    """A Sealer for events without sealed fields."""

    async def seal(self, event: Event, event_id: str) -> bytes:  # noqa: ARG002 - the shape of Sealer
        """The plain payload."""
        return event.model_dump_json().encode()

    async def open(self, event: Event, envelope_id: str) -> Event:  # noqa: ARG002 - the shape of Sealer
        """The event itself."""
        return event

    async def tag(self, person_ref: str, text: str) -> str:
        """The texts themselves."""
        return f"{person_ref}:{text}"


@asynccontextmanager
async def service_pool(
    url: str, *folders: Path, schema: str = SCHEMA, size: int = 8, owner: bool = False
) -> AsyncIterator[Pool]:
    """A pool on a schema with the kernel's tables and those of the folders, as the service's role or as the owner.

    The role may make tables besides: tests need some of their own.
    """
    await migrate(url, schema, list(folders))
    await _let_make_tables(url, schema)
    pool = await open_pool(url, schema, role=None if owner else role_of(schema), size=size)
    try:
        yield pool
    finally:
        await pool.close()


async def _let_make_tables(url: str, schema: str) -> None:
    db = await asyncpg.connect(url)
    try:
        await db.execute(f"grant create on schema {schema} to {role_of(schema)}")
    finally:
        await db.close()


def plain_store(clock: VirtualClock | None = None) -> Store:
    """A store without sealing or relay."""
    clock = clock or VirtualClock(START)
    return Store(source="jieli/test", clock=clock, ids=RandomIds(clock), seal=NoSealing(), wake=_nobody)


def note(text: str, cause: Cause = BECAUSE) -> Draft:
    """A draft of one fact."""
    return Draft(Noted(text=text), START, cause)


def _nobody() -> None:
    return None
