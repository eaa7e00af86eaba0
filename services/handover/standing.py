"""What a reader is to a person, told to the services that must not show more than that."""

from __future__ import annotations

from typing import Any, Final

from services.handover import saga_store
from services.handover.access import watch
from services.handover.desk import Desk
from services.handover.domain.words import Sender
from services.kernel.tokens import Actor

PORT: Final = "handover_standing"


async def told(desk: Desk, person_ref: str, actor: Actor) -> dict[str, Any]:
    """`recipient`, `stage`, `grounds`, `basis` of the strongest part in any handover; empty for who has none."""
    async with desk.reading(actor) as db:
        sagas = await saga_store.read_of_person(db, person_ref)
    found = watch(desk).strongest(Sender(actor.name, actor.role, actor.org), sagas)
    if found is None:
        return {}
    return {
        "recipient": found.recipient,
        "stage": found.stage,
        "grounds": sorted(found.grounds),
        "basis": found.basis,
    }
