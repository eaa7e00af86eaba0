"""What later facts say about earlier ones: recorded late, corrected. Nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from services.timeline.projections.person_timeline import Item

LATE_AFTER: Final = timedelta(days=1)

# A correcting fact → the facts it corrects, and the field by which they are about the same thing (none: the person).
CORRECTS: Final[Mapping[str, tuple[frozenset[str], str | None]]] = {
    "ReleaseDateChanged": (frozenset({"ReleaseNoticeReceived", "ReleaseDateChanged"}), "notice_no"),
    "ReleaseNoticeWithdrawn": (frozenset({"ReleaseNoticeReceived", "ReleaseDateChanged"}), "notice_no"),
    "OrderRevoked": (frozenset({"OrderServed"}), None),
    "ReportInvalidated": (frozenset({"PersonReported"}), "handover_id"),
    "ReleasePlanInvalidated": (frozenset({"ReleasePlanConfirmed"}), "handover_id"),
    "StatutoryNoticeRecalled": (frozenset({"StatutoryNoticeSigned", "StatutoryNoticeDelivered"}), "handover_id"),
    "VisitDisputed": (frozenset({"VisitRecorded"}), "visit_id"),
    "EnteredInError": (frozenset({"HandoverOffered", "HandoverAccepted", "PersonReported"}), "handover_id"),
}


def late(items: Sequence[Item]) -> frozenset[str]:
    """Ids of facts that were recorded a day or more after they happened, when newer ones were known already."""
    found: set[str] = set()
    newest: datetime | None = None
    for group in by_recorded_time(items):
        found |= {item.event_id for item in group if newest and is_late(item, newest)}
        newest = max([item.time for item in group] + ([newest] if newest else []))
    return frozenset(found)


def by_recorded_time(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The facts in groups of those recorded at one instant."""
    groups: dict[datetime, list[Item]] = {}
    for item in sorted(items, key=lambda each: each.recorded_time):
        groups.setdefault(item.recorded_time, []).append(item)
    yield from groups.values()


def is_late(item: Item, newest: datetime) -> bool:
    """Whether a fact came after newer ones, and more than a day after it happened."""
    return item.time < newest and item.recorded_time - item.time >= LATE_AFTER


def corrected(items: Sequence[Item]) -> dict[str, str]:
    """Id of a corrected fact → id of the first fact that corrected it."""
    found: dict[str, str] = {}
    for number, item in enumerate(ordered := sorted(items, key=lambda each: (each.recorded_time, each.place))):
        for earlier in ordered[:number] if item.name in CORRECTS else ():
            if corrects(item, earlier):
                found.setdefault(earlier.event_id, item.event_id)
    return found


def corrects(item: Item, earlier: Item) -> bool:
    """Whether a fact corrects an earlier one."""
    names, field = CORRECTS[item.name]
    same = field is None or item.data.get(field) == earlier.data.get(field)
    return earlier.name in names and same
