"""Limits of contact (specification §3.5): they stand beside the table, at the door, and never move a clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from services.handover.domain.evidence import DESIGNATED
from services.handover.domain.reading import named, text
from services.handover.domain.saga import Saga
from services.handover.domain.words import Input
from services.reference.contact_limits import QUIET, ContactLimits, contact_limits, kind_of
from services.reference.policy import Policy
from services.reference.terms import date_of

CONTACT: Final = "ContactMade"
TO_PERSON: Final = frozenset({"PHONE", "SMS", "WECHAT", "VIDEO", "VISIT", "OFFICE"})
BY_FAMILY: Final = frozenset({"FAMILY", "RELATIVE", "CONTACT", "DESIGNATED_CONTACT"})
ONLY_DESIGNATED: Final = "contact.only_designated"
ONLY_PERSON: Final = "contact.only_person"


def beyond_limits(saga: Saga | None, given: Input, policy: Policy) -> str | None:
    """The limit that a record of contact breaks, by its policy key, `contact.only_designated` or `contact.only_person`.

    What the person said is never refused, only an attempt that reached nobody, and any word to an undesignated
    relative or to anybody else: an employer, a neighbour. An attempt without `at` was made when it is recorded.
    """
    if saga is None or given.name != CONTACT:
        return None
    return _past_person(saga, named(given.data, "channel")) or _too_often(saga, given, policy)


def in_future(given: Input) -> bool:
    """Whether a record of contact says that it was made later than it is recorded."""
    return given.name == CONTACT and given.at > given.known_at


def _past_person(saga: Saga, channel: str | None) -> str | None:
    """No channel named: the person's own."""
    if channel in BY_FAMILY:
        return None if DESIGNATED in saga.evidence else ONLY_DESIGNATED
    return None if channel is None or channel in TO_PERSON else ONLY_PERSON


def _too_often(saga: Saga, given: Input, policy: Policy) -> str | None:
    return _too_much(saga, given, contact_limits(policy)) if kind_of(_plain(given)) == "IN_VAIN" else None


def _too_much(saga: Saga, given: Input, limits: ContactLimits) -> str | None:
    if limits.quiet.covers(given.at):
        return QUIET
    return limits.broken(date_of(given.at), saga.contacts, voluntary=saga.track == "VOLUNTARY")


def _plain(given: Input) -> Mapping[str, Any]:
    return {name: text(given.data, name) for name in ("result", "agreed_date", "obstacle_code")}
