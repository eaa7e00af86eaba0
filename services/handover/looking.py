"""On record before a handover's view leaves: who looked at whom, in which groups (specification §3.10 I-1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final

from schemas.groups import GROUPS, HANDOVER_VIEW, Group
from schemas.privacy import RecordAccessed
from services.handover.desk import Desk
from services.kernel.db import Connection, retrying
from services.kernel.errors import WrongVersion
from services.kernel.store import Cause, Draft
from services.kernel.tokens import Actor

NOT_NOTED: Final = frozenset({"OPS", "PERSON"})
"""Operators see the process by references alone, and the person is their own (decision 0043)."""
PURPOSE: Final = "HANDOVER"
AGAIN_AFTER: Final = timedelta(hours=1)
FIRST: Final = """
insert into looks as known (person_ref, org_id, role, actor, at) values ($1, $2, $3, $4, $5)
on conflict (person_ref, org_id, role, actor) do update set at = excluded.at
where known.at <= excluded.at - $6::interval
returning true
"""
View = Mapping[str, Any]


async def note(desk: Desk, actor: Actor, views: Sequence[View]) -> None:
    """One row for each person shown, at most one an hour for each reader; it is written when this returns."""
    if actor.role in NOT_NOTED:
        return
    for person_ref in sorted({view["person_ref"] for view in views}):
        shown = groups_in([view for view in views if view["person_ref"] == person_ref])
        await retrying(desk.pool, partial(_enter, desk, actor, person_ref, shown), also=(WrongVersion,))


def groups_in(views: Sequence[View]) -> tuple[Group, ...]:
    """The groups that these views say anything of."""
    told = {HANDOVER_VIEW[name] for view in views for name, value in view.items() if value not in (None, [])}
    return tuple(group for group in GROUPS if group in told)


async def _enter(desk: Desk, actor: Actor, person_ref: str, groups: tuple[Group, ...], db: Connection) -> None:
    now = desk.clock.now()
    if not await db.fetchval(FIRST, person_ref, actor.org, actor.role, actor.name, now, AGAIN_AFTER):
        return
    event = RecordAccessed(
        person_ref=person_ref,
        actor=actor.name,
        capacity=actor.acting,
        purpose=PURPOSE,
        groups=groups,
        org_id=actor.org or None,
    )
    cause = Cause(actor_ref=actor.name, capacity=actor.acting, purpose=PURPOSE)
    await desk.store.append(db, f"privacy-{person_ref}", person_ref, None, [Draft(event, now, cause)])
