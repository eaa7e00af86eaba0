"""Every input of the table in the ways that its guards tell apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.handover.domain.table import shipped_table
from tests.unit.handover.pair import Variant
from tests.unit.handover.world import CENTRE, OTHER_STATION, STATION, STREET

Words = Mapping[str, Any]
FIRST_DAY = "2026-03-02T09:00:00+08:00"
RELEASE = "2026-04-01T09:00:00+08:00"


def now(moment: datetime) -> datetime:
    return moment


def soon(moment: datetime) -> str:
    return (moment + timedelta(days=1)).date().isoformat()


def far(moment: datetime) -> str:
    return (moment + timedelta(days=90)).date().isoformat()


def v(name: str, words: Words | None = None, **data: Any) -> Variant:  # noqa: ANN401 - payload fields
    return Variant(name, data, words or {})


def notice(basis: str, number: str = "N-1", source: str = CENTRE, planned: str = "2026-04-01", **more: Any) -> Variant:  # noqa: ANN401
    data = {"notice_no": number, "revision": 1, "centre_id": source, "episode_no": "1", "basis": basis}
    words = {"basis": basis, "source": source, "number": number, "expected": more.get("order_expected") == "Y"}
    return Variant("ReleaseNoticeReceived", {**data, "planned_release_date": planned, **more}, words)


def order(tag: str, street: str = STREET, served: Any = FIRST_DAY, *, other: bool = False) -> Variant:  # noqa: ANN401
    """An order; `other` says that the number is served again with other content."""
    words = {"order": (tag, street), "other": other}
    return v("OrderServed", words, order_kind="CRH", order_no=tag, served_at=served, executing_street=street)


def release(moment: str = RELEASE, *, other: bool = False) -> Variant:
    return v("PersonReleased", {"other": other}, notice_no="N-1", released_at=moment)


def at_station(name: str, station: str = STATION, **data: Any) -> Variant:  # noqa: ANN401
    return Variant(name, {"station_id": station, **data}, {"station_id": station})


TWO: Words = {"officials": 2}
NAMES = ("one/1", "one/2")
SIGNED: Any = {"notice_no": "S-1", "legal_ground": "戒毒条例21", "facts": {"order_no": "O-1"}}

VARIANTS: tuple[Variant, ...] = (
    notice("AGREEMENT"),
    notice("NONE", "N-9"),
    release(),
    release("2026-03-30T09:00:00+08:00", other=True),
    at_station("PersonReported", at=now, identity_check=True),
    at_station("PersonReported", OTHER_STATION, at=now, identity_check=True),
    at_station("JurisdictionResolved", ground="HUKOU"),
    at_station("JurisdictionResolved", OTHER_STATION, ground="HUKOU"),
    v("JurisdictionUnresolved", {"outcome": "UNKNOWN"}, outcome="UNKNOWN"),
    v("JurisdictionUnresolved", {"outcome": "EXTERNAL"}, outcome="EXTERNAL"),
    v("LegalBasisMissing", missing="CONSENT"),
    v("HandoverAccepted"),
    v("HandoverDeclined", {"reason": "CAPACITY"}, reason="CAPACITY"),
    v("HandoverDeclined", {"reason": "WRONG_JURISDICTION"}, reason="WRONG_JURISDICTION"),
    at_station("DistrictAssigned"),
    at_station("DistrictAssigned", OTHER_STATION),
    at_station("StationReassigned", OTHER_STATION),
    v("EarlyContactRecorded"),
    v("ReleasePlanConfirmed"),
    v("ReleaseDateChanged", notice_no="N-1", new_date=far),
    v("CidExtended", decision_no="D-1", new_end_date=far),
    v("ReleaseNoticeWithdrawn", notice_no="N-1", reason="ERROR"),
    v("AftercareDeclined"),
    v("ConsentGiven", {"consent": "K-1", "purpose": "AFTERCARE"}, consent_id="K-1", purpose="AFTERCARE"),
    v("ConsentGiven", {"consent": "K-2", "purpose": "CLINIC"}, consent_id="K-2", purpose="CLINIC"),
    v("ConsentWithdrawn", {"consent": "ALL"}, consent_id="ALL"),
    v("ConsentWithdrawn", {"consent": "K-1"}, consent_id="K-1"),
    v("ConsentWithdrawn", {"consent": "K-2"}, consent_id="K-2"),
    v("ContactMade", {"agreed_date": soon}, result="TALKED", agreed_date=soon),
    v("ContactMade", {"agreed_date": far}, result="TALKED", agreed_date=far),
    v("ContactMade", {"obstacle_code": "TRANSPORT"}, result="TALKED", obstacle_code="TRANSPORT"),
    v("ContactMade", result="NO_ANSWER"),
    v("EscalationAcknowledged"),
    v("StatutoryNoticeSigned", **SIGNED),
    v("StatutoryNoticeSigned", TWO, officials=NAMES, **SIGNED),
    v("StatutoryNoticeWaived", **SIGNED),
    v("StatutoryNoticeWaived", TWO, officials=NAMES, **SIGNED),
    v("AuthorityOutcomeRecorded", outcome_code="CONTACTED"),
    order("O-1"),
    order("O-1", served="2026-03-02T15:00:00+08:00", other=True),
    order("O-2", served=now),
    v("OrderRevoked", {"order": ("O-1", STREET)}, order_no="O-1", reason="ERROR"),
    v("OrderRevoked", {"order": ("O-9", STREET)}, order_no="O-9", reason="ERROR"),
    v("MeasureChanged", {"order": None}, to="NONE", effective_at=now),
    v("OnboardingCompleted"),
    v("OnboardingCompleted", {"without_agreement": True}, without_agreement=True),
    v("ReportInvalidated"),
    v("ReportInvalidated", TWO, officials=NAMES),
    v("HoldPlaced", {"reason": "MEDICAL"}, reason="MEDICAL"),
    v("HoldLifted"),
    v("HoldLifted", {"reviewed_by": "lead/1"}, reviewed_by="lead/1"),
    *(v("CustodyConfirmed", {"kind": kind}, kind=kind) for kind in ("DETAINED", "ARRESTED", "PRISON", "CID_AGAIN")),
    v("DeathConfirmed"),
    *(v(name) for name in ("EnteredInError", "OpsClosed", "OpsReopened")),
    *(v(name, TWO, officials=NAMES) for name in ("EnteredInError", "OpsClosed", "OpsReopened")),
    v("RelocationAcceptedOtherHub"),
    v("HandoverReturned"),
    v("PersonRegistered", vault_ptr="vault://p/1", match_quality="NEW", origin="NOTICE"),
    v("AssessmentSummaryPublished"),
    v("DocumentDelivered", {"paper": "ORDER"}, doc_type="ORDER_COPY"),
    v("DocumentDelivered", {"paper": "CERT"}, doc_type="RELEASE_CERTIFICATE"),
    v("NoticeGiven", notice_version="2026.1"),
    v("SourceSequenceGap", source=STATION, from_seq=1, to_seq=2),
    v("WorkerAssigned", worker_ref="worker/1"),
    v("AgreementSigned", {"type": "AFTERCARE"}, type="AFTERCARE"),
    v("AgreementSigned", {"type": "CRH"}, type="CRH"),
    v("AgreementEnded", outcome="EXPIRED"),
    v("SupportLevelSet", level="FOCUS"),
    v("NeedsAssessed"),
    v("VisitRecorded", visit_id="V-1", next_at=now),
    v("TestScheduled", test_id="T-1"),
    v("VisitConfirmed", visit_id="V-1"),
    v("RelocationRequested"),
    v("RelocationAnswered"),
    v("RelocationCompleted"),
    v("EntrustmentStarted"),
    v("EntrustmentEnded"),
    v("DisputeRaised"),
    v("DisputeResolved"),
)
TIMERS = tuple(shipped_table().timers)
OTHERS = (v("HandoverClosed"), v("ServiceEvaluationFiled"))
