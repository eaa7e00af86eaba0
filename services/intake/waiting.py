"""Facts that came before the notice they name: kept sealed, in order, until the notice is known and routed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg

from services.intake.vault import Locker
from services.kernel.db import Connection
from services.kernel.ids import Ids
from services.kernel.store import Cause

KEEP: Final = "insert into waiting_facts (id, source, notice_no, sealed, since) values ($1, $2, $3, $4, $5)"
TAKE: Final = """
    with taken as (
        delete from waiting_facts as held
        using unnest($1::text[], $2::text[]) with ordinality as given (source, notice_no, rank)
        where held.source = given.source and held.notice_no = given.notice_no
        returning rank, id, ordinal, sealed
    )
    select id, sealed from taken order by rank, ordinal
"""
FIRST: Final = "select id, sealed from waiting_facts where source = $1 and notice_no = $2 order by ordinal limit 1"
CONTEXT: Final = "intake.waiting_facts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A fact as somebody outside said it. `data`: payload fields; `sender`: organisation; `number`: business number.

    `topic`, `key_number`: of the message it came in, so that its sender can be answered later; empty where none came.
    """

    name: str
    sender: str
    number: str
    revision: int
    data: dict[str, Any]
    time: datetime
    cause: Cause
    topic: str = ""
    key_number: str = ""


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """Facts by the notice they wait for."""

    locker: Locker
    ids: Ids

    async def keep(self, db: Connection, source: str, notice_no: str, said: Said, now: datetime) -> None:
        """Let a fact wait. Its key is its own, so that dropping it later erases it."""
        fact_id = self.ids.new()
        sealed = await self.locker.seal_bytes(CONTEXT, f"waiting-{fact_id}", _packed(said))
        await db.execute(KEEP, fact_id, source, notice_no, sealed, now)

    async def take(self, db: Connection, *notices: tuple[str, str]) -> list[Said]:
        """All that waited for these notices, one notice after the other, in order of arrival; they wait no more."""
        sources, numbers = zip(*notices, strict=True)
        return [await self._opened(row) for row in await db.fetch(TAKE, sources, numbers)]

    async def first(self, db: Connection, source: str, notice_no: str) -> Said | None:
        """The one that has waited longest for a notice, or None; it goes on waiting."""
        row = await db.fetchrow(FIRST, source, notice_no)
        return await self._opened(row) if row else None

    async def _opened(self, row: asyncpg.Record) -> Said:
        return _unpacked(await self.locker.open_bytes(CONTEXT, f"waiting-{row['id']}", row["sealed"]))


def _packed(said: Said) -> bytes:
    body = asdict(said) | {"time": said.time.isoformat()}
    return json.dumps(body, ensure_ascii=False).encode()


def _unpacked(raw: bytes) -> Said:
    body = json.loads(raw)
    body |= {"time": datetime.fromisoformat(body["time"]), "cause": Cause(**body["cause"])}
    return Said(**body)
