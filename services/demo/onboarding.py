"""After the report: what a station does before a handover counts as completed (specification §3.4.1-12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.demo.case import AFTERNOON, Case, slot

YEAR, MONTH = timedelta(days=365), timedelta(days=30)
UNFINISHED = 0.05  # of those who report: something is still missing at the end of the sixty days


async def onboard(case: Case) -> None:
    """Leaflet and consents at once, the agreement and the plan within the week, completed when all is there."""
    await case.worker(
        "NoticeGiven", notice_version="2026.1", items=["RIGHTS", "COMPLAINT"], language="zh", read_aloud=True
    )
    await case.worker("ConsentGiven", **consent(case))
    await case.later(case.dice.person.randint(1, 3), AFTERNOON)
    for kind, data in papers_of_the_week(case):
        await case.worker(kind, **data)
    if case.dice.person.random() < UNFINISHED:
        return
    await case.later(case.dice.person.randint(1, 2))
    await case.lead("OnboardingCompleted", without_agreement=False)


def consent(case: Case) -> dict[str, Any]:
    """The person's own consent to aftercare, for a year."""
    return {
        "consent_id": f"SYN-K-{case.noticed.notice_no}",
        "purpose": "AFTERCARE",
        "recipient_org": case.station,
        "notice_version": "2026.1",
        "expires_at": (case.agenda.now + YEAR).isoformat(),
    }


def papers_of_the_week(case: Case) -> list[tuple[str, dict[str, Any]]]:
    """Agreement, support level, needs, next visit and, for an ordered person, the test schedule."""
    now, number = case.agenda.now, case.noticed.notice_no
    next_visit = slot(case.today + MONTH)
    agreement = {"type": "CRH" if case.ordered else "AFTERCARE", "no": f"SYN-A-{number}", "from": now.isoformat()}
    found: list[tuple[str, dict[str, Any]]] = [
        ("AgreementSigned", agreement | {"to": (now + YEAR).isoformat()}),
        ("SupportLevelSet", {"level": "FOCUS", "reason_codes": ["F1"]}),
        (
            "NeedsAssessed",
            {"needs": [{"type": case.dice.person.choice(["EMPLOYMENT", "CLINIC", "FAMILY"]), "priority": "HIGH"}]},
        ),
        ("VisitRecorded", {"visit_id": f"SYN-V-{number}", "mode": "IN_PERSON", "next_at": next_visit.isoformat()}),
    ]
    test = {"test_id": f"SYN-T-{number}", "window": "P5D", "basis": "12/6/4"}
    return found + ([("TestScheduled", test)] if case.ordered else [])
