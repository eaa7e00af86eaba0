"""When a handover is complete: the criteria of specification §3.4.1, by track, from what the saga has seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.handover.domain.reading import rows, text
from services.handover.domain.saga import Saga
from services.handover.domain.words import Input

PAPERS = "documents_received"
PAPER_WORDS = ("ORDER", "CERT", "ASSESS")


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion: whether it is met, which inputs show it, and the reason if it was waived."""

    met: bool
    evidence: tuple[str, ...] = ()
    waived: str | None = None


Criterion = Callable[[Saga, Input], Finding]


def findings(saga: Saga, given: Input) -> dict[str, Finding]:
    """Every criterion of the saga's track."""
    return {code: criterion(saga, given) for code, criterion in CRITERIA[saga.track].items()}


def complete(saga: Saga, given: Input) -> bool:
    """Whether all hold."""
    return all(one.met for one in findings(saga, given).values())


def _seen(*codes: str) -> Criterion:
    def any_of(saga: Saga, _: Input) -> Finding:
        shown = tuple(saga.evidence[code] for code in codes if code in saga.evidence)
        return Finding(bool(shown), shown)

    return any_of


def _all_seen(*codes: str) -> Criterion:
    def every(saga: Saga, _: Input) -> Finding:
        shown = tuple(saga.evidence[code] for code in codes if code in saga.evidence)
        return Finding(len(shown) == len(codes), shown)

    return every


def _reported(saga: Saga, _: Input) -> Finding:
    return Finding(saga.reported_at is not None)


def _papers(saga: Saga, given: Input) -> Finding:
    shown = {**saga.documents, **{code: one for code, one in saga.evidence.items() if code == "ASSESSMENT"}}
    received = all(any(word in doc_type.upper() for doc_type in shown) for word in PAPER_WORDS)
    waived = _waiver(given)
    return Finding(received or waived is not None, tuple(shown.values()), None if received else waived)


def _waiver(given: Input) -> str | None:
    """Only missing papers can be waived, with a reason."""
    for one in rows(given.data, "waived"):
        criterion, reason = text(one, "criterion"), text(one, "reason")
        if reason and criterion not in OTHER_CRITERIA:
            return reason
    return None


def _agreed(saga: Saga, given: Input) -> Finding:
    signed = saga.evidence.get("AGREEMENT_AFTERCARE")
    return Finding(signed is not None or given.data.get("without_agreement") is True, (signed,) if signed else ())


def _no_open_rung(saga: Saga, _: Input) -> Finding:
    return Finding(not saga.standing_rungs)


def _taken_over(saga: Saga, _: Input) -> Finding:
    return Finding(saga.place.assignment == "ACCEPTED")


ORDERED: Mapping[str, Criterion] = {
    "report_registered": _reported,
    PAPERS: _papers,
    "agreement_signed": _seen("AGREEMENT_CRH", "AGREEMENT_CDT"),
    "team_named": _seen("TEAM", "WORKER"),
    "support_level_set": _seen("LEVEL"),
    "next_visit_and_tests": _all_seen("NEXT_VISIT", "TEST"),
    "no_open_escalation": _no_open_rung,
    "copy_and_appeal_route": _seen("NOTICE_GIVEN"),
}
VOLUNTARY: Mapping[str, Criterion] = {
    "contact_confirmed": _reported,
    "agreement_or_services": _agreed,
    "needs_decided": _seen("NEEDS"),
    "next_contact_agreed": _seen("NEXT_VISIT"),
    "consents_recorded": _seen("CONSENT"),
}
PRISON: Mapping[str, Criterion] = {
    "accepted_by_resettlement": _taken_over,
    "first_contact": _seen("EARLY_CONTACT", "CONTACT", "VISIT"),
}
CRITERIA: Mapping[str, Mapping[str, Criterion]] = {"ORDERED": ORDERED, "VOLUNTARY": VOLUNTARY, "PRISON": PRISON}
OTHER_CRITERIA = frozenset({*ORDERED, *VOLUNTARY, *PRISON} - {PAPERS})
