"""A saga's alarms that came due: what the table makes of them, in the transaction that marks them."""

from __future__ import annotations

from collections.abc import Mapping

from services.handover import saga_store
from services.handover.desk import Desk
from services.handover.domain.decide import decide_due
from services.handover.domain.words import Step, TimerKey
from services.handover.writing import Taken, write
from services.kernel.db import Connection
from services.kernel.deadlines import Deadline, Outcome


async def fire(desk: Desk, db: Connection, saga_id: str, due: list[Deadline]) -> Mapping[Deadline, Outcome]:
    """Everything due for one saga at one evaluation, in its order. Redone whole where a fact was faster."""
    raise NotImplementedError
