"""What every door of the handover service works with: the store, the clock, and what decisions look at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from services.handover.domain.table import shipped_table, table_of
from services.handover.domain.words import Context
from services.handover.saga_store import Held
from services.kernel import scoped
from services.kernel.clock import Clock
from services.kernel.db import Connection, Pool
from services.kernel.ids import Ids
from services.kernel.parking import Parking
from services.kernel.store import Store
from services.kernel.tokens import Actor
from services.kernel.words import Sealer
from services.reference.agreement_versions import ReadAgreements
from services.reference.calendar_years import Calendars
from services.reference.organisations import Organisations
from services.reference.policies import Policies
from services.reference.scopes import scope_of

FACTS = "handover.facts"
PARKED = "handover.parked"
SCHEMA = "handover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts, wired once.

    `armed` tells the deadline worker that an alarm was set; it may be called too often. `ports`: calls to services of
    this process, as in Kit.
    """

    pool: Pool
    store: Store
    parking: Parking
    clock: Clock
    ids: Ids
    sealer: Sealer
    policies: Policies
    calendars: Calendars
    organisations: Organisations
    agreements: ReadAgreements
    armed: Callable[[], None]
    ports: Mapping[str, Callable[..., Awaitable[Any]]]

    def reading(self, actor: Actor) -> AbstractAsyncContextManager[Connection]:
        """A connection that sees the handovers that this reader's organisations have a part in, whatever is asked."""
        return scoped.reading(self.pool, SCHEMA, scope_of(actor, self.organisations))

    async def context(self, db: Connection, held: Held | None = None) -> Context:
        """What a decision about that saga, or about none yet, may look at now."""
        newest = self.policies.current
        return Context(
            now=self.clock.now(),
            policy=await self.policies.of(db, held.saga.policy_version) if held else newest,
            calendar=self.calendars.current,
            organisations=self.organisations,
            new_id=self.ids.new,
            blocked=bool(held and held.blocked),
            newest=newest,
            table=table_of(held.saga.table_version) if held else shipped_table(),
        )
