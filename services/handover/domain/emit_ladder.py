"""The fields of what the ladder tells its recipients."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.handover.domain.emit_outward import Fields
from services.handover.domain.emit_progress import due, progress
from services.handover.domain.ladder import recipient
from services.handover.domain.move import Move
from services.handover.domain.saga import LEVELS
from services.reference.contact_limits import contact_limits
from services.reference.policy import Policy
from services.reference.terms import date_of, instant_of


def _raised(move: Move) -> dict[str, Any]:
    standing = move.after.standing
    return {
        "rung": move.rung,
        "level": move.after.level,
        "reason": move.given.name,
        "to_role": standing.to_role if standing else None,
        "to_org": standing.to_org if standing else None,
        "ack_due": due(move, "T_ACK"),
        "deadline_rev": move.after.deadline_rev,
    }


def _forwarded(move: Move) -> dict[str, Any]:
    came, standing = move.before.standing, move.after.standing
    return {
        "rung": standing.rung if standing else None,
        "level": move.after.level,
        "from_role": came.to_role if came else None,
        "to_role": standing.to_role if standing else None,
        "to_org": standing.to_org if standing else None,
        "ack_due": due(move, "T_ACK"),
    }


def _stood_down(move: Move) -> dict[str, Any]:
    rungs = move.before.standing_rungs
    levels = sorted({LEVELS[rung] for rung in rungs})
    return {"level": levels[-1] if levels else 0, "levels": levels, "rungs": rungs, "cause": move.given.name}


def _paused(move: Move) -> dict[str, Any]:
    until = due(move, "T_AGREED", "T_HOLD")
    return {"level": move.before.level, "cause": move.given.name, "until": until}


def _contact_task(move: Move) -> dict[str, Any]:
    to = recipient(move.after, "L0", move.context.organisations)
    return {
        **progress(move),
        "due": call_by(move.now, move.context.policy),
        "to_role": to.role,
        "to_org": to.org,
        "deadline_rev": move.after.deadline_rev,
    }


def call_by(now: datetime, policy: Policy) -> datetime:
    """The end of the first day on which the person may be called: nobody is called at night."""
    return instant_of(date_of(contact_limits(policy).quiet.next_allowed(now)), "end")


def _reminder(move: Move) -> dict[str, Any]:
    role = "RESETTLEMENT" if move.after.track == "PRISON" else "STATION_LEAD"
    return {**progress(move), "to_role": role, "to_org": move.after.place.offered_to, "due": due(move, "T_ACCEPT")}


LADDER: Mapping[str, Fields] = {
    "EscalationRaised": _raised,
    "EscalationForwarded": _forwarded,
    "EscalationStoodDown": _stood_down,
    "EscalationPaused": _paused,
    "ContactTaskCreated": _contact_task,
    "ReminderSent": _reminder,
}
