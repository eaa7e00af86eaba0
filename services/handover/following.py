"""What waited for a saga follows right behind the fact that opens it, in the same transaction."""

from __future__ import annotations

from typing import Final

from services.handover import waiting
from services.handover.desk import FACTS, Desk
from services.handover.domain.decide import decide
from services.handover.domain.saga import Saga
from services.handover.facts import input_of
from services.handover.writing import Taken, taken
from services.kernel.db import Connection

TAKEN: Final = frozenset({"applied", "folded"})


async def followed(desk: Desk, db: Connection, saga: Saga) -> list[Taken]:
    """Each waiting fact on the saga; one that fits no rule is set aside without holding up the others."""
    done: list[Taken] = []
    context = await desk.context(db)
    for one in await waiting.take(db, saga.person_ref):
        given = await input_of(one.message, desk.sealer)
        step = decide(saga, given, context)
        if step.outcome == "set_aside":
            await desk.parking.set_aside(db, FACTS, one.named(), step.reason)
        elif step.outcome in TAKEN:
            done.append(taken(saga, given, step))
            saga = done[-1].after
    return done
