"""Which organisations may say what at the front door, and how each fact is numbered (specification §4.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

CENTRES: Final = frozenset({"DETOX", "PRISON"})

SENDERS: Final[Mapping[str, frozenset[str]]] = {
    "ReleaseNoticeReceived": CENTRES,
    "ReleaseDateChanged": CENTRES,
    "ReleaseNoticeWithdrawn": CENTRES,
    "PersonReleased": CENTRES,
    "AssessmentSummaryPublished": CENTRES,
    "CidExtended": frozenset({"DETOX"}),
    "OrderServed": frozenset({"POLICE_DECISION", "DETOX"}),
    "OrderRevoked": frozenset({"POLICE_DECISION"}),
    "MeasureChanged": frozenset({"POLICE_DECISION"}),
    "CustodyConfirmed": frozenset({"POLICE_DECISION", "POLICE_STATION", "PRISON"}),
    "DeathConfirmed": frozenset({"CLINIC", "POLICE_STATION", "POLICE_DECISION", "DETOX"}),
    "DocumentDelivered": CENTRES | {"POLICE_DECISION", "POLICE_STATION"},
}
OWN_NOTICE_ONLY: Final = frozenset(
    {
        "ReleaseNoticeReceived",
        "ReleaseDateChanged",
        "ReleaseNoticeWithdrawn",
        "PersonReleased",
        "AssessmentSummaryPublished",
        "CidExtended",
    }
)
NUMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "CidExtended": ("decision_no",),
    "OrderServed": ("order_no",),
    "OrderRevoked": ("order_no",),
    "MeasureChanged": ("effective_at", "to"),
    "CustodyConfirmed": ("doc_no",),
    "DeathConfirmed": ("doc_no",),
    "DocumentDelivered": ("doc_type", "doc_no"),
}
OPENS_WITHOUT_NOTICE: Final = frozenset({"PersonReleased"})


def may_send(name: str, org_type: str | None) -> bool:
    """Whether an organisation of that type may send a fact of that name at all."""
    return org_type in SENDERS.get(name, frozenset())


def number_of(name: str, data: Mapping[str, Any], fallback: str) -> str:
    """The number that makes two messages the same fact: the document's own, else the notice's or the record key's."""
    said = [str(data[field]) for field in NUMBERS.get(name, ("notice_no",)) if data.get(field)]
    return "|".join([*said, fallback] if name == "MeasureChanged" else said) or fallback
