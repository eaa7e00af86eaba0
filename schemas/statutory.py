"""What leaves for street and police, one message per act (specification §3.4.1-11), on `stat.notice.v1`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from schemas.base import HandoverEvent, PiiClass
from schemas.escalation import NoticeFacts
from schemas.ids import Number, OrgId, Words
from schemas.sealed import Sealed


class StatutoryMessage(HandoverEvent):
    """A message about one statutory notice to the organisations it names."""

    topic: ClassVar[str] = "stat.notice.v1"
    pii: ClassVar[PiiClass] = "P3"

    notice_no: Number
    recipients: tuple[OrgId, ...] = ()


class StatutoryNoticeSent(StatutoryMessage):
    """The notice that two officials signed."""

    wire: ClassVar[str] = "cn.aftercare.statutory.StatutoryNoticeSent.v1"

    legal_ground: Words | None = None
    facts: Sealed[NoticeFacts] | None = None
    officials: tuple[Words, ...] = ()


class StatutoryRecallSent(StatutoryMessage):
    """The notice no longer holds."""

    wire: ClassVar[str] = "cn.aftercare.statutory.StatutoryRecallSent.v1"

    reported_at: AwareDatetime | None = None
    excuse: Sealed[Words] | None = None


class LateReportNoteSent(StatutoryMessage):
    """The person reported after the notice went out."""

    wire: ClassVar[str] = "cn.aftercare.statutory.LateReportNoteSent.v1"

    reported_at: AwareDatetime | None = None
    excuse: Sealed[Words] | None = None
