"""An import looked at again, and how far taking it back has come; the handovers themselves are closed by handover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from services.intake.domain.receipts import Receipt, totals
from services.kernel.clock import Clock
from services.kernel.db import Connection, Pool, retrying, transaction
from services.kernel.errors import Refused

FIND: Final = """
    select import_id, file, encoding, rows, actor, started_at, finished_at, revoke_asked_by, revoked_by, revoked_at
    from imports
    where import_id = $1
"""
FOR_UPDATE: Final = "select revoke_asked_by, revoked_by from imports where import_id = $1 for update"
ROWS: Final = """
    select row, outcome, reason, routing, field, notice_no, revision, person_ref
    from import_rows
    where import_id = $1
    order by row
"""
NOTICES: Final = """
    select distinct source, notice_no
    from import_rows
    where import_id = $1 and outcome in ('accepted', 'revised')
    order by source, notice_no
"""
ASK: Final = "update imports set revoke_asked_by = $2 where import_id = $1"
CONFIRM: Final = "update imports set revoked_by = $2, revoked_at = $3 where import_id = $1"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that the import brought or changed."""

    centre: str
    notice_no: str


@dataclass(frozen=True, slots=True)
class Begun:
    """What there is to take back. `asked_by`: who signed before this call, empty for nobody."""

    asked_by: str
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Revoking:
    """Shows imports and remembers who takes them back."""

    pool: Pool
    clock: Clock

    async def show(self, import_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The import and its rows; Refused(import_unknown)."""
        async with transaction(self.pool) as db:
            found = _known(await db.fetchrow(FIND, import_id), import_id)
            rows = [dict(row) for row in await db.fetch(ROWS, import_id)]
        counts = totals([Receipt(row["outcome"], row["reason"], row["routing"]) for row in rows])
        return {**found, "totals": counts, "state": _state(found)}, rows

    async def begin(self, import_id: str, actor: str) -> Begun:
        """From now on the import is being taken back. Raises Refused import_unknown, import_revoked."""

        async def work(db: Connection) -> Begun:
            found = await _open(db, import_id)
            if found["revoke_asked_by"] is None:
                await db.execute(ASK, import_id, actor)
            notices = tuple(Notice(row["source"], row["notice_no"]) for row in await db.fetch(NOTICES, import_id))
            return Begun(found["revoke_asked_by"] or "", notices)

        return await retrying(self.pool, work)

    async def signed(self, import_id: str, actor: str) -> None:
        """The newest signature that waits for another person's is this actor's."""

        async def work(db: Connection) -> None:
            await _open(db, import_id)
            await db.execute(ASK, import_id, actor)

        await retrying(self.pool, work)

    async def finish(self, import_id: str, actor: str) -> None:
        """Everything is taken back. Raises Refused two_officials_required to the one who asked."""

        async def work(db: Connection) -> None:
            found = await _open(db, import_id)
            if found["revoke_asked_by"] in {None, actor}:
                raise Refused("two_officials_required", import_id)
            await db.execute(CONFIRM, import_id, actor, self.clock.now())

        await retrying(self.pool, work)


async def _open(db: Connection, import_id: str) -> asyncpg.Record:
    found = _known(await db.fetchrow(FOR_UPDATE, import_id), import_id)
    if found["revoked_by"]:
        raise Refused("import_revoked", import_id)
    return found


def _known(found: asyncpg.Record | None, import_id: str) -> asyncpg.Record:
    if found is None:
        raise Refused("import_unknown", import_id, status=404)
    return found


def _state(found: asyncpg.Record) -> str:
    if found["revoked_by"]:
        return "revoked"
    if found["revoke_asked_by"]:
        return "revoking"
    return "finished" if found["finished_at"] else "unfinished"
