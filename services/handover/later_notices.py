"""A notice that comes after its person's handover was opened without one: linked, with no penalty (X-19, X-21)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from schemas.intake import ReleaseNoticeReceived
from services.handover.domain.saga import Saga
from services.handover.domain.table import shipped_table
from services.kernel.db import Connection
from services.kernel.records import Message

LINK: Final = "insert into later_notices (notice, handover_id, since) values ($1, $2, $3) on conflict do nothing"


def comes_later(message: Message, saga: Saga | None) -> bool:
    """Whether it is the first word of a notice about a live saga that knows none of that number."""
    event = message.event
    if saga is None or saga.state in shipped_table().terminal or not isinstance(event, ReleaseNoticeReceived):
        return False
    return event.notice_no not in saga.notices


async def link(db: Connection, message: Message, saga: Saga, now: datetime) -> None:
    """The handover can be found by this notice from now on."""
    event = message.event
    if isinstance(event, ReleaseNoticeReceived):
        source = event.source_org or event.centre_id
        await db.execute(LINK, f"{source}/{event.notice_no}", saga.handover_id, now)
