"""What the fields of several emitted events share."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.handover.domain.emit_outward import Fields
from services.handover.domain.move import Move


def progress(move: Move) -> dict[str, Any]:
    """Where the handover stands and what brought it there."""
    return {"state": move.after.state, "level": move.after.level, "cause": move.given.name}


def due(move: Move, *names: str) -> datetime | None:
    """When the first of these that is armed comes due."""
    return next((move.after.timers[name].due_at for name in names if name in move.after.timers), None)


def progress_due(*timers: str) -> Fields:
    """Where it stands, and by when something is expected now."""
    return lambda move: {**progress(move), "due": due(move, *timers)}


def tier_org(move: Move, tier: str) -> str:
    """The organisation of that tier for this person."""
    city = move.context.organisations.city().org_id
    return (move.after.place.district or city) if tier == "DISTRICT" else city
