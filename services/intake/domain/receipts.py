"""What the sender is told: accepted, duplicate, revised, conflict, rejected. Decided from what is on file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from services.intake.domain.routing import Routing

Outcome: TypeAlias = Literal["accepted", "duplicate", "revised", "conflict", "rejected", "waiting", "quarantined"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one notice. `routing` only for accepted and revised ones."""

    outcome: Outcome
    reason: str = ""
    routing: Routing | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What is on file under a (source, number): content hash by accepted revision, and whose it is by match key."""

    revisions: Mapping[int, str]
    match_key: str

    @property
    def newest(self) -> int:
        """The revision that stands."""
        return max(self.revisions)


def classify(revision: int, content_hash: str, match_key: str, known: Known | None) -> Receipt:
    """The outcome for a readable notice. An older revision that arrives late changes nothing: the newest stands."""
    if known is None:
        return Receipt("accepted")
    if revision in known.revisions:
        return _same_revision(content_hash == known.revisions[revision])
    if match_key != known.match_key:
        return Receipt("conflict", "other_person")
    if revision < known.newest:
        return Receipt("duplicate", "older_revision")
    return Receipt("revised")


def _same_revision(same_content: bool) -> Receipt:  # noqa: FBT001  # the one thing it is about
    return Receipt("duplicate") if same_content else Receipt("conflict", "same_revision_other_content")


def totals(receipts: list[Receipt]) -> dict[str, int]:
    """Counts by outcome, `outcome:reason` where there is a reason, and `routing:where`; sorted by key."""
    counts: dict[str, int] = {}
    for receipt in receipts:
        for key in _keys(receipt):
            counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))


def _keys(receipt: Receipt) -> list[str]:
    first = f"{receipt.outcome}:{receipt.reason}" if receipt.reason else receipt.outcome
    return [first, f"routing:{receipt.routing}"] if receipt.routing else [first]
