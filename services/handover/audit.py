"""Who asked for what and what became of it: one row a command, without its payload."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from services.kernel.db import Connection
from services.kernel.tokens import Actor

Outcome: TypeAlias = Literal["accepted", "pending", "refused"]
INSERT: Final = """
insert into audit (at, actor, role, org, capacity, handover_id, record, outcome, code)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
ROWS: Final = """
select xid::text as xid, position, handover_id || ' ' || record || ' ' || at as name, sha256(convert_to(
    jsonb_build_array(extract(epoch from at), actor, role, org, capacity, handover_id, record, outcome, code)::text,
    'UTF8')) as leaf
from audit
where (xid, position) > ($1::text::xid8, $2) and xid < pg_snapshot_xmin(pg_current_snapshot())
order by audit.xid, position limit $3
"""


@dataclass(frozen=True, slots=True)
class Audited:
    """What became of one command. `code` is empty unless it was refused."""

    handover_id: str
    record: str
    outcome: Outcome
    code: str = ""


async def write(db: Connection, actor: Actor, what: Audited, at: datetime) -> None:
    """Stands in the command's own transaction; a refusal is committed with nothing but its row."""
    who = (actor.name, actor.role, actor.org, actor.capacity or "")
    await db.execute(INSERT, at, *who, what.handover_id, what.record, what.outcome, what.code)
