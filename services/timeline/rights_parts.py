"""Who has to do with a person's requests: themselves, who works with them now, and the district for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.kernel.tokens import Actor
from services.reference.organisations import Organisations
from services.timeline import ledger
from services.timeline.api import Reading
from services.timeline.domain.board import Board
from services.timeline.projections import person_timeline, station_inbox

PERSON: Final = "PERSON"
DISTRICT: Final = "DISTRICT_LEAD"


@dataclass(frozen=True, slots=True)
class Parts:
    """Judges askers by the journal."""

    reading: Reading

    async def refuse_strangers(self, db: Connection, person_ref: str, actor: Actor, roles: frozenset[str]) -> None:
        """Refused `not_found` for a person who is unknown or none of theirs, then `actor_not_allowed` for the role."""
        if not await person_timeline.knows(db, person_ref) or await ledger.has_ended(db, person_ref):
            raise Refused("not_found", status=404)
        if actor.role == PERSON and actor.name == person_ref:
            return
        if not await self._has_part(db, person_ref, actor):
            raise Refused("not_found", status=404)
        if actor.role not in roles:
            raise Refused("actor_not_allowed", status=403)

    async def _has_part(self, db: Connection, person_ref: str, actor: Actor) -> bool:
        """The district also long after a handover has ended: somebody must answer."""
        if actor.role == DISTRICT:
            boards = await station_inbox.boards_of_person(db, person_ref)
            return bool(actor.org) and actor.org == district_over(last_of(boards), self.reading.directory)
        try:
            return (await self.reading.look(db, person_ref, actor)).stage == "accepted"
        except Refused:
            return False


def last_of(boards: Sequence[Board]) -> str:
    """The organisation that answered last, empty where none ever did."""
    last = max(boards, key=lambda board: board.handover_id, default=None)
    return (last.accountable or last.station) if last else ""


def district_over(org_id: str, directory: Organisations) -> str:
    """The district workstation of an organisation, else the city."""
    above = (each for each in (org_id, *directory.parents(org_id)) if directory.type_of(each) == "DWS")
    return next(above, directory.city().org_id)
