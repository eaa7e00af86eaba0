"""Whose rows a reader may see at all, by the tree of organisations; what of them is shown the matrix decides."""

from __future__ import annotations

from typing import Final

from services.kernel.scoped import EVERYTHING, NOTHING, Scope
from services.kernel.tokens import Actor
from services.reference.organisations import Organisations

WHOLE_HUB: Final = frozenset({"OPS", "AUDITOR", "HUB"})
PERSON: Final = "PERSON"


def scope_of(actor: Actor, directory: Organisations) -> Scope:
    """An organisation's own rows and those of all below it; the city's are everybody's, a person's their own."""
    if actor.role in WHOLE_HUB:
        return EVERYTHING
    if actor.role == PERSON:
        return frozenset({f"person:{actor.name}"})
    if not actor.org:
        return NOTHING
    return EVERYTHING if actor.org == directory.city().org_id else directory.within(actor.org)
