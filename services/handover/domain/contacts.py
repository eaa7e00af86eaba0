"""Limits of contact (specification §3.5): they stand beside the table, at the door, and never move a clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.handover.domain.evidence import DESIGNATED
from services.handover.domain.reading import instant, text
from services.handover.domain.saga import Saga
from services.handover.domain.words import Input
from services.reference.contact_limits import QUIET, ContactLimits, contact_limits, kind_of
from services.reference.policy import Policy
from services.reference.terms import date_of

CONTACT: Final = "ContactMade"
BY_FAMILY: Final = frozenset({"FAMILY", "RELATIVE", "CONTACT", "DESIGNATED_CONTACT"})
ONLY_DESIGNATED: Final = "contact.only_designated"


def beyond_limits(saga: Saga | None, given: Input, policy: Policy) -> str | None:
    """The limit that a record of contact breaks, by its policy key or `contact.only_designated`; None if none.

    What the person said is never refused, only an attempt that reached nobody, and any word to an undesignated
    relative. Without `at` a record does not say when the attempt was made: then its day is today, its hour unknown.
    """
    if saga is None or given.name != CONTACT:
        return None
    if text(given.data, "channel") in BY_FAMILY and DESIGNATED not in saga.evidence:
        return ONLY_DESIGNATED
    return _too_much(saga, given, contact_limits(policy)) if kind_of(_plain(given)) == "IN_VAIN" else None


def _too_much(saga: Saga, given: Input, limits: ContactLimits) -> str | None:
    made_at = instant(given.data, "at")
    if made_at and limits.quiet.covers(made_at):
        return QUIET
    return limits.broken(date_of(made_at or given.at), saga.contacts, voluntary=saga.track == "VOLUNTARY")


def _plain(given: Input) -> Mapping[str, Any]:
    return {name: text(given.data, name) for name in ("result", "agreed_date", "obstacle_code")}
