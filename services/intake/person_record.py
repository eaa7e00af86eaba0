"""What intake knows of a person as one record: identity from the vault, the rest from the facts of their stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from schemas.base import Event
from schemas.intake import (
    AssessmentSummaryPublished,
    OrderRevoked,
    OrderServed,
    PersonReleased,
    ReleaseDateChanged,
    ReleaseNoticeReceived,
    SelfReferralReceived,
)
from schemas.sealed import Clear, Token
from services.intake.domain.notice import Identity

Open: TypeAlias = Callable[[Event], Awaitable[Event]]

OF: Final[Mapping[type[Event], tuple[str, ...]]] = {
    ReleaseNoticeReceived: ("basis", "centre_id", "notice_no", "planned_release_date"),
    PersonReleased: ("released_at", "release_kind", "certificate_no"),
    OrderServed: ("order_kind", "order_no", "served_at", "term_months", "executing_street"),
    AssessmentSummaryPublished: ("codes", "recommend_crh", "issued_at"),
    SelfReferralReceived: ("requested_services",),
}
"""Which fields of which fact the record takes."""


def of_identity(identity: Identity) -> dict[str, Any]:
    """The identity's fields that are set."""
    return {name: value for name, value in asdict(identity).items() if value}


def of_facts(events: Iterable[Event]) -> dict[str, Any]:
    """What opened facts say, the later over the earlier."""
    record: dict[str, Any] = {}
    for event in events:
        record |= _told(event)
    return {name: _plain(value) for name, value in record.items() if value is not None}


def _told(event: Event) -> dict[str, Any]:
    told = _some(event, OF.get(type(event), ()))
    match event:
        case ReleaseNoticeReceived(flags=Clear(value=flags)):
            return told | flags.model_dump()
        case ReleaseDateChanged():
            return {"planned_release_date": event.new_date}
        case OrderRevoked():
            return dict.fromkeys(OF[OrderServed])
        case _:
            return told


def _some(event: Event, names: Iterable[str]) -> dict[str, Any]:
    """The named fields that are set; what is still sealed is left out."""
    found = {name: getattr(event, name) for name in names}
    opened = {name: value.value if isinstance(value, Clear) else value for name, value in found.items()}
    return {name: value for name, value in opened.items() if value is not None and not isinstance(value, Token)}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any field of an event
    """The value as JSON has it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if hasattr(value, "model_dump"):
        return value.model_dump(exclude_none=True)
    return list(value) if isinstance(value, tuple) else value
