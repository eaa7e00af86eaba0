"""Which disclosure group (specification §3.9, F1-F25) every fact and every field of a person belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal, TypeAlias, get_args

from pydantic import BaseModel

from schemas.sealed import sealed_fields

Group: TypeAlias = Literal[
    "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12", "F13",
    "F14", "F15", "F16", "F17", "F18", "F19", "F20", "F21", "F22", "F23", "F24", "F25"
]  # fmt: skip
GROUPS: Final[tuple[Group, ...]] = get_args(Group)
POINTER: Final = "_ptr"


@dataclass(frozen=True, slots=True)
class Of:
    """The group of a fact, and of those of its fields that say something of another group.

    `group` is None where a fact is about nobody. Sealed fields and pointers to the vault are always named: a new one
    belongs nowhere until somebody has decided.
    """

    group: Group | None
    fields: Mapping[str, Group] = field(default_factory=dict)

    def of(self, name: str) -> Group | None:
        """The group of one field, by its name on the wire."""
        return self.fields.get(name, "F1" if name == "person_ref" else self.group)


def must_name(event: type[BaseModel]) -> tuple[str, ...]:
    """Fields of class P3 and pointers to P2, whose group nobody may leave to the fact's own."""
    pointers = (name for name in event.model_fields if name.endswith(POINTER))
    return (*sealed_fields(event), *pointers)


ROUTING: Final = Of("F22")
LADDER: Final = Of("F21")
ON_FILE: Final = Of("F23")
SEALING: Final = Of("F25")
NOBODY: Final = Of(None)
VISIT: Final = Of("F15")

FACTS: Final[Mapping[str, Of]] = {
    "PersonRegistered": Of("F1", {"vault_ptr": "F1"}),
    "SelfReferralReceived": Of("F18", {"requested_services": "F18", "preferred_contact_ptr": "F4"}),
    "ReleaseNoticeReceived": Of(
        "F8",
        {
            "hukou_div": "F6",
            "residence_div": "F5",
            "intended_residence_ptr": "F5",
            "designated_contact_ptr": "F20",
            "order_expected": "F7",
            "basis": "F7",
            "dsa_id": "F7",
            "executing_street": "F7",
            "flags": "F10",
        },
    ),
    "ReleaseDateChanged": Of("F8"),
    "CidExtended": Of("F8"),
    "ReleaseNoticeWithdrawn": Of("F8"),
    "PersonReleased": Of("F8", {"certificate_no": "F8"}),
    "OrderServed": Of("F7", {"order_no": "F7"}),
    "OrderRevoked": Of("F7", {"order_no": "F7"}),
    "MeasureChanged": Of("F7"),
    "MeasureEnded": Of("F7"),
    "AssessmentSummaryPublished": Of("F9", {"codes": "F9"}),
    "DocumentDelivered": Of("F7", {"doc_no": "F7"}),
    "JurisdictionResolved": ROUTING,
    "JurisdictionUnresolved": ROUTING,
    "LegalBasisMissing": Of("F7"),
    "ConsentGiven": Of("F7"),
    "ConsentWithdrawn": Of("F7"),
    "NoticeGiven": Of("F7"),
    "CustodyConfirmed": Of("F7", {"doc_no": "F7"}),
    "DeathConfirmed": Of("F21", {"doc_no": "F7"}),
    "PersonLinked": Of("F1"),
    "PersonUnlinked": Of("F1"),
    "SourceSequenceGap": LADDER,
    "HandoverOffered": Of("F22", {"track": "F7", "planned_release": "F8"}),
    "HandoverAccepted": ROUTING,
    "HandoverDeclined": ROUTING,
    "HandoverReoffered": ROUTING,
    "DistrictAssigned": ROUTING,
    "StationReassigned": ROUTING,
    "RoutingEscalated": ROUTING,
    "DistrictAssignmentRequired": ROUTING,
    "CityAssignmentRequired": ROUTING,
    "WorkerAssignmentRequested": ROUTING,
    "WorkerAssigned": ROUTING,
    "EarlyContactRecorded": VISIT,
    "ReleasePlanConfirmed": Of("F18", {"designated_contact_ptr": "F20"}),
    "ReportWindowOpened": LADDER,
    "DeadlinesRecomputed": LADDER,
    "ContactMade": Of("F15", {"obstacle_code": "F16"}),
    "PersonReported": Of("F21", {"excuse_code": "F21"}),
    "ReportInvalidated": LADDER,
    "HandoverHeld": LADDER,
    "HandoverResumed": LADDER,
    "HandoverCompleted": LADDER,
    "HandoverClosed": LADDER,
    "EscalationRaised": LADDER,
    "EscalationAcknowledged": LADDER,
    "EscalationForwarded": LADDER,
    "EscalationStoodDown": LADDER,
    "EscalationPaused": LADDER,
    "StatutoryNoticeSigned": Of("F21", {"facts": "F7"}),
    "StatutoryNoticeWaived": Of("F21", {"facts": "F7"}),
    "StatutoryNoticeDelivered": LADDER,
    "LateReportNotified": Of("F21", {"excuse": "F21"}),
    "StatutoryNoticeRecalled": Of("F21", {"excuse": "F21"}),
    "AuthorityOutcomeRecorded": Of("F21", {"doc_no": "F7"}),
    "HandoverProgressed": LADDER,
    "TrackChanged": Of("F7"),
    "VoluntaryServicesDeclined": LADDER,
    "VoluntaryTargetPassed": LADDER,
    "ReportDeadlinePassed": LADDER,
    "StatutoryNoticeDraftRequested": LADDER,
    "OversightReviewRequested": LADDER,
    "OnboardingCompleted": LADDER,
    "OnboardingOverdue": LADDER,
    "EarlyContactOverdue": LADDER,
    "ReleasePlanOverdue": LADDER,
    "ReleasePlanInvalidated": LADDER,
    "ReleaseConfirmationQueried": Of("F8"),
    "ReminderSent": LADDER,
    "ContactTaskCreated": LADDER,
    "HoldPlaced": LADDER,
    "HoldLifted": LADDER,
    "HoldReviewDue": LADDER,
    "AftercareDeclined": LADDER,
    "RelocationAcceptedOtherHub": ROUTING,
    "HandoverReturned": ROUTING,
    "EnteredInError": LADDER,
    "CompensationPlanned": LADDER,
    "OpsClosed": LADDER,
    "OpsReopened": LADDER,
    "TimerScheduled": LADDER,
    "TimerFired": LADDER,
    "TimerIgnored": LADDER,
    "PurgeScheduled": SEALING,
    "UnroutedNoticePurgeScheduled": SEALING,
    "AgreementSigned": Of("F7"),
    "AgreementEnded": Of("F7"),
    "SupportLevelSet": Of("F17", {"reason_codes": "F17"}),
    "NeedsAssessed": Of("F18", {"needs": "F18"}),
    "VisitRecorded": Of("F15", {"topics": "F16"}),
    "VisitConfirmed": VISIT,
    "VisitDisputed": VISIT,
    "VisitLapsed": VISIT,
    "TestScheduled": Of("F13"),
    "TestAttendanceRecorded": Of("F14", {"status": "F14", "excuse": "F14"}),
    "TestResultRecorded": Of("F14", {"result": "F14"}),
    "LeaveReported": Of("F15", {"county_code": "F5"}),
    "ReturnReported": Of("F15", {"county_code": "F5"}),
    "RelocationRequested": ROUTING,
    "RelocationAnswered": ROUTING,
    "RelocationCompleted": ROUTING,
    "EntrustmentStarted": ROUTING,
    "EntrustmentEnded": ROUTING,
    "ServiceEvaluationFiled": Of("F18", {"period": "F18", "goals": "F18", "satisfaction": "F18"}),
    "DisclosureMade": ON_FILE,
    "RecordAccessed": ON_FILE,
    "RecallIssued": ON_FILE,
    "RecallConfirmed": ON_FILE,
    "SealEligible": SEALING,
    "RecordSealed": SEALING,
    "LawfulReadGranted": SEALING,
    "RecordDeleted": SEALING,
    "DataSubjectRequestFiled": ON_FILE,
    "DataSubjectRequestAnswered": ON_FILE,
    "DisputeRaised": LADDER,
    "DisputeResolved": LADDER,
    "PolicyPublished": NOBODY,
    "CalendarPublished": NOBODY,
    "DsaActivated": NOBODY,
    "OrgChanged": NOBODY,
    "StaffChanged": NOBODY,
    "EventParked": LADDER,
    "EventReleased": LADDER,
    "ReceiptIssued": NOBODY,
    "StatutoryNoticeSent": Of("F21", {"facts": "F7"}),
    "StatutoryRecallSent": Of("F21", {"excuse": "F21"}),
    "LateReportNoteSent": Of("F21", {"excuse": "F21"}),
}
"""Every event by its short name."""

WHO_LOOKED: Final = frozenset(
    {"DisclosureMade", "RecordAccessed", "RecallIssued", "RecallConfirmed"}
    | {"DataSubjectRequestFiled", "DataSubjectRequestAnswered"}
)
"""Facts about readers: for the person and for auditors alone ("+ who looked")."""


@cache
def groups_of(name: str) -> frozenset[Group]:
    """All groups that a fact of that name says something of; empty for an unknown name or a fact about nobody."""
    found = FACTS.get(name, NOBODY)
    return frozenset({found.group, *found.fields.values()} - {None}) if found.group else frozenset()


HANDOVER_VIEW: Final[Mapping[str, Group]] = {
    "handover_id": "F1",
    "person_ref": "F1",
    "episode": "F1",
    "version": "F1",
    "state": "F21",
    "track": "F7",
    "station": "F22",
    "accountable": "F22",
    "level": "F21",
    "late": "F21",
    "deadline": "F21",
    "deadline_rev": "F21",
    "timers": "F21",
    "suggested_support_level": "F17",
}
INBOX_ENTRY: Final[Mapping[str, Group]] = {
    "handover_id": "F1",
    "person_ref": "F1",
    "state": "F21",
    "state_words": "F21",
    "level": "F21",
    "action": "F22",
    "action_words": "F22",
    "due_at": "F22",
    "role": "F22",
    "not_before": "F22",
    "duty_roster": "F22",
}
TIMELINE_ITEM: Final[Mapping[str, Group]] = {
    "event_id": "F23",
    "type": "F23",
    "time": "F23",
    "recorded_time": "F23",
    "source": "F23",
    "late": "F23",
    "corrected_by": "F23",
    "summary": "F23",
    "may": "F23",
}
"""Beyond these a whole item is of the groups of its fact."""
TRACE: Final[Mapping[str, Group]] = {
    "kind": "F1",
    "id": "F1",
    "person_refs": "F1",
    "handovers": "F1",
    "events": "F23",
    "waiting_for": "F21",
}
PERSON_RECORD: Final[Mapping[str, Group]] = {
    "ref": "F1",
    "name": "F2",
    "sex": "F2",
    "resident_id": "F3",
    "phone": "F4",
    "residence_div": "F5",
    "residence_address": "F5",
    "hukou_div": "F6",
    "hukou_address": "F6",
    "basis": "F7",
    "order_kind": "F7",
    "order_no": "F7",
    "served_at": "F7",
    "term_months": "F7",
    "executing_street": "F7",
    "centre_id": "F8",
    "notice_no": "F8",
    "planned_release_date": "F8",
    "released_at": "F8",
    "release_kind": "F8",
    "certificate_no": "F8",
    "codes": "F9",
    "recommend_crh": "F9",
    "issued_at": "F9",
    "pregnant": "F10",
    "nursing": "F10",
    "mobility": "F10",
    "requested_services": "F18",
    "minor": "F20",
    "sole_carer": "F20",
    "contact_phone": "F20",
}
"""What intake knows of a person, as `GET /people/{person_ref}` gives it."""
