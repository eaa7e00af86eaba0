"""Who learned what, sealing, rights of the person, and platform changes (specification §4.2 rows 68-72, 75)."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from schemas.base import Event, PersonEvent, PiiClass
from schemas.ids import Code, EventId, Moment, Number, OrgId, Words


class PrivacyEvent(PersonEvent):
    """A fact about what happened to a person's data."""

    topic: ClassVar[str] = "hub.privacy.v1"
    pii: ClassVar[PiiClass] = "P1"


class DisclosureMade(PrivacyEvent):
    """An organisation learned groups of fields, on this basis, because of that event."""

    wire: ClassVar[str] = "cn.aftercare.privacy.DisclosureMade.v1"

    recipient: OrgId
    field_groups: tuple[Code, ...] = ()
    basis: Words
    event_id: Words | None = None
    at: AwareDatetime


class RecordAccessed(PrivacyEvent):
    """Somebody looked. `actor`: staff pseudonym; `org_id`: for which organisation they acted."""

    wire: ClassVar[str] = "cn.aftercare.privacy.RecordAccessed.v1"

    actor: Words
    capacity: Code | None = None
    purpose: Code | None = None
    groups: tuple[Code, ...] = ()
    break_glass: bool = False
    org_id: OrgId | None = None


class Sealing(PrivacyEvent):
    """A step on the way of a record from open to deleted. `org_id`: the district workstation that decides about it."""

    clock_start: Moment | None = None
    ground: Code | None = None
    key_id: Code | None = None
    grant_until: AwareDatetime | None = None
    org_id: OrgId | None = None


class SealEligible(Sealing):
    """The record may be sealed; a human decides."""

    wire: ClassVar[str] = "cn.aftercare.privacy.SealEligible.v1"


class RecordSealed(Sealing):
    """From here the record answers like no record."""

    wire: ClassVar[str] = "cn.aftercare.privacy.RecordSealed.v1"


class LawfulReadGranted(Sealing):
    """Two officials may read a sealed record until `grant_until`.

    `document_no`: of the paper that asks for it. The person is to be told; `untold`: which law forbids that.
    """

    wire: ClassVar[str] = "cn.aftercare.privacy.LawfulReadGranted.v1"

    officials: tuple[Words, ...] = ()
    document_no: Code | None = None
    untold: Code | None = None


class RecordDeleted(Sealing):
    """The person's key is destroyed; no copy can be read any more."""

    wire: ClassVar[str] = "cn.aftercare.privacy.RecordDeleted.v1"


class Recall(PrivacyEvent):
    """A recipient is to forget what one event told them."""

    original_event_id: Words
    recipient: OrgId
    reason: Code | None = None


class RecallIssued(Recall):
    """The recipient was asked."""

    wire: ClassVar[str] = "cn.aftercare.privacy.RecallIssued.v1"


class RecallConfirmed(Recall):
    """The recipient confirmed."""

    wire: ClassVar[str] = "cn.aftercare.privacy.RecallConfirmed.v1"


class RightsRequest(PrivacyEvent):
    """A right the person uses over their own data."""

    kind: Literal["ACCESS", "COPY", "CORRECT", "DELETE", "EXPLAIN", "CONTEST_LEVEL"] | None = None
    due: Moment | None = None
    request_no: Number | None = None


class DataSubjectRequestFiled(RightsRequest):
    """The person asked, themselves or through a worker. `event_id`: the fact that it is about, if it is about one."""

    wire: ClassVar[str] = "cn.aftercare.privacy.DataSubjectRequestFiled.v1"

    event_id: EventId | None = None


class DataSubjectRequestAnswered(RightsRequest):
    """The person got an answer. `reason`: why not, or not wholly (PIPL 50); `org_id`: whose answer it is."""

    wire: ClassVar[str] = "cn.aftercare.privacy.DataSubjectRequestAnswered.v1"

    outcome: Code | None = None
    reason: Code | None = None
    org_id: OrgId | None = None


class DisputeRaised(RightsRequest):
    """The person says that a fact is wrong; no statutory step until that is settled."""

    wire: ClassVar[str] = "cn.aftercare.privacy.DisputeRaised.v1"

    event_id: Code | None = None


class DisputeResolved(RightsRequest):
    """A human settled the dispute."""

    wire: ClassVar[str] = "cn.aftercare.privacy.DisputeResolved.v1"

    outcome: Code | None = None


class PlatformEvent(Event):
    """A change of what the hub runs by; about no person."""

    topic: ClassVar[str] = "hub.privacy.v1"
    pii: ClassVar[PiiClass] = "P0"

    version: Words
    hash: Code | None = None
    signed_by: Words | None = None


class PolicyPublished(PlatformEvent):
    """A policy is in force."""

    wire: ClassVar[str] = "cn.aftercare.privacy.PolicyPublished.v1"


class CalendarPublished(PlatformEvent):
    """A working-day calendar is in force."""

    wire: ClassVar[str] = "cn.aftercare.privacy.CalendarPublished.v1"


class DsaActivated(PlatformEvent):
    """A data-sharing agreement is in force."""

    wire: ClassVar[str] = "cn.aftercare.privacy.DsaActivated.v1"

    dsa_id: Code | None = None


class OrgChanged(PlatformEvent):
    """The directory of organisations changed."""

    wire: ClassVar[str] = "cn.aftercare.privacy.OrgChanged.v1"

    org_id: OrgId | None = None


class StaffChanged(PlatformEvent):
    """A staff member came, left or changed role. `staff_ref`: staff pseudonym."""

    wire: ClassVar[str] = "cn.aftercare.privacy.StaffChanged.v1"

    org_id: OrgId | None = None
    staff_ref: Words | None = None
