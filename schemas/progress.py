"""Supporting facts of a handover (specification §4.2 row 45), on `hub.handover.v1`."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime, Field

from schemas.base import HandoverEvent, Model, PiiClass
from schemas.codes import HoldReason, State, Track
from schemas.ids import Code, Day, Number, OrgId, Words


class Progress(HandoverEvent):
    """Where the handover stands and what brought it there; all three may be left out."""

    pii: ClassVar[PiiClass] = "P1"

    state: State | None = None
    level: int | None = Field(default=None, ge=0, le=4)
    cause: Code | None = None


class HandoverProgressed(Progress):
    """Something was taken note of; the state says whether it moved.

    Of a release that became known after the report: when it was, and the deadline that decides about the report.
    """

    wire: ClassVar[str] = "cn.aftercare.handover.HandoverProgressed.v1"

    released_at: AwareDatetime | None = None
    deadline: Day | None = None
    late: bool | None = None


class TrackChanged(Progress):
    """The legal ground of the handover changed."""

    wire: ClassVar[str] = "cn.aftercare.handover.TrackChanged.v1"

    from_track: Track
    to_track: Track


class VoluntaryServicesDeclined(Progress):
    """A person under an order wants no services; only the statutory steps go on."""

    wire: ClassVar[str] = "cn.aftercare.handover.VoluntaryServicesDeclined.v1"


class VoluntaryTargetPassed(Progress):
    """The day a voluntary person was expected has passed; nothing follows from it."""

    wire: ClassVar[str] = "cn.aftercare.handover.VoluntaryTargetPassed.v1"

    target: Day | None = None


class ReportDeadlinePassed(Progress):
    """The statutory day of report has passed."""

    wire: ClassVar[str] = "cn.aftercare.handover.ReportDeadlinePassed.v1"

    deadline: Day | None = None


class StatutoryNoticeDraftRequested(Progress):
    """The executing street is asked to draft the notice; people decide."""

    wire: ClassVar[str] = "cn.aftercare.handover.StatutoryNoticeDraftRequested.v1"

    to_org: OrgId | None = None
    due: AwareDatetime | None = None


class OversightReviewRequested(Progress):
    """The city guidance station reviews why the chain failed: the process, not the person."""

    wire: ClassVar[str] = "cn.aftercare.handover.OversightReviewRequested.v1"

    to_org: OrgId | None = None


class Waiver(Model):
    """A condition of completion that was set aside, and why."""

    criterion: Code
    reason: Words


class OnboardingCompleted(Progress):
    """The station says that everything is done. `without_agreement`: services without one, as the person wished."""

    wire: ClassVar[str] = "cn.aftercare.handover.OnboardingCompleted.v1"

    waived: tuple[Waiver, ...] = ()
    without_agreement: bool = False


class OnboardingOverdue(Progress):
    """The steps after the report take too long."""

    wire: ClassVar[str] = "cn.aftercare.handover.OnboardingOverdue.v1"

    due: AwareDatetime | None = None


class EarlyContactOverdue(Progress):
    """Nobody has met the person before release yet."""

    wire: ClassVar[str] = "cn.aftercare.handover.EarlyContactOverdue.v1"

    due: AwareDatetime | None = None


class ReleasePlanOverdue(Progress):
    """Release is near and there is no plan."""

    wire: ClassVar[str] = "cn.aftercare.handover.ReleasePlanOverdue.v1"

    due: AwareDatetime | None = None


class ReleasePlanInvalidated(Progress):
    """The plan no longer fits the day of release."""

    wire: ClassVar[str] = "cn.aftercare.handover.ReleasePlanInvalidated.v1"


class ReleaseConfirmationQueried(Progress):
    """The centre is asked whether the person was released."""

    wire: ClassVar[str] = "cn.aftercare.handover.ReleaseConfirmationQueried.v1"

    to_org: OrgId | None = None
    notice_no: Number | None = None


class ReminderSent(Progress):
    """Somebody was reminded of what waits for them."""

    wire: ClassVar[str] = "cn.aftercare.handover.ReminderSent.v1"

    to_role: Code | None = None
    to_org: OrgId | None = None
    due: AwareDatetime | None = None


class ContactTaskCreated(Progress):
    """The worker's welcome call or visit (rung L0)."""

    wire: ClassVar[str] = "cn.aftercare.handover.ContactTaskCreated.v1"

    due: AwareDatetime | None = None
    to_role: Code | None = None
    to_org: OrgId | None = None
    deadline_rev: int | None = Field(default=None, ge=0)


class HoldPlaced(Progress):
    """Somebody accountable lets the handover rest."""

    wire: ClassVar[str] = "cn.aftercare.handover.HoldPlaced.v1"

    reason: HoldReason
    review_due: AwareDatetime | None = None


class HoldLifted(Progress):
    """Somebody accountable looked again and lets it go on."""

    wire: ClassVar[str] = "cn.aftercare.handover.HoldLifted.v1"

    reviewed_by: Words | None = None


class HoldReviewDue(Progress):
    """A hold must be looked at again."""

    wire: ClassVar[str] = "cn.aftercare.handover.HoldReviewDue.v1"

    reason: HoldReason | None = None
    due: AwareDatetime | None = None


class AftercareDeclined(Progress):
    """The person wants no aftercare."""

    wire: ClassVar[str] = "cn.aftercare.handover.AftercareDeclined.v1"

    reason: Code | None = None


class RelocationAcceptedOtherHub(Progress):
    """Another city's hub took the person over and gave its receipt."""

    wire: ClassVar[str] = "cn.aftercare.handover.RelocationAcceptedOtherHub.v1"

    hub: Code | None = None
    receipt_no: Number | None = None


class HandoverReturned(Progress):
    """The other hub gave the person back."""

    wire: ClassVar[str] = "cn.aftercare.handover.HandoverReturned.v1"

    hub: Code | None = None
    reason: Code | None = None


class EnteredInError(Progress):
    """The notice was about the wrong person or should never have come."""

    wire: ClassVar[str] = "cn.aftercare.handover.EnteredInError.v1"

    reason: Words | None = None
    officials: tuple[Words, ...] = ()


class CompensationPlanned(Progress):
    """Everyone who learned something by error is listed and will be asked to forget it."""

    wire: ClassVar[str] = "cn.aftercare.handover.CompensationPlanned.v1"

    compensation_ids: tuple[Words, ...] = ()
    recipients: tuple[OrgId, ...] = ()


class OpsClosed(Progress):
    """Two operators closed the handover by hand."""

    wire: ClassVar[str] = "cn.aftercare.handover.OpsClosed.v1"

    reason: Words | None = None
    officials: tuple[Words, ...] = ()


class OpsReopened(Progress):
    """Two operators opened the handover again."""

    wire: ClassVar[str] = "cn.aftercare.handover.OpsReopened.v1"

    reason: Words | None = None
    officials: tuple[Words, ...] = ()
