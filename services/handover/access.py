"""Who may read a handover, and in which groups: the disclosure matrix over the reader's part in it."""

from __future__ import annotations

from services.handover.desk import Desk
from services.handover.domain.parts import Handled, Watch
from services.handover.domain.words import Sender
from services.handover.views import Look
from services.kernel.tokens import Actor
from services.reference.disclosure import shipped_matrix

PROCESS = {"AUDITOR": "OPS"}
"""A handover's view holds no P2 and no P3, so an auditor sees the process as operators do."""


def watch(desk: Desk) -> Watch:
    """What parts are judged by now."""
    return Watch(shipped_matrix(), desk.organisations, desk.clock.now())


def look(actor: Actor, handled: Handled, desk: Desk) -> Look | None:
    """How this actor sees this handover; None for whom it does not exist. A station that declined sees it no more."""
    judged = watch(desk)
    standing = judged.standing(reader(actor), handled)
    sight = judged.matrix.sight(standing)
    return Look(standing.stage, sight) if standing and "F1" in sight else None


def reader(actor: Actor) -> Sender:
    """The actor as the table's words know them."""
    return Sender(actor.name, PROCESS.get(actor.role, actor.role), actor.org, actor.capacity or "")
