"""The end of every command: its row in the audit, and the answer that the same idempotency key gets again."""

from __future__ import annotations

from typing import Final

from services.handover import audit
from services.handover.audit import Audited, Outcome
from services.handover.commands import Command
from services.handover.desk import Desk
from services.handover.domain.saga import Saga
from services.kernel import idempotency
from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.kernel.idempotency import Answer

OK: Final = 200
PENDING: Final = 202


def answer_of(saga: Saga, event_ids: tuple[str, ...], status: int = OK) -> Answer:
    """What the sender learns: new events, and where the handover stands."""
    body = {"event_ids": list(event_ids), "version": saga.version, "state": saga.state}
    return Answer(status, body | {"pending": True} if status == PENDING else body)


async def finish(desk: Desk, command: Command, answer: Answer, db: Connection) -> None:
    """Audit what was accepted or waits for a second signature, and keep the answer."""
    outcome: Outcome = "pending" if answer.status == PENDING else "accepted"
    now = desk.clock.now()
    await audit.write(db, command.actor, Audited(command.handover_id, command.record, outcome), now)
    await idempotency.remember(db, command.asked, answer, now)


async def refuse(desk: Desk, command: Command, refused: Refused, db: Connection) -> Refused:
    """Audit a refusal; it is raised once that row is committed."""
    what = Audited(command.handover_id, command.record, "refused", refused.code)
    await audit.write(db, command.actor, what, desk.clock.now())
    return refused
