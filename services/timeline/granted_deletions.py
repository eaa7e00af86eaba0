"""Deletions that a human has granted and that are under way: nobody answers otherwise, and whoever began may end it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.kernel.db import Connection
from services.kernel.tokens import Actor

LOCK: Final = "select pg_advisory_xact_lock(hashtextextended('rights|' || $1, 0))"
CLAIM: Final = """
insert into granted_deletions (request_no, person_ref, org_id, at) values ($1, $2, $3, $4)
"""
HOLDER: Final = "select org_id from granted_deletions where request_no = $1 and person_ref = $2"
DROP: Final = "delete from granted_deletions where request_no = $1"


async def lock(db: Connection, person_ref: str) -> None:
    """Answers about one person go in line until the transaction ends."""
    await db.execute(LOCK, person_ref)


async def claim(db: Connection, person_ref: str, request_no: str, actor: Actor, now: datetime) -> None:
    """This organisation deletes from here on; committed before anything is destroyed. Under the lock."""
    await db.execute(CLAIM, request_no, person_ref, actor.org, now)


async def holder(db: Connection, person_ref: str, request_no: str) -> str | None:
    """The organisation that is deleting, or None. Under the lock."""
    found: str | None = await db.fetchval(HOLDER, request_no, person_ref)
    return found


async def drop(db: Connection, request_no: str) -> None:
    """It was answered, or it may not be done."""
    await db.execute(DROP, request_no)
