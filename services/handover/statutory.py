"""What leaves for street and police: one message per notice, recall and late-report note, with the act that causes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from schemas.base import Event
from schemas.escalation import LateReportNotified, StatutoryNoticeDelivered, StatutoryNoticeRecalled, StatutoryNoticeSigned
from schemas.statutory import LateReportNoteSent, StatutoryMessage, StatutoryNoticeSent, StatutoryRecallSent
from services.handover.desk import Desk
from services.handover.domain.saga import Saga
from services.kernel.db import Connection
from services.kernel.errors import JieliError
from services.kernel.store import Cause, Draft

if TYPE_CHECKING:
    from services.handover.writing import Taken

OFFICIALS = 2


class NeverSend(JieliError):
    """A statutory message that no law allows was about to leave; nothing of the transaction is kept."""

    def __init__(self, handover_id: str, why: str) -> None:
        super().__init__(f"不得发送法定报告 statutory message refused: {handover_id} {why}")


async def send(desk: Desk, db: Connection, taken: Sequence[Taken], saga: Saga) -> None:
    """Append the outward message of every statutory act among the steps, in the same transaction."""
    for one in taken:
        for message in _messages(one, saga):
            stream = f"statutory-{message.notice_no}"
            cause = Cause(
                correlation_id=saga.handover_id, causation_id=one.given.id, policy_version=desk.policy.version
            )
            version = await desk.store.version(db, stream)
            draft = Draft(message, desk.clock.now(), cause)
            await desk.store.append(db, stream, message.notice_no, version, [draft])


def _messages(one: Taken, saga: Saga) -> Iterator[StatutoryMessage]:
    for event in one.step.emits:
        found = _message(one, event, saga)
        if found is not None:
            yield found


def _message(one: Taken, event: Event, saga: Saga) -> StatutoryMessage | None:
    match event:
        case StatutoryNoticeDelivered():
            return _notice(one, event, saga)
        case StatutoryNoticeRecalled():
            return StatutoryRecallSent(**_same(event, saga))
        case LateReportNotified():
            return LateReportNoteSent(**_same(event, saga))
        case _:
            return None


def _notice(one: Taken, event: StatutoryNoticeDelivered, saga: Saga) -> StatutoryNoticeSent:
    after = one.step.after or saga
    signed = one.record
    if after.track != "ORDERED":
        raise NeverSend(saga.handover_id, after.track)
    if not isinstance(signed, StatutoryNoticeSigned) or len(set(one.step.officials)) != OFFICIALS:
        raise NeverSend(saga.handover_id, "officials")
    return StatutoryNoticeSent(
        person_ref=event.person_ref,
        handover_id=event.handover_id,
        notice_no=event.notice_no,
        recipients=event.recipients,
        legal_ground=signed.legal_ground,
        facts=signed.facts,
        officials=one.step.officials,
    )


def _same(event: StatutoryNoticeRecalled | LateReportNotified, saga: Saga) -> dict[str, object]:
    """The event's own fields, sealed ones still clear; only after a notice that went out."""
    if saga.statutory is None:
        raise NeverSend(saga.handover_id, "no notice")
    return {name: getattr(event, name) for name in type(event).model_fields}
