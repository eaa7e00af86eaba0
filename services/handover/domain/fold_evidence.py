"""What papers, consents and work with the person leave in the saga's memory: what guards and completion read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.handover.domain.clocks import deadline_over
from services.handover.domain.evidence import DESIGNATED, contacted, noted
from services.handover.domain.fold_release import Fold
from services.handover.domain.grounds import EVERY_CONSENT
from services.handover.domain.reading import day, instant, named, names, rows, text
from services.handover.domain.saga import Agreement, Consent, Saga
from services.handover.domain.words import Context, Input
from services.reference.contact_limits import kind_of

STATUTORY_RECEIPT = "D-07"


def _note(code: str) -> Fold:
    return lambda saga, given, _: noted(saga, code, given)


def _registered(saga: Saga, given: Input, _: Context) -> Saga:
    return replace(saga, origin=text(given.data, "origin") or saga.origin)


def _document(saga: Saga, given: Input, _: Context) -> Saga:
    doc_type = text(given.data, "doc_type")
    statutory = saga.statutory
    if statutory and doc_type == STATUTORY_RECEIPT:
        statutory = replace(statutory, receipt=True)
    return replace(saga, documents={**saga.documents, doc_type: given.id}, statutory=statutory)


def _consent(saga: Saga, given: Input, _: Context) -> Saga:
    consent = Consent(text(given.data, "purpose"), instant(given.data, "expires_at"))
    known = replace(saga, consents={**saga.consents, text(given.data, "consent_id"): consent})
    return noted(contacted(known, "MET", given.at), "CONSENT", given)


def _withdrawn(saga: Saga, given: Input, _: Context) -> Saga:
    which = text(given.data, "consent_id")
    gone = {key: replace(one, withdrawn=True) for key, one in saga.consents.items() if which in {key, EVERY_CONSENT}}
    return contacted(replace(saga, consents={**saga.consents, **gone}), "MET", given.at)


def _agreement(saga: Saga, given: Input, _: Context) -> Saga:
    kind = text(given.data, "type")
    agreement = Agreement(kind, day(given.data, "to"))
    key = text(given.data, "no") or kind
    return noted(replace(saga, agreements={**saga.agreements, key: agreement}), f"AGREEMENT_{kind}", given)


def _agreement_ended(saga: Saga, given: Input, _: Context) -> Saga:
    if text(given.data, "outcome") == "RENEWED":
        return saga
    only = named(given.data, "no")
    gone = {key: replace(one, ended=True) for key, one in saga.agreements.items() if only in {None, key}}
    return replace(saga, agreements={**saga.agreements, **gone})


def _worker(saga: Saga, given: Input, _: Context) -> Saga:
    return noted(saga, "TEAM" if rows(given.data, "team") else "WORKER", given)


def _visit(saga: Saga, given: Input, _: Context) -> Saga:
    known = noted(contacted(saga, "MET", instant(given.data, "start") or given.at), "VISIT", given)
    return noted(known, "NEXT_VISIT", given) if instant(given.data, "next_at") else known


def _contact(saga: Saga, given: Input, _: Context) -> Saga:
    known = contacted(saga, kind_of(given.data), given.at)
    return noted(replace(known, agreed_date=day(given.data, "agreed_date") or saga.agreed_date), "CONTACT", given)


def _early_contact(saga: Saga, given: Input, _: Context) -> Saga:
    known = noted(contacted(saga, "MET", given.at), "EARLY_CONTACT", given)
    return noted(known, DESIGNATED, given) if "CONTACT" in names(given.data, "checklist") else known


def _plan(saga: Saga, given: Input, _: Context) -> Saga:
    known = noted(replace(saga, plan=True), "PLAN", given)
    return noted(known, DESIGNATED, given) if named(given.data, "designated_contact_ptr") else known


def _dispute(saga: Saga, given: Input, _: Context) -> Saga:
    return replace(saga, disputes=tuple(sorted({*saga.disputes, _dispute_key(given)})))


def _dispute_resolved(saga: Saga, given: Input, _: Context) -> Saga:
    return replace(saga, disputes=tuple(one for one in saga.disputes if one != _dispute_key(given)))


def _dispute_key(given: Input) -> str:
    return text(given.data, "request_no") or text(given.data, "kind") or "DISPUTE"


def _gap(saga: Saga, given: Input, _: Context) -> Saga:
    source = text(given.data, "source")
    others = {one for one in saga.gaps if one != source}
    return replace(saga, gaps=tuple(sorted(others if given.data.get("closed") else {*others, source})))


def _hold_lifted(saga: Saga, given: Input, context: Context) -> Saga:
    return replace(saga, unreviewed=deadline_over(saga, context.now) and not text(given.data, "reviewed_by"))


FOLDS: Mapping[str, Fold] = {
    "PersonRegistered": _registered,
    "DocumentDelivered": _document,
    "AssessmentSummaryPublished": _note("ASSESSMENT"),
    "ConsentGiven": _consent,
    "ConsentWithdrawn": _withdrawn,
    "NoticeGiven": _note("NOTICE_GIVEN"),
    "SourceSequenceGap": _gap,
    "WorkerAssigned": _worker,
    "AgreementSigned": _agreement,
    "AgreementEnded": _agreement_ended,
    "SupportLevelSet": _note("LEVEL"),
    "NeedsAssessed": _note("NEEDS"),
    "VisitRecorded": _visit,
    "VisitConfirmed": _note("VISIT_CONFIRMED"),
    "TestScheduled": _note("TEST"),
    "EarlyContactRecorded": _early_contact,
    "ReleasePlanConfirmed": _plan,
    "ContactMade": _contact,
    "RelocationRequested": _note("RELOCATION_REQUESTED"),
    "RelocationAnswered": _note("RELOCATION_ANSWERED"),
    "RelocationCompleted": _note("RELOCATION_COMPLETED"),
    "EntrustmentStarted": _note("ENTRUSTED"),
    "EntrustmentEnded": _note("ENTRUSTMENT_ENDED"),
    "DisputeRaised": _dispute,
    "DisputeResolved": _dispute_resolved,
    "HoldLifted": _hold_lifted,
}
