"""What a step leaves out: valid synthetic values for every record that somebody may send."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeAlias

from services.reference.organisations import Organisations
from services.rehearsal.cast import Notice, Player
from services.rehearsal.story import By, Record

MONTH, YEAR, HALF_YEAR = timedelta(days=30), timedelta(days=365), timedelta(days=182)
CHECKLIST: Final = (*("IDENTITY", "LEAFLET", "CONSENTS", "NEEDS", "RESIDENCE", "CONTACT", "PICKUP", "APPOINTMENT"),)
ORDER_TERM: Final = 36  # months, the longest that the law allows (禁毒法 48)
STATUTE: Final = "戒毒条例21"
PAPERS: Final = ("notice_no", "order_no", "doc_no", "certificate_no", "decision_no")
BASES: Final = {"ORDERED": "ORDER", "VOLUNTARY": "AGREEMENT", "PRISON": "PRISON"}
Data: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scribe:
    """Who fills in, about whom, and when."""

    player: Player
    by: By
    now: datetime
    network: Organisations

    @property
    def instant(self) -> str:
        """The present instant as text."""
        return self.now.isoformat()

    @property
    def today(self) -> date:
        """The virtual day."""
        return self.now.date()

    @property
    def ordered(self) -> bool:
        """Whether the story is about an ordered person."""
        return self.player.person.track == "ORDERED"

    @property
    def station(self) -> str | None:
        """The station of the residence, or none in this city."""
        found = self.network.station_of(self.player.person.residence)
        return found.org_id if found else None

    @property
    def notice(self) -> Notice:
        """The notice that the sender last gave; the one of the sender's next release if there is none."""
        known = self.player.notices.get(self.by.org) or next(iter(self.player.notices.values()), None)
        return known or Notice(f"SYN-N-{self.player.tag}-{self.by.org}", 0, self.today + MONTH)

    def later(self, days: int) -> str:
        """The same hour some days on."""
        return (self.now + timedelta(days=days)).isoformat()


def filled(record: Record, scribe: Scribe) -> Data:
    """The record's data, complete. What the step says stands."""
    left_out = FILL[record.name](scribe) if record.name in FILL else {}
    return {name: value for name, value in left_out.items() if value is not None} | dict(record.data)


def _notice(scribe: Scribe) -> Data:
    track = scribe.player.person.track
    own = scribe.player.notices.get(scribe.by.org)
    planned = own.planned if own else scribe.today + MONTH
    return {
        "notice_no": own.number if own else f"SYN-N-{scribe.player.tag}-{scribe.by.org}",
        "revision": 1,
        "planned_release_date": planned.isoformat(),
        "basis": BASES[track],
        "order_expected": "Y" if track == "ORDERED" else "N",
    }


def _release(scribe: Scribe) -> Data:
    return {
        "released_at": scribe.instant,
        "certificate_no": scribe.player.number("C"),
        "pickup": "FAMILY",
        "release_kind": "EXPIRED",
    }


def _order(scribe: Scribe) -> Data:
    office = scribe.network.street_office_of(scribe.station)
    return {
        "order_kind": "CRH",
        "order_no": scribe.player.number("O"),
        "served_at": scribe.instant,
        "term_months": ORDER_TERM,
        "executing_street": office.org_id if office else None,
    }


def _document(scribe: Scribe) -> Data:
    number = scribe.player.number("D")
    digest = sha256(number.encode()).hexdigest()
    return {"doc_type": "RELEASE_CERTIFICATE", "doc_no": number, "sha256": digest, "receipt_at": scribe.instant}


def _assessment(scribe: Scribe) -> Data:
    codes = {"physical": "PASS", "mental": "PASS", "behaviour": "PASS", "social": "GOOD"}
    return {"codes": codes, "recommend_crh": "Y" if scribe.ordered else "N", "issued_at": scribe.instant}


def _statutory(scribe: Scribe) -> Data:
    facts = {
        "order_no": scribe.player.order_no or scribe.player.number("O"),
        "attempts_summary": "2 PHONE",
        "known_excuse": "NONE",
    }
    return {"notice_no": f"SYN-S-{scribe.player.tag}", "legal_ground": STATUTE, "facts": facts}


def _consent(scribe: Scribe) -> Data:
    return {
        "consent_id": scribe.player.number("K"),
        "purpose": "AFTERCARE",
        "recipient_org": scribe.by.org or scribe.station,
        "notice_version": "2026.1",
        "expires_at": scribe.later(YEAR.days),
    }


def _agreement(scribe: Scribe) -> Data:
    kind = "CRH" if scribe.ordered else "AFTERCARE"
    return {"type": kind, "no": scribe.player.number("A"), "from": scribe.instant, "to": scribe.later(YEAR.days)}


def _visit(scribe: Scribe) -> Data:
    return {
        "visit_id": scribe.player.number("V"),
        "mode": "IN_PERSON",
        "start": scribe.instant,
        "end": (scribe.now + timedelta(hours=1)).isoformat(),
        "next_at": scribe.later(MONTH.days),
    }


def _report(scribe: Scribe) -> Data:
    """A street's officer registers for the station of the street."""
    place = scribe.network.get(scribe.by.org)
    station = scribe.network.station_of(place.division) if place and place.type == "STREET" else None
    station_id = station.org_id if station else scribe.by.org
    return {"at": scribe.instant, "station_id": station_id, "place_kind": "OFFICE", "identity_check": True}


def _plan(scribe: Scribe) -> Data:
    appointment = datetime.combine(scribe.notice.planned + timedelta(days=1), scribe.now.timetz()).isoformat()
    return {"pickup_plan": "WORKER", "first_appointment_at": appointment, "holiday_cover": True}


def _contact(scribe: Scribe) -> Data:
    return {
        "mode": "IN_PERSON",
        "batch_no": f"B-{scribe.today:%m%d}",
        "checklist": list(CHECKLIST),
        "at": scribe.instant,
    }


FILL: Final[Mapping[str, Callable[[Scribe], Data]]] = {
    "ReleaseNoticeReceived": _notice,
    "ReleaseDateChanged": lambda scribe: {
        "revision": scribe.notice.revision + 1,
        "new_date": (scribe.notice.planned + timedelta(days=7)).isoformat(),
        "reason": "ADMIN",
    },
    "CidExtended": lambda scribe: {
        "decision_no": scribe.player.number("X"),
        "new_end_date": (scribe.notice.planned + HALF_YEAR).isoformat(),
    },
    "ReleaseNoticeWithdrawn": lambda _: {"reason": "ERROR"},
    "PersonReleased": _release,
    "OrderServed": _order,
    "OrderRevoked": lambda scribe: {
        "order_no": scribe.player.order_no or scribe.player.number("O"),
        "reason": "RECONSIDERED",
    },
    "MeasureChanged": lambda scribe: {"from": "CID", "to": "CRH", "effective_at": scribe.instant},
    "AssessmentSummaryPublished": _assessment,
    "DocumentDelivered": _document,
    "CustodyConfirmed": lambda scribe: {
        "kind": "DETAINED",
        "from": scribe.instant,
        "organ": scribe.by.org,
        "doc_no": scribe.player.number("J"),
    },
    "DeathConfirmed": lambda scribe: {"date": scribe.today.isoformat(), "doc_no": scribe.player.number("E")},
    "ConsentGiven": _consent,
    "ConsentWithdrawn": lambda scribe: {
        "consent_id": scribe.player.consent_id or "ALL",
        "effective_at": scribe.instant,
    },
    "NoticeGiven": lambda _: {"notice_version": "2026.1", "items": ["RIGHTS", "COMPLAINT"], "language": "zh"},
    "HandoverDeclined": lambda _: {"reason": "WRONG_JURISDICTION"},
    "DistrictAssigned": lambda scribe: {"station_id": scribe.station},
    "StationReassigned": lambda scribe: {"station_id": scribe.station},
    "WorkerAssigned": lambda scribe: {
        "worker_ref": f"{scribe.by.org}/2",
        "team": [{"role": "LEAD_WORKER", "ref": f"{scribe.by.org}/2"}],
    },
    "EarlyContactRecorded": _contact,
    "ReleasePlanConfirmed": _plan,
    "ContactMade": lambda scribe: {"channel": "PHONE", "result": "NO_ANSWER", "at": scribe.instant},
    "PersonReported": _report,
    "ReportInvalidated": lambda _: {"reason": "WRONG_PERSON"},
    "EscalationAcknowledged": lambda _: {"action_code": "TAKEN_ON"},
    "StatutoryNoticeSigned": _statutory,
    "StatutoryNoticeWaived": _statutory,
    "AuthorityOutcomeRecorded": lambda scribe: {"outcome_code": "CONTACTED", "doc_no": scribe.player.number("R")},
    "HoldPlaced": lambda _: {"reason": "OBSTACLE"},
    "HoldLifted": lambda scribe: {"reviewed_by": f"{scribe.by.org}/1"},
    "AftercareDeclined": lambda _: {"reason": "OWN_WISH"},
    "RelocationAcceptedOtherHub": lambda scribe: {"hub": "OTHER-CITY", "receipt_no": scribe.player.number("H")},
    "HandoverReturned": lambda _: {"hub": "OTHER-CITY", "reason": "REFUSED"},
    "EnteredInError": lambda _: {"reason": "WRONG_PERSON"},
    "OpsClosed": lambda _: {"reason": "ops"},
    "OpsReopened": lambda _: {"reason": "ops"},
    "AgreementSigned": _agreement,
    "AgreementEnded": lambda _: {"outcome": "EXPIRED"},
    "SupportLevelSet": lambda _: {"level": "FOCUS", "reason_codes": ["F1"]},
    "NeedsAssessed": lambda _: {"needs": [{"type": "EMPLOYMENT", "priority": "HIGH"}]},
    "VisitRecorded": _visit,
    "VisitConfirmed": lambda scribe: {"visit_id": scribe.player.visit_id or scribe.player.number("V")},
    "TestScheduled": lambda scribe: {"test_id": scribe.player.number("T"), "window": "P5D", "basis": "12/6/4"},
    "RelocationRequested": lambda scribe: {"from": scribe.by.org, "to": "OTHER-CITY", "ground": "MOVED"},
    "RelocationAnswered": lambda scribe: {"from": scribe.by.org, "to": "OTHER-CITY", "answer": "ACCEPTED"},
    "RelocationCompleted": lambda scribe: {"from": scribe.by.org, "to": "OTHER-CITY"},
    "EntrustmentStarted": lambda scribe: {"performing": scribe.station, "accountable": scribe.by.org},
    "EntrustmentEnded": lambda scribe: {"performing": scribe.station, "accountable": scribe.by.org},
    "DataSubjectRequestFiled": lambda _: {"kind": "ACCESS"},
    "DataSubjectRequestAnswered": lambda _: {"outcome": "GRANTED"},
    "DisputeRaised": lambda scribe: {"kind": "CORRECT", "request_no": scribe.player.number("Q")},
    "DisputeResolved": lambda scribe: {
        "kind": "CORRECT",
        "request_no": scribe.player.dispute_no or None,
        "outcome": "CORRECTED",
    },
}


def remember(record: Record, data: Mapping[str, Any], player: Player) -> None:
    """What later records of the story may leave out because of this one."""
    player.numbers |= {str(data[name]) for name in PAPERS if data.get(name)}
    match record.name:
        case "ReleaseNoticeReceived":
            _remember_notice(record.by.org, data, player)
        case "ReleaseDateChanged" | "CidExtended" if record.by.org in player.notices:
            known = player.notices[record.by.org]
            day = data.get("new_date") or data.get("new_end_date")
            planned = date.fromisoformat(str(day))
            player.notices[record.by.org] = Notice(known.number, int(data.get("revision", known.revision)), planned)
        case "OrderServed":
            player.order_no = str(data["order_no"])
        case "ConsentGiven":
            player.consent_id = str(data["consent_id"])
        case "DisputeRaised":
            player.dispute_no = str(data["request_no"])
        case "VisitRecorded":
            player.visit_id = str(data["visit_id"])
        case _:
            pass


def _remember_notice(centre: str, data: Mapping[str, Any], player: Player) -> None:
    planned = date.fromisoformat(str(data["planned_release_date"]))
    player.notices[centre] = Notice(str(data["notice_no"]), int(data["revision"]), planned)
