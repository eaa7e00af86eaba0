"""The ladder and the statutory act (specification §3.5, §4.2 rows 35-41), on `hub.handover.v1`."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.base import HandoverEvent, Model, PiiClass
from schemas.codes import Rung
from schemas.ids import Code, Day, Number, OrgId, Words
from schemas.sealed import Sealed


class Escalation(HandoverEvent):
    """Something about the ladder of one handover. `level`: 0 to 4, of the highest rung raised."""

    pii: ClassVar[PiiClass] = "P1"


class EscalationRaised(Escalation):
    """A rung was raised; its recipient has until `ack_due` to answer."""

    wire: ClassVar[str] = "cn.aftercare.handover.EscalationRaised.v1"

    rung: Rung
    level: int = Field(ge=0, le=4)
    reason: Code | None = None
    to_role: Code | None = None
    to_org: OrgId | None = None
    ack_due: AwareDatetime | None = None
    deadline_rev: int = Field(ge=0)


class EscalationAcknowledged(Escalation):
    """The recipient of the standing rung took it on."""

    wire: ClassVar[str] = "cn.aftercare.handover.EscalationAcknowledged.v1"

    rung: Rung | None = None
    level: int | None = Field(default=None, ge=0, le=4)
    by: Words | None = None
    action_code: Code | None = None


class EscalationForwarded(Escalation):
    """Nobody answered in time; the standing rung went one step up."""

    wire: ClassVar[str] = "cn.aftercare.handover.EscalationForwarded.v1"

    rung: Rung | None = None
    level: int | None = Field(default=None, ge=0, le=4)
    from_role: Code | None = None
    to_role: Code | None = None
    to_org: OrgId | None = None
    ack_due: AwareDatetime | None = None


class EscalationStoodDown(Escalation):
    """The rungs that stood no longer do; everybody who was notified can stop."""

    wire: ClassVar[str] = "cn.aftercare.handover.EscalationStoodDown.v1"

    level: int | None = Field(default=None, ge=0, le=4)
    levels: tuple[int, ...] = ()
    rungs: tuple[Rung, ...] = ()
    cause: Code | None = None


class EscalationPaused(Escalation):
    """The ladder waits; what stands still stands."""

    wire: ClassVar[str] = "cn.aftercare.handover.EscalationPaused.v1"

    level: int | None = Field(default=None, ge=0, le=4)
    cause: Code | None = None
    until: AwareDatetime | None = None


class NoticeFacts(Model):
    """What the statutory notice says, and nothing else: no class, no notes, no service data."""

    order_no: Number | None = None
    deadline: Day | None = None
    attempts_summary: Words | None = None
    known_excuse: Words | None = None


class StatutoryNoticeSigned(HandoverEvent):
    """Two officials signed the notice after the deadline and its grace."""

    wire: ClassVar[str] = "cn.aftercare.handover.StatutoryNoticeSigned.v1"
    pii: ClassVar[PiiClass] = "P3"

    notice_no: Number | None = None
    legal_ground: Words | None = None
    facts: Sealed[NoticeFacts] | None = None
    officials: tuple[Words, ...] = ()


class StatutoryNoticeWaived(HandoverEvent):
    """Two officials decided that no notice goes out."""

    wire: ClassVar[str] = "cn.aftercare.handover.StatutoryNoticeWaived.v1"
    pii: ClassVar[PiiClass] = "P3"

    notice_no: Number | None = None
    legal_ground: Words | None = None
    facts: Sealed[NoticeFacts] | None = None
    officials: tuple[Words, ...] = ()


class StatutoryNoticeDelivered(HandoverEvent):
    """The signed notice left for its recipients; their receipt is a delivered document."""

    wire: ClassVar[str] = "cn.aftercare.handover.StatutoryNoticeDelivered.v1"
    pii: ClassVar[PiiClass] = "P3"

    notice_no: Number
    recipients: tuple[OrgId, ...] = ()


class LateReportNotified(HandoverEvent):
    """Those who got the notice learn that the person reported after all, when and why so late."""

    wire: ClassVar[str] = "cn.aftercare.handover.LateReportNotified.v1"
    pii: ClassVar[PiiClass] = "P3"

    notice_no: Number
    reported_at: AwareDatetime | None = None
    excuse: Sealed[Words] | None = None
    recipients: tuple[OrgId, ...] = ()


class StatutoryNoticeRecalled(HandoverEvent):
    """Those who got the notice learn that it no longer holds."""

    wire: ClassVar[str] = "cn.aftercare.handover.StatutoryNoticeRecalled.v1"
    pii: ClassVar[PiiClass] = "P3"

    notice_no: Number
    reported_at: AwareDatetime | None = None
    excuse: Sealed[Words] | None = None
    recipients: tuple[OrgId, ...] = ()


class AuthorityOutcomeRecorded(HandoverEvent):
    """What the notified authority did, in its own words' code."""

    wire: ClassVar[str] = "cn.aftercare.handover.AuthorityOutcomeRecorded.v1"
    pii: ClassVar[PiiClass] = "P3"

    outcome_code: Literal["CONTACTED", "EXCUSED", "CONVERTED", "OTHER"]
    doc_no: Sealed[Number] | None = None
