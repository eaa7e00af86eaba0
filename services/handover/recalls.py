"""What was entered in error is recalled from everybody who had a part in it (X-29, PIPL 47, 57)."""

from __future__ import annotations

from typing import Final

from schemas.privacy import RecallIssued
from schemas.progress import CompensationPlanned
from services.handover.desk import Desk
from services.handover.domain.saga import Saga
from services.kernel.db import Connection
from services.kernel.store import Cause, Draft

REASON: Final = "ENTERED_IN_ERROR"


async def issue(desk: Desk, db: Connection, saga: Saga, plan: CompensationPlanned, cause: Cause) -> None:
    """One recall for each recipient of the plan, under the ids that the plan names, in the transaction of the act.

    `original_event_id` is the act that found the error: what is recalled is all that was told about this handover.
    """
    now, stream = desk.clock.now(), f"privacy-{saga.person_ref}"
    drafts = [
        Draft(_recall(saga, recipient, cause), now, cause, recall_id)
        for recall_id, recipient in zip(plan.compensation_ids, plan.recipients, strict=True)
    ]
    if drafts:
        await desk.store.append(db, stream, saga.person_ref, None, drafts)


def _recall(saga: Saga, recipient: str, cause: Cause) -> RecallIssued:
    original = cause.causation_id or saga.handover_id
    return RecallIssued(person_ref=saga.person_ref, original_event_id=original, recipient=recipient, reason=REASON)
