"""Who learned what about whom, and who looked (specification §4.3 P-06, I-1; 网数条例12): read from the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg

from services.kernel.clock import SHANGHAI
from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.timeline.facts import name_of

NAMES: Final = ("DisclosureMade", "RecordAccessed", "RecallIssued", "RecallConfirmed")
ENDED: Final = ("RecordSealed", "RecordDeleted")
"""After these a person's record answers like no record."""

ROWS: Final = """
select event_id, type, data, meta ->> 'purpose' as purpose, recorded_at, xid::text as xid, position
from journal as kept
where topic = 'hub.privacy.v1'
    and split_part(type, '.', 4) = any($1::text[])
    and ($2::text is null or data ->> 'person_ref' = $2)
    and ($3::text is null or $3 in (data ->> 'recipient', data ->> 'org_id'))
    and ($4::text[] is null or data ->> 'recipient' = any($4) or data ->> 'org_id' = any($4))
    and recorded_at >= $5 and recorded_at < $6
    and ($7::text is null or (xid, position) < ($7::text::xid8, $8::bigint))
    and ($11 or not exists (
        select from journal as ended
        where ended.topic = 'hub.privacy.v1'
            and ended.data ->> 'person_ref' = kept.data ->> 'person_ref'
            and split_part(ended.type, '.', 4) = any($9::text[])
    ))
order by kept.xid desc, position desc
limit $10
"""
HAS_ENDED: Final = """
select exists (
    select from journal
    where topic = 'hub.privacy.v1' and data ->> 'person_ref' = $1 and split_part(type, '.', 4) = any($2::text[])
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody asks of the ledger; None: any. `of`: only rows about looks of these organisations.

    `start` is included, `end` is not; `after` is the `next` of the page before.

    `ended`: rows of ended records too, which are kept three years (网数条例12).
    """

    start: datetime
    end: datetime
    person_ref: str | None = None
    recipient: str | None = None
    of: tuple[str, ...] | None = None
    after: str | None = None
    ended: bool = False

    @property
    def place(self) -> tuple[str | None, int]:
        """Where the last page ended, as xid and position. Raises Refused (`invalid_data`)."""
        xid, _, position = (self.after or "").partition("-")
        if self.after is None:
            return None, 0
        if not (xid.isdecimal() and position.isdecimal()):
            raise Refused("invalid_data", "after", status=422)
        return xid, int(position)


async def rows(db: Connection, wanted: Wanted, limit: int) -> list[asyncpg.Record]:
    """The newest rows first, so that what this reading itself adds comes on no later page."""
    return await db.fetch(
        ROWS,
        *(list(NAMES), wanted.person_ref, wanted.recipient, wanted.of and list(wanted.of), wanted.start, wanted.end),
        *(*wanted.place, list(ENDED), limit, wanted.ended),
    )


async def has_ended(db: Connection, person_ref: str) -> bool:
    """Whether a person's record was sealed or deleted."""
    found: bool = await db.fetchval(HAS_ENDED, person_ref, list(ENDED))
    return found


def line(row: asyncpg.Record) -> dict[str, Any]:
    """One row as the API gives it; `because`: the access or disclosure that it belongs to."""
    data = row["data"]
    return {
        "event_id": row["event_id"],
        "type": name_of(row["type"]),
        "time": row["recorded_at"].astimezone(SHANGHAI).isoformat(),
        "person_ref": data["person_ref"],
        "org_id": data.get("recipient") or data.get("org_id"),
        "actor": data.get("actor"),
        "capacity": data.get("capacity"),
        "purpose": data.get("purpose") or row["purpose"],
        "groups": data.get("field_groups") or data.get("groups") or [],
        "basis": data.get("basis"),
        "reason": data.get("reason"),
        "because": data.get("event_id") or data.get("original_event_id"),
    }


def next_of(found: Sequence[asyncpg.Record], limit: int) -> str | None:
    """What the next page starts after, None on the last one."""
    return f"{found[limit - 1]['xid']}-{found[limit - 1]['position']}" if len(found) > limit else None
