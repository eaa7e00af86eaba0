"""What one person alone may not do about a record: the first is noted, the second does it (specification §3.8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.kernel.db import Connection
from services.kernel.errors import Refused

VALID: Final = timedelta(hours=24)
FIRST: Final = """
    select official from lawful_reads where person_ref = $1 and request_hash = $2 and at > $3
"""
SIGN: Final = """
    insert into lawful_reads (person_ref, request_hash, official, at) values ($1, $2, $3, $4)
    on conflict (person_ref, request_hash) do update set official = excluded.official, at = excluded.at
"""
SIGNED: Final = "delete from lawful_reads where person_ref = $1 and request_hash = $2"


@dataclass(frozen=True, slots=True)
class Signature:
    """Who wants what about whom. `what`: the same text for the same wish."""

    person_ref: str
    what: str
    official: str


async def signed_before(db: Connection, own: Signature, now: datetime) -> str | None:
    """Who signed the same within a day, used up by that; None for the first, who is noted.

    Refused `two_officials_required` where the same official signs again.
    """
    first: str | None = await db.fetchval(FIRST, own.person_ref, own.what, now - VALID)
    if first == own.official:
        raise Refused("two_officials_required")
    if first is None:
        await db.execute(SIGN, own.person_ref, own.what, own.official, now)
        return None
    await db.execute(SIGNED, own.person_ref, own.what)
    return first
