"""The station's work with a person (specification §4.2 rows 46-58), on `hub.casework.v1`."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Model, PersonEvent, PiiClass
from schemas.ids import Code, Day, Moment, Number, OrgId, Words
from schemas.sealed import Sealed


class CaseworkEvent(PersonEvent):
    """A fact of casework."""

    topic: ClassVar[str] = "hub.casework.v1"
    pii: ClassVar[PiiClass] = "P3"


class AgreementSigned(CaseworkEvent):
    """An agreement with the person begins."""

    wire: ClassVar[str] = "cn.aftercare.casework.AgreementSigned.v1"

    type: Literal["CDT", "CRH", "AFTERCARE", "TEST_ENTRUST"]
    no: Number | None = None
    from_: Moment | None = Field(default=None, alias="from")
    to: Moment | None = None
    supersedes: Number | None = None


class AgreementEnded(CaseworkEvent):
    """An agreement ended; silence means expired, never breach."""

    wire: ClassVar[str] = "cn.aftercare.casework.AgreementEnded.v1"

    outcome: Literal["RENEWED", "EXPIRED", "SUPERSEDED", "TERMINATED"]
    ground: Code | None = None
    no: Number | None = None


class SupportLevelSet(CaseworkEvent):
    """A named worker set how closely the person is accompanied; a rule may only suggest."""

    wire: ClassVar[str] = "cn.aftercare.casework.SupportLevelSet.v1"

    level: Literal["STABLE", "FOCUS", "ATTENTION"]
    reason_codes: Sealed[tuple[Code, ...]] | None = None
    suggested_by_rule: Code | None = None
    valid_until: Day | None = None
    contested: bool = False


class Need(Model):
    """One thing the person asks help with."""

    type: Code
    priority: Code | None = None


class NeedsAssessed(CaseworkEvent):
    """What the person needs, agreed with them."""

    wire: ClassVar[str] = "cn.aftercare.casework.NeedsAssessed.v1"

    needs: Sealed[tuple[Need, ...]] | None = None
    plan_ref: Words | None = None


class VisitRecorded(CaseworkEvent):
    """A visit or call as the worker noted it."""

    wire: ClassVar[str] = "cn.aftercare.casework.VisitRecorded.v1"

    visit_id: Number
    mode: Literal["IN_PERSON", "HOME", "PHONE", "REMOTE"] | None = None
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    topics: Sealed[tuple[Code, ...]] | None = None
    next_at: AwareDatetime | None = None


class VisitAnswer(CaseworkEvent):
    """What became of a recorded visit on the person's side."""

    visit_id: Number
    method: Code | None = None
    dispute_code: Code | None = None


class VisitConfirmed(VisitAnswer):
    """The person confirms the visit."""

    wire: ClassVar[str] = "cn.aftercare.casework.VisitConfirmed.v1"


class VisitDisputed(VisitAnswer):
    """The person says the visit did not happen or was otherwise."""

    wire: ClassVar[str] = "cn.aftercare.casework.VisitDisputed.v1"


class VisitLapsed(VisitAnswer):
    """The person did not answer; never held against them."""

    wire: ClassVar[str] = "cn.aftercare.casework.VisitLapsed.v1"


class TestScheduled(CaseworkEvent):
    """A test the law or an agreement asks for. `window`: the days in which it may be done."""

    __test__: ClassVar[bool] = False
    wire: ClassVar[str] = "cn.aftercare.casework.TestScheduled.v1"

    test_id: Number
    window: Words | None = None
    basis: Words | None = None


class TestAttendanceRecorded(CaseworkEvent):
    """Whether the person came to a test."""

    __test__: ClassVar[bool] = False
    wire: ClassVar[str] = "cn.aftercare.casework.TestAttendanceRecorded.v1"

    test_id: Number
    status: Sealed[Literal["ATTENDED", "MISSED_EXCUSED", "MISSED_UNEXCUSED", "REFUSED"]]
    excuse: Sealed[Code] | None = None


class TestResultRecorded(CaseworkEvent):
    """A test's result; a preliminary one changes nothing."""

    __test__: ClassVar[bool] = False
    wire: ClassVar[str] = "cn.aftercare.casework.TestResultRecorded.v1"

    test_id: Number
    stage: Literal["PRELIM", "LAB", "RETEST"]
    result: Sealed[Literal["NEG", "POS", "INVALID"]]
    final: bool | None = None


class Leave(CaseworkEvent):
    """An absence of days, by county only."""

    from_: Day | None = Field(default=None, alias="from")
    to: Day | None = None
    county_code: Code | None = None


class LeaveReported(Leave):
    """The person told that they will be away."""

    wire: ClassVar[str] = "cn.aftercare.casework.LeaveReported.v1"


class ReturnReported(Leave):
    """The person told that they are back."""

    wire: ClassVar[str] = "cn.aftercare.casework.ReturnReported.v1"


class Relocation(CaseworkEvent):
    """A move between two stations or hubs. `from`, `to`: organisations."""

    from_: OrgId | None = Field(default=None, alias="from")
    to: OrgId | None = None
    ground: Code | None = None
    materials: tuple[Code, ...] = ()
    report_due: Day | None = None


class RelocationRequested(Relocation):
    """The person wants to live and be accompanied elsewhere."""

    wire: ClassVar[str] = "cn.aftercare.casework.RelocationRequested.v1"


class RelocationAnswered(Relocation):
    """The receiving side answered."""

    wire: ClassVar[str] = "cn.aftercare.casework.RelocationAnswered.v1"

    answer: Literal["ACCEPTED", "REFUSED"] | None = None


class RelocationCompleted(Relocation):
    """The person reported at the new place."""

    wire: ClassVar[str] = "cn.aftercare.casework.RelocationCompleted.v1"


class Entrustment(CaseworkEvent):
    """One station works for another, which stays accountable."""

    pii: ClassVar[PiiClass] = "P1"

    performing: OrgId | None = None
    accountable: OrgId | None = None
    scope: tuple[Code, ...] = ()


class EntrustmentStarted(Entrustment):
    """The performing station begins."""

    wire: ClassVar[str] = "cn.aftercare.casework.EntrustmentStarted.v1"


class EntrustmentEnded(Entrustment):
    """The performing station gives the person back."""

    wire: ClassVar[str] = "cn.aftercare.casework.EntrustmentEnded.v1"


class ServiceEvaluationFiled(CaseworkEvent):
    """The follow-up evaluation form (跟进服务评估表)."""

    wire: ClassVar[str] = "cn.aftercare.casework.ServiceEvaluationFiled.v1"

    period: Sealed[Words] | None = None
    goals: Sealed[tuple[Code, ...]] | None = None
    satisfaction: Sealed[int] | None = None
