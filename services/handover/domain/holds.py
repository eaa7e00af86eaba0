"""Entering, changing and leaving a hold; where a handover resumes (specification §3.4.1-8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.handover.domain.reading import text
from services.handover.domain.saga import Saga
from services.handover.domain.table import RESUME, SAME, Rule
from services.handover.domain.words import Input
from services.reference.terms import date_of

ON_HOLD = "ON_HOLD"
BY_ASSIGNMENT = {"UNROUTED": "NOTICED", "OFFERED": "OFFERED", "ACCEPTED": "ACCEPTED"}
REASONS = {"CidExtended": "EXTENDED", "CustodyConfirmed": "CUSTODY", "StatutoryNoticeWaived": "WAIVED"}


def target(saga: Saga, rule: Rule) -> str:
    """The state that the rule leads to."""
    if rule.to == SAME:
        return saga.state
    return resumed(saga) if rule.to == RESUME else rule.to


def resumed(saga: Saga) -> str:
    """The state before the hold, as routing and release date have moved meanwhile."""
    before = saga.resume_state or "NOTICED"
    if before in {"NOTICED", "OFFERED"}:
        return BY_ASSIGNMENT[saga.place.assignment]
    return "EARLY_CONTACT" if before == "READY" and saga.date_moved else before


def enter(saga: Saga, rule: Rule, given: Input, now: datetime) -> Saga:
    """The saga in the state that the rule leads to, with its hold opened, changed or closed."""
    state = target(saga, rule)
    if state == ON_HOLD:
        return _on_hold(saga, rule, given, now)
    known = _released_from_hold(saga, now) if saga.state == ON_HOLD else replace(saga, date_moved=False)
    return _moved(known, state)


def _on_hold(saga: Saga, rule: Rule, given: Input, now: datetime) -> Saga:
    if saga.state != ON_HOLD:
        kept = replace(saga, resume_state=saga.state, held_since=date_of(now))
        saga = _moved(kept, ON_HOLD)
    places_hold = "T_HOLD" in rule.start and rule.event != "T_HOLD"
    return replace(saga, hold_reason=_reason(given)) if places_hold else saga


def _reason(given: Input) -> str:
    if given.name == "ContactMade":
        return "OBSTACLE" if text(given.data, "obstacle_code") else "AGREED_DATE"
    return REASONS.get(given.name) or text(given.data, "reason") or "MEDICAL"


def _released_from_hold(saga: Saga, now: datetime) -> Saga:
    since = saga.held_since or date_of(now)
    kept = replace(saga, holds=(*saga.holds, (since, date_of(now))))
    return replace(kept, resume_state=None, hold_reason=None, held_since=None, date_moved=False)


def _moved(saga: Saga, state: str) -> Saga:
    return saga if state == saga.state else replace(saga, state=state, fired_here=())


def stops_reassignment(saga: Saga, rule: Rule) -> bool:
    """A hold that ends in routing again needs no assignment beside it."""
    return rule.to == RESUME and saga.resume_state in {"NOTICED", "OFFERED"}


def invalidates_plan(saga: Saga, rule: Rule) -> bool:
    """Resuming from READY after the release date moved: the plan no longer fits."""
    return rule.to == RESUME and saga.resume_state == "READY" and saga.date_moved and saga.plan
