"""Early contact before an order is served rests on the centre-locality agreement (specification §3.4)."""

from __future__ import annotations

from typing import Final

from services.handover.desk import Desk
from services.handover.domain.saga import Saga
from services.handover.domain.words import Input
from services.kernel.db import Connection
from services.reference.terms import date_of

CONTACT: Final = "EarlyContactRecorded"
MISSING: Final = "agreement_missing"


async def not_shared(desk: Desk, db: Connection, saga: Saga | None, given: Input) -> str | None:
    """`agreement_missing` where no agreement between a centre of the notice and the station is in force; else None."""
    if saga is None or given.name != CONTACT or saga.served_orders or saga.on_prison_basis or not saga.sources:
        return None
    known, day = await desk.agreements(db), date_of(given.at)
    return None if any(known.covering(source, saga.accountable, day) for source in saga.sources) else MISSING
