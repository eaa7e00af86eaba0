"""What leaves for street and police: one message per notice, recall and late-report note, with the act itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from schemas.base import Event
from schemas.groups import GROUPS, Group, groups_of
from schemas.privacy import DisclosureMade
from schemas.statutory import StatutoryMessage, StatutoryNoticeSent
from services.handover.desk import Desk
from services.handover.domain.parts import STATUTES
from services.handover.domain.saga import Saga
from services.kernel.db import Connection
from services.kernel.errors import JieliError
from services.kernel.store import Cause, Draft
from services.reference.disclosure import Standing, shipped_matrix

OFFICIALS: Final = 2
ADDRESSED: Final = Standing("POLICE", "accepted", frozenset({"L"}))
"""What the recipients of a statutory act are while they receive it."""


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
    groups = disclosed_by(saga, message)
    stream, sent = f"statutory-{message.notice_no}", desk.ids.new()
    await desk.store.append(db, stream, message.notice_no, None, [Draft(message, desk.clock.now(), cause, sent)])
    await _enter(desk, db, message, groups, replace(cause, causation_id=sent))


def disclosed_by(saga: Saga, message: StatutoryMessage) -> tuple[Group, ...]:
    """The groups that the message tells its recipients; NeverSend where the disclosure matrix lets them have fewer.

    The reference (F1) is for the gateway that delivers the act, not for whom it is delivered to.
    """
    told = groups_of(message.name)
    if not told <= shipped_matrix().sight(ADDRESSED).keys():
        raise NeverSend(saga.handover_id, "groups")
    return tuple(group for group in GROUPS if group in told)


async def _enter(
    desk: Desk, db: Connection, message: StatutoryMessage, groups: tuple[Group, ...], cause: Cause
) -> None:
    """A row of the ledger for each recipient, in the transaction of the act."""
    now, stream = desk.clock.now(), f"privacy-{message.person_ref}"
    rows = [
        DisclosureMade(
            person_ref=message.person_ref,
            recipient=recipient,
            field_groups=groups,
            basis=STATUTES["ORDERED"],
            event_id=cause.causation_id,
            at=now,
        )
        for recipient in message.recipients
    ]
    await desk.store.append(db, stream, message.person_ref, None, [Draft(row, now, cause) for row in rows])


def check_notice(saga: Saga, notice: StatutoryNoticeSent) -> None:
    """Only about a person under an order, and only as the act of two different officials."""
    if saga.track != "ORDERED":
        raise NeverSend(saga.handover_id, saga.track)
    if len(set(notice.officials)) < OFFICIALS:
        raise NeverSend(saga.handover_id, "officials")
