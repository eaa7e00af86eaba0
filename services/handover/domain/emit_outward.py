"""The messages on `stat.notice.v1`: one per notice, recall and late-report note."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.handover.domain.move import Move
from services.handover.domain.reading import named

Fields = Callable[[Move], dict[str, Any]]


def delivered(move: Move) -> dict[str, Any]:
    """The notice's number and to whom it goes."""
    known = move.after.statutory
    return {"notice_no": known.notice_no if known else "", "recipients": move.after.notified}


def followed(move: Move) -> dict[str, Any]:
    """The same, with when and why so late."""
    return {
        **delivered(move),
        "reported_at": move.after.reported_at,
        "excuse": move.given.data.get("excuse_code"),
    }


def _sent(move: Move) -> dict[str, Any]:
    return {
        **delivered(move),
        "legal_ground": named(move.given.data, "legal_ground"),
        "facts": move.given.data.get("facts"),
        "officials": move.officials,
    }


OUTWARD: Mapping[str, tuple[str, Fields]] = {
    "StatutoryNoticeDelivered": ("StatutoryNoticeSent", _sent),
    "LateReportNotified": ("LateReportNoteSent", followed),
    "StatutoryNoticeRecalled": ("StatutoryRecallSent", followed),
}
