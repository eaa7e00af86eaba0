"""On record before a timeline leaves: who looked at whom, in which groups (specification §3.10 I-1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from schemas.groups import Group
from schemas.privacy import RecordAccessed
from services.kernel.clock import Clock
from services.kernel.db import Connection, Pool, retrying
from services.kernel.errors import WrongVersion
from services.kernel.store import Cause, Draft, Store
from services.kernel.tokens import Actor

STREAM: Final = "access-"
PURPOSE: Final = "TIMELINE"


@dataclass(frozen=True, slots=True)
class Accesses:
    """Writes one row for each reading."""

    pool: Pool
    store: Store
    clock: Clock

    async def enter(self, person_ref: str, actor: Actor, groups: Sequence[Group], purpose: str = PURPOSE) -> None:
        """The row is written when this returns."""
        event = RecordAccessed(
            person_ref=person_ref,
            actor=actor.name,
            capacity=actor.acting,
            purpose=purpose,
            groups=tuple(groups),
            org_id=actor.org or None,
        )
        cause = Cause(actor_ref=actor.name, capacity=actor.acting, purpose=purpose)
        await retrying(self.pool, partial(self._append, event, cause), also=(WrongVersion,))

    async def _append(self, event: RecordAccessed, cause: Cause, db: Connection) -> None:
        stream = STREAM + event.person_ref
        await self.store.append(db, stream, event.person_ref, None, [Draft(event, self.clock.now(), cause)])
