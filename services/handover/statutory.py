"""What leaves for street and police: one message per notice, recall and late-report note, with the act itself."""

from __future__ import annotations

from typing import Final

from schemas.base import Event
from schemas.statutory import StatutoryMessage, StatutoryNoticeSent
from services.handover.desk import Desk
from services.handover.domain.saga import Saga
from services.kernel.db import Connection
from services.kernel.errors import JieliError
from services.kernel.store import Cause, Draft

OFFICIALS: Final = 2


class NeverSend(JieliError):
    """A statutory message that no law allows was about to leave; nothing of the transaction is kept."""

    def __init__(self, handover_id: str, why: str) -> None:
        super().__init__(f"不得发送法定报告 statutory message refused: {handover_id} {why}")


async def send(desk: Desk, db: Connection, saga: Saga, message: Event, cause: Cause) -> None:
    """Append one outward message, in the transaction of the act. `saga`: as it is after the act.

    Raises NeverSend for a person without an order, without two officials, or where no notice went out.
    """
    if not isinstance(message, StatutoryMessage) or saga.statutory is None:
        raise NeverSend(saga.handover_id, "no notice")
    if isinstance(message, StatutoryNoticeSent):
        check_notice(saga, message)
    stream = f"statutory-{message.notice_no}"
    version = await desk.store.version(db, stream)
    await desk.store.append(db, stream, message.notice_no, version, [Draft(message, desk.clock.now(), cause)])


def check_notice(saga: Saga, notice: StatutoryNoticeSent) -> None:
    """Only about a person under an order, and only as the act of two different officials."""
    if saga.track != "ORDERED":
        raise NeverSend(saga.handover_id, saga.track)
    if len(set(notice.officials)) < OFFICIALS:
        raise NeverSend(saga.handover_id, "officials")
