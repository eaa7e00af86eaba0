"""Records over HTTP: authorised and decided by the table, audited, and written in one transaction."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from pydantic import ValidationError

from schemas.base import Event
from services.handover import audit, saga_store
from services.handover.audit import Audited
from services.handover.commands import Command, event_of, finished, input_of, invalid
from services.handover.desk import Desk
from services.handover.domain.decide import decide
from services.handover.domain.saga import Saga
from services.handover.domain.words import Step
from services.handover.saga_store import Held
from services.handover.writing import Taken, write
from services.kernel import idempotency, telemetry
from services.kernel.db import Connection, retrying
from services.kernel.errors import Refused, WrongVersion
from services.kernel.idempotency import Answer
from services.kernel.store import Cause, Draft

STATUS: Final = {
    "actor_not_allowed": 403,
    "not_your_organisation": 403,
    "unknown_handover": 404,
    "invalid_data": 422,
}
CONFLICT: Final = 409
DONE: Final = frozenset({"applied", "folded"})


async def record(desk: Desk, command: Command) -> Answer:
    """Take one record. Raises Refused with the code of what stands against it; the refusal is audited."""
    answer = await retrying(desk.pool, partial(_take, desk, command), also=(WrongVersion,))
    if isinstance(answer, Refused):
        raise answer
    return answer


async def _take(desk: Desk, command: Command, db: Connection) -> Answer | Refused:
    known = await idempotency.recall(db, command.asked)
    if known is not None:
        return known
    held = await saga_store.by_id(db, command.handover_id)
    try:
        answer = await _decided(desk, db, command, held)
    except Refused as refused:
        await _audit(desk, db, command, Audited(command.handover_id, command.type, "refused", refused.code))
        return refused
    outcome = audit.outcome_of(answer)
    await _audit(desk, db, command, Audited(command.handover_id, command.type, outcome))
    await idempotency.remember(db, command.asked, answer, desk.clock.now())
    return answer
