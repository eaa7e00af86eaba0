"""Facts that centres, authorities and people bring in (specification §4.2 rows 1-22), on `hub.intake.v1`."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Event, Model, PersonEvent, PiiClass
from schemas.codes import Measure, Pickup
from schemas.ids import Code, Day, Moment, Number, OrgId, PersonRef, VaultPtr, Words
from schemas.sealed import Sealed


class IntakeEvent(PersonEvent):
    """A fact about a person as intake published it."""

    topic: ClassVar[str] = "hub.intake.v1"


class PersonRegistered(IntakeEvent):
    """A person has a pseudonym; the identity stays in the vault."""

    wire: ClassVar[str] = "cn.aftercare.intake.PersonRegistered.v1"
    pii: ClassVar[PiiClass] = "P1"

    vault_ptr: VaultPtr
    match_quality: Code
    origin: Literal["NOTICE", "WALK_IN", "SELF", "PRISON", "CC"]


class SelfReferralReceived(IntakeEvent):
    """A person came by themselves."""

    wire: ClassVar[str] = "cn.aftercare.intake.SelfReferralReceived.v1"
    pii: ClassVar[PiiClass] = "P3"

    channel: Code
    requested_services: Sealed[tuple[Code, ...]] | None = None
    preferred_contact_ptr: VaultPtr | None = None


class NoticeFlags(Model):
    """What the station must prepare for."""

    minor: bool = False
    pregnant: bool = False
    nursing: bool = False
    sole_carer: bool = False
    mobility: bool = False


class ReleaseNoticeReceived(IntakeEvent):
    """A centre or prison announced a release. `hukou_div`, `residence_div`: division codes; `source_org`: sender."""

    wire: ClassVar[str] = "cn.aftercare.intake.ReleaseNoticeReceived.v1"
    pii: ClassVar[PiiClass] = "P3"

    notice_no: Number
    revision: int = Field(ge=1)
    centre_id: OrgId
    episode_no: Number
    planned_release_date: Day | None = None
    hukou_div: Code | None = None
    intended_residence_ptr: VaultPtr | None = None
    designated_contact_ptr: VaultPtr | None = None
    order_expected: Literal["Y", "N", "U"] = "U"
    basis: Literal["ORDER", "AGREEMENT", "PRISON", "NONE"]
    flags: Sealed[NoticeFlags] | None = None
    dsa_id: Code | None = None
    source_org: OrgId | None = None
    residence_div: Code | None = None
    executing_street: OrgId | None = None


class ReleaseDateChanged(IntakeEvent):
    """The planned day moved: by a higher revision of the notice or by a second source of the same episode."""

    wire: ClassVar[str] = "cn.aftercare.intake.ReleaseDateChanged.v1"
    pii: ClassVar[PiiClass] = "P3"

    notice_no: Number
    revision: int | None = Field(default=None, ge=1)
    old_date: Day | None = None
    new_date: Day
    reason: Literal["EARLY", "ADMIN", "ESCAPE_RECOMPUTED", "CORRECTION"] | None = None
    episode_no: Number | None = None
    centre_id: OrgId | None = None


class CidExtended(IntakeEvent):
    """Compulsory isolation was extended, by a year at most."""

    wire: ClassVar[str] = "cn.aftercare.intake.CidExtended.v1"
    pii: ClassVar[PiiClass] = "P3"

    decision_no: Number
    new_end_date: Day
    notice_no: Number | None = None


class ReleaseNoticeWithdrawn(IntakeEvent):
    """The centre took its notice back."""

    wire: ClassVar[str] = "cn.aftercare.intake.ReleaseNoticeWithdrawn.v1"
    pii: ClassVar[PiiClass] = "P3"

    notice_no: Number
    reason: Literal["ERROR", "TRANSFER_CENTRE", "ESCAPE", "PRISON"]


class PersonReleased(IntakeEvent):
    """The person left the centre: a fact, never assumed from the planned day."""

    wire: ClassVar[str] = "cn.aftercare.intake.PersonReleased.v1"
    pii: ClassVar[PiiClass] = "P3"

    notice_no: Number | None = None
    released_at: AwareDatetime
    certificate_no: Sealed[Number] | None = None
    pickup: Pickup | None = None
    release_kind: Literal["EXPIRED", "EARLY", "MEDICAL", "CHANGED"] | None = None
    episode_no: Number | None = None
    centre_id: OrgId | None = None


class OrderServed(IntakeEvent):
    """An order of community rehabilitation (CRH) or detoxification (CDT) reached the person."""

    wire: ClassVar[str] = "cn.aftercare.intake.OrderServed.v1"
    pii: ClassVar[PiiClass] = "P3"

    order_kind: Literal["CRH", "CDT"]
    order_no: Sealed[Number]
    served_at: AwareDatetime
    term_months: int | None = Field(default=None, ge=1, le=36)
    executing_street: OrgId | None = None


class OrderRevoked(IntakeEvent):
    """The order no longer stands."""

    wire: ClassVar[str] = "cn.aftercare.intake.OrderRevoked.v1"
    pii: ClassVar[PiiClass] = "P3"

    order_no: Sealed[Number]
    reason: Literal["RECONSIDERED", "ERROR", "OTHER"]


class MeasureChanged(IntakeEvent):
    """One measure was replaced by another."""

    wire: ClassVar[str] = "cn.aftercare.intake.MeasureChanged.v1"
    pii: ClassVar[PiiClass] = "P3"

    from_: Measure | None = Field(default=None, alias="from")
    to: Measure
    effective_at: AwareDatetime
    offset_days: int | None = Field(default=None, ge=0)


class MeasureEnded(IntakeEvent):
    """A measure ended, paused or went on."""

    wire: ClassVar[str] = "cn.aftercare.intake.MeasureEnded.v1"
    pii: ClassVar[PiiClass] = "P3"

    kind: Literal["EXPIRED", "TERMINATED", "SUSPENDED", "RESUMED"]
    notice_no: Number | None = None


class AssessmentCodes(Model):
    """The four results of the centre's diagnostic assessment, as codes."""

    physical: Code | None = None
    mental: Code | None = None
    behaviour: Code | None = None
    social: Code | None = None


class AssessmentSummaryPublished(IntakeEvent):
    """The centre's diagnostic assessment, in codes only."""

    wire: ClassVar[str] = "cn.aftercare.intake.AssessmentSummaryPublished.v1"
    pii: ClassVar[PiiClass] = "P3"

    codes: Sealed[AssessmentCodes] | None = None
    recommend_crh: Literal["Y", "N"] | None = None
    issued_at: AwareDatetime | None = None


class DocumentDelivered(IntakeEvent):
    """A document reached its recipient; `store_ref` says where it rests, `sha256` which bytes."""

    wire: ClassVar[str] = "cn.aftercare.intake.DocumentDelivered.v1"
    pii: ClassVar[PiiClass] = "P3"

    doc_type: Code
    doc_no: Sealed[Number] | None = None
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    store_ref: Code | None = None
    receipt_at: AwareDatetime | None = None


class JurisdictionResolved(IntakeEvent):
    """Which station is competent, and on what ground."""

    wire: ClassVar[str] = "cn.aftercare.intake.JurisdictionResolved.v1"
    pii: ClassVar[PiiClass] = "P1"

    outcome: Literal["STATION"] = "STATION"
    station_id: OrgId
    ground: Literal["HUKOU", "FIXED_RESIDENCE", "RELEASE_PLACE", "DECISION"]
    hops: int = Field(default=0, ge=0)
    district_id: OrgId | None = None
    city_id: OrgId | None = None


class JurisdictionUnresolved(IntakeEvent):
    """No station of this hub is competent, or nobody knows which."""

    wire: ClassVar[str] = "cn.aftercare.intake.JurisdictionUnresolved.v1"
    pii: ClassVar[PiiClass] = "P1"

    outcome: Literal["EXTERNAL", "UNKNOWN"]
    station_id: OrgId | None = None
    ground: Literal["HUKOU", "FIXED_RESIDENCE", "RELEASE_PLACE", "DECISION"] | None = None
    hops: int = Field(default=0, ge=0)
    district_id: OrgId | None = None
    city_id: OrgId | None = None


class LegalBasisMissing(IntakeEvent):
    """Nothing allows the hub to route this notice."""

    wire: ClassVar[str] = "cn.aftercare.intake.LegalBasisMissing.v1"
    pii: ClassVar[PiiClass] = "P1"

    missing: Literal["ORDER", "CONSENT", "DSA"]


class ConsentGiven(IntakeEvent):
    """The person allowed one purpose towards one recipient, for a time."""

    wire: ClassVar[str] = "cn.aftercare.intake.ConsentGiven.v1"
    pii: ClassVar[PiiClass] = "P3"

    consent_id: Number
    recipient_org: OrgId | None = None
    purpose: Code
    field_groups: tuple[Code, ...] = ()
    notice_version: Code | None = None
    expires_at: Moment | None = None
    form_hash: Code | None = None
    capacity: Literal["SELF", "GUARDIAN"] = "SELF"


class ConsentWithdrawn(IntakeEvent):
    """The person withdrew one consent, or `ALL`."""

    wire: ClassVar[str] = "cn.aftercare.intake.ConsentWithdrawn.v1"
    pii: ClassVar[PiiClass] = "P3"

    consent_id: Number
    effective_at: AwareDatetime | None = None


class NoticeGiven(IntakeEvent):
    """The person was told what happens with their data and which rights they have."""

    wire: ClassVar[str] = "cn.aftercare.intake.NoticeGiven.v1"
    pii: ClassVar[PiiClass] = "P1"

    notice_version: Code
    items: tuple[Code, ...] = ()
    language: Code | None = None
    read_aloud: bool = False


class CustodyConfirmed(IntakeEvent):
    """The competent organ says that the person is in custody, and since when."""

    wire: ClassVar[str] = "cn.aftercare.intake.CustodyConfirmed.v1"
    pii: ClassVar[PiiClass] = "P3"

    kind: Literal["DETAINED", "ARRESTED", "PRISON", "CID_AGAIN"]
    from_: Moment | None = Field(default=None, alias="from")
    organ: OrgId | None = None
    doc_no: Sealed[Number] | None = None


class DeathConfirmed(IntakeEvent):
    """The person died; everything automatic stops."""

    wire: ClassVar[str] = "cn.aftercare.intake.DeathConfirmed.v1"
    pii: ClassVar[PiiClass] = "P3"

    date: Day | None = None
    doc_no: Sealed[Number] | None = None


class PersonLinked(IntakeEvent):
    """Two pseudonyms are one person; published under both."""

    wire: ClassVar[str] = "cn.aftercare.intake.PersonLinked.v1"
    pii: ClassVar[PiiClass] = "P1"

    other_ref: PersonRef
    evidence: Code | None = None
    two_person: bool = False
    officials: tuple[OrgId, ...] = ()


class PersonUnlinked(IntakeEvent):
    """Two pseudonyms that were linked are two people after all."""

    wire: ClassVar[str] = "cn.aftercare.intake.PersonUnlinked.v1"
    pii: ClassVar[PiiClass] = "P1"

    other_ref: PersonRef
    evidence: Code | None = None
    two_person: bool = False
    officials: tuple[OrgId, ...] = ()


class SourceSequenceGap(Event):
    """Messages of a source are missing between two numbers, until `closed`. `person_ref`: whom it holds up."""

    wire: ClassVar[str] = "cn.aftercare.intake.SourceSequenceGap.v1"
    topic: ClassVar[str] = "hub.intake.v1"
    pii: ClassVar[PiiClass] = "P0"

    source: Words
    from_seq: int = Field(ge=0)
    to_seq: int = Field(ge=0)
    closed: bool = False
    person_ref: PersonRef | None = None
