"""The support level that rules suggest until a human sets one (specification §3.3); only a view reads it."""

from __future__ import annotations

from datetime import datetime

from services.handover.domain.saga import Saga
from services.reference.conditions import Fact
from services.reference.support_levels import Suggestion, load_support_levels
from services.reference.terms import date_of

WAITS = "REPORTED"
SET = "LEVEL"


def suggested(saga: Saga, now: datetime) -> Suggestion | None:
    """What the rules suggest to the station that onboards the person; None before, and once somebody set a level."""
    if saga.state != WAITS or SET in saga.evidence:
        return None
    return load_support_levels().suggest(known(saga, now))


def known(saga: Saga, now: datetime) -> dict[str, Fact]:
    """The facts of the rules' closed list that a handover knows; what it does not know counts for nothing."""
    facts: dict[str, Fact] = {"track": saga.track, "no_hold": saga.held_since is None}
    facts["agreement_signed"] = any(not one.ended for one in saga.agreements.values())
    if saga.released_at is not None:
        facts["months_since_release"] = months(saga.released_at, now)
    return facts


def months(since: datetime, now: datetime) -> int:
    """Whole calendar months between two instants, by their dates."""
    then, today = date_of(since), date_of(now)
    return 12 * (today.year - then.year) + today.month - then.month - (today.day < then.day)
