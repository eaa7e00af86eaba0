"""What every door of the handover service works with: the store, the clock, and what decisions look at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from services.handover.domain.words import Context
from services.kernel.clock import Clock
from services.kernel.db import Pool
from services.kernel.ids import Ids
from services.kernel.parking import Parking
from services.kernel.store import Store
from services.kernel.words import Sealer
from services.reference.calendar import Calendar
from services.reference.organisations import Organisations
from services.reference.policy import Policy

FACTS = "handover.facts"
PARKED = "handover.parked"


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
    policy: Policy
    calendar: Calendar
    organisations: Organisations
    armed: Callable[[], None]
    ports: Mapping[str, Callable[..., Awaitable[Any]]]

    def context(self, *, blocked: bool = False) -> Context:
        """What a decision may look at now. `blocked`: a message of this person waits behind a technical failure."""
        return Context(
            now=self.clock.now(),
            policy=self.policy,
            calendar=self.calendar,
            organisations=self.organisations,
            new_id=self.ids.new,
            blocked=blocked,
        )
