"""Why a command is refused, in the order in which the reasons are looked for (specification §3.4.1-15)."""

from __future__ import annotations

from collections.abc import Iterable

UNAUTHENTICATED = "unauthenticated"
ACTOR_NOT_ALLOWED = "actor_not_allowed"
NOT_YOUR_ORGANISATION = "not_your_organisation"
VERSION_CONFLICT = "version_conflict"
NOT_IN_THIS_STATE = "not_in_this_state"
VOLUNTARY_PERSON = "voluntary_person"
ORDER_NOT_SERVED = "order_not_served"
DEADLINE_NOT_PASSED = "deadline_not_passed"
GRACE_NOT_PASSED = "grace_not_passed"
FACTS_WAITING = "facts_waiting"
TWO_OFFICIALS_REQUIRED = "two_officials_required"
GUARD_NOT_MET = "guard_not_met"
INVALID_DATA = "invalid_data"

CODES = (
    UNAUTHENTICATED,
    ACTOR_NOT_ALLOWED,
    NOT_YOUR_ORGANISATION,
    VERSION_CONFLICT,
    NOT_IN_THIS_STATE,
    VOLUNTARY_PERSON,
    ORDER_NOT_SERVED,
    DEADLINE_NOT_PASSED,
    GRACE_NOT_PASSED,
    FACTS_WAITING,
    TWO_OFFICIALS_REQUIRED,
    GUARD_NOT_MET,
    INVALID_DATA,
)


def first(codes: Iterable[str]) -> str:
    """The one that is named; empty if there is none."""
    return min(codes, key=CODES.index, default="")
