"""Which facts a reader's groups let them see, and which of a fact's fields its sentence may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schemas.groups import FACTS, WHO_LOOKED
from services.reference.disclosure import FULL, Sight, Stage

OPEN: Final = frozenset({FULL, "status"})
NEVER_ONE_BY_ONE: Final = frozenset({"counts", "notice"})
"""Forms that give numbers, or one document, never single facts."""
OF_AN_OFFER: Final = "HandoverOffered"
REPORTED: Final = frozenset({"PersonReported", "ReportInvalidated"})
DAYS: Final = frozenset(
    {"planned_release_date", "old_date", "new_date", "new_end_date", "released_at", "served_at", "effective_at"}
)
KINDS: Final = frozenset({"order_kind", "track", "from_track", "to_track", "type", "basis", "kind", "from", "to"})
LEFT: Final[Mapping[str, frozenset[str]]] = {"dates": DAYS, "type": KINDS, "type_dates": KINDS | DAYS}
"""By form, the fields that a sentence keeps; any other mask leaves the bare sentence."""


def listed(name: str, sight: Sight, stage: Stage) -> bool:
    """Whether a fact of that name is on this reader's timeline; who looked is on the person's own alone."""
    if stage == "preview" and name == OF_AN_OFFER:
        return True
    of = FACTS.get(name)
    form = sight.get(of.group) if of and of.group else None
    if form is None or form in NEVER_ONE_BY_ONE or name in WHO_LOOKED:
        return False
    return form != "reported" or name in REPORTED


def sayable(name: str, data: Mapping[str, Any], sight: Sight, stage: Stage) -> dict[str, Any]:
    """The fields that the sentence of a listed fact may use."""
    return {field: value for field, value in data.items() if _said(name, field, sight, stage)}


def _said(name: str, field: str, sight: Sight, stage: Stage) -> bool:
    of = FACTS[name]
    if stage == "preview" and name == OF_AN_OFFER and field not in of.fields:
        return True
    group = of.of(field)
    form = sight.get(group) if group else None
    return form in OPEN or field in LEFT.get(form or "", ())
