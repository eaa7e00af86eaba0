"""A wrong file is taken back as a whole: one person asks, another one confirms, then every notice is withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from schemas.intake import ReleaseNoticeWithdrawn
from services.intake import ledger
from services.intake.desk import Desk
from services.intake.domain.receipts import Receipt, totals
from services.intake.streams import append_person
from services.kernel.db import Connection, Pool, retrying, transaction
from services.kernel.errors import Refused
from services.kernel.store import Cause, Draft

FIND: Final = """
    select import_id, file, encoding, rows, actor, started_at, finished_at, revoke_asked_by, revoked_by, revoked_at
    from imports
    where import_id = $1
"""
FOR_UPDATE: Final = """
    select import_id, actor, revoke_asked_by, revoked_by from imports where import_id = $1 for update
"""
ROWS: Final = """
    select row, outcome, reason, routing, field, notice_no, revision, person_ref
    from import_rows
    where import_id = $1
    order by row
"""
NOTICES: Final = """
    select distinct source, notice_no, person_ref
    from import_rows
    where import_id = $1 and outcome in ('accepted', 'revised')
    order by source, notice_no
"""
ASK: Final = "update imports set revoke_asked_by = $2 where import_id = $1"
CONFIRM: Final = "update imports set revoked_by = $2, revoked_at = $3 where import_id = $1"


@dataclass(frozen=True, slots=True)
class Revoking:
    """Shows and revokes imports."""

    pool: Pool
    desk: Desk

    async def show(self, import_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The import and its rows; Refused(import_unknown)."""
        async with transaction(self.pool) as db:
            found = await db.fetchrow(FIND, import_id)
            rows = [dict(row) for row in await db.fetch(ROWS, import_id)]
        if found is None:
            raise Refused("import_unknown", import_id, status=404)
        counts = totals([Receipt(row["outcome"], row["reason"], row["routing"]) for row in rows])
        return {**found, "totals": counts, "state": _state(found)}, rows

    async def revoke(self, import_id: str, actor: str) -> dict[str, Any]:
        """The first call asks, another person's carries it out: all at once or not at all."""

        async def work(db: Connection) -> dict[str, Any]:
            return await self._revoke(db, import_id, actor)

        return await retrying(self.pool, work)

    async def _revoke(self, db: Connection, import_id: str, actor: str) -> dict[str, Any]:
        found = await db.fetchrow(FOR_UPDATE, import_id)
        if found is None:
            raise Refused("import_unknown", import_id, status=404)
        if found["revoked_by"]:
            raise Refused("import_revoked", import_id)
        if found["revoke_asked_by"] is None:
            await db.execute(ASK, import_id, actor)
            return {"import_id": import_id, "state": "pending", "withdrawn": 0}
        if found["revoke_asked_by"] == actor:
            raise Refused("two_officials_required", import_id)
        notices = await db.fetch(NOTICES, import_id)
        for notice in notices:
            await self._withdraw(db, notice, Cause(correlation_id=import_id, actor_ref=actor))
        await db.execute(CONFIRM, import_id, actor, self.desk.clock.now())
        return {"import_id": import_id, "state": "revoked", "withdrawn": len(notices)}

    async def _withdraw(self, db: Connection, notice: asyncpg.Record, cause: Cause) -> None:
        person_ref: str = notice["person_ref"]
        event = ReleaseNoticeWithdrawn(person_ref=person_ref, notice_no=notice["notice_no"], reason="ERROR")
        await append_person(db, self.desk.store, person_ref, [Draft(event, self.desk.clock.now(), cause)])
        await ledger.set_state(db, notice["source"], notice["notice_no"], "withdrawn")


def _state(found: asyncpg.Record) -> str:
    if found["revoked_by"]:
        return "revoked"
    if found["revoke_asked_by"]:
        return "revocation_pending"
    return "finished" if found["finished_at"] else "unfinished"
