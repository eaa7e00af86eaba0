"""What the agencies fill in: the data of each record of the demo, synthetic and complete."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

from services.demo.case import AFTERNOON, Case, slot

CHECKLIST = (
    *("identity", "rights_leaflet", "notice_consents", "needs"),
    *("residence", "contact", "pickup_plan", "first_appointment"),
)
NOBODY_AT_THE_GATE = 0.09
ORDER_TERM = 36  # months, the longest that the law allows (禁毒法 48)
STATUTE = "戒毒条例21"


def order(case: Case) -> dict[str, Any]:
    """A community-rehabilitation order served now, executed by the street of the residence."""
    return {
        "order_kind": "CRH",
        "order_no": f"SYN-O-{case.noticed.notice_no}",
        "served_at": case.agenda.now.isoformat(),
        "term_months": ORDER_TERM,
        "executing_street": f"{case.residence_station}-STREET",
    }


def document(case: Case, doc_type: str) -> dict[str, Any]:
    """One document by its fingerprint; the bytes stay with who owns them."""
    name = f"{doc_type}-{case.noticed.notice_no}"
    return {"doc_type": doc_type, "doc_no": f"SYN-{name}", "sha256": sha256(name.encode()).hexdigest()}


def assessment(case: Case) -> dict[str, Any]:
    """The centre's diagnostic assessment, four results as codes."""
    codes = {
        "physical": "PASS",
        "mental": "PASS",
        "behaviour": "PASS",
        "social": case.dice.centre.choice(["GOOD", "FAIR"]),
    }
    return {"codes": codes, "recommend_crh": "Y" if case.ordered else "N", "issued_at": case.agenda.now.isoformat()}


def release(case: Case) -> dict[str, Any]:
    """The release itself; nine in a hundred find nobody at the gate (specification §5.2)."""
    return {
        "released_at": case.agenda.now.isoformat(),
        "certificate_no": f"SYN-C-{case.noticed.notice_no}",
        "pickup": "NONE"
        if case.dice.centre.random() < NOBODY_AT_THE_GATE
        else case.dice.centre.choice(["FAMILY", "WORKER"]),
        "release_kind": "EXPIRED",
    }


def early_contact(case: Case) -> dict[str, Any]:
    """The first talk inside the centre, all eight points of the list."""
    return {
        "mode": "IN_PERSON",
        "batch_no": f"B-{case.today:%m%d}",
        "checklist": list(CHECKLIST),
        "at": case.agenda.now.isoformat(),
    }


def plan(case: Case) -> dict[str, Any]:
    """Who collects the person, and the first appointment."""
    appointment = slot(case.noticed.planned_release + timedelta(days=1), AFTERNOON)
    return {"pickup_plan": "WORKER", "first_appointment_at": appointment.isoformat(), "holiday_cover": True}


def report(case: Case) -> dict[str, Any]:
    """The person at the station's desk."""
    return {
        "at": case.agenda.now.isoformat(),
        "station_id": case.station,
        "place_kind": "OFFICE",
        "identity_check": True,
    }


def statutory_notice(case: Case) -> dict[str, Any]:
    """The notice under 条例 21 as the two officials sign it."""
    return {
        "notice_no": f"SYN-S-{case.noticed.notice_no}",
        "legal_ground": STATUTE,
        "facts": {"order_no": f"SYN-O-{case.noticed.notice_no}", "attempts_summary": "2 PHONE", "known_excuse": "NONE"},
    }
