"""The ledger over HTTP: for auditors, and for a district's lead about the people of their own organisations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.kernel.clock import SHANGHAI
from services.kernel.db import Connection
from services.kernel.errors import Refused
from services.kernel.http import REVEALS, Actor, Asker, only_for
from services.timeline import ledger
from services.timeline.api import Reading
from services.timeline.ledger import Wanted
from services.timeline.projections import person_timeline

PURPOSE: Final = "LEDGER"
GROUP: Final = "F23"
"""Who looked belongs to a person's timeline across agencies ("+ who looked")."""
ROLES: Final = ("AUDITOR", "DISTRICT_LEAD")
NAMELESS: Final = {"actor": None}
PAGE: Final = 100


class Asked(BaseModel):
    """The filters of a page; days of Asia/Shanghai, the second not included."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    person_ref: str | None = Field(default=None, min_length=1, max_length=64)
    recipient: str | None = Field(default=None, min_length=1, max_length=64)
    start: date = Field(default=date(2000, 1, 1), alias="from")
    end: date = Field(default=date(9999, 1, 1), alias="to")
    limit: int = Field(default=PAGE, ge=1, le=200)
    after: str | None = Field(default=None, max_length=50)

    def wanted(self) -> Wanted:
        """What is asked of the ledger. Raises Refused (`invalid_data`) for a period that has no day."""
        if self.start >= self.end:
            raise Refused("invalid_data", "from, to", status=422)
        return Wanted(
            person_ref=self.person_ref,
            recipient=self.recipient,
            start=midnight(self.start),
            end=midnight(self.end),
            after=self.after,
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """Answers who learned what; on record itself before anything leaves."""

    reading: Reading

    async def page(self, wanted: Wanted, actor: Actor, limit: int) -> dict[str, Any]:
        """A page, newest first. A person who is unknown has no rows and is not noted; nor one whose record has ended.

        But an auditor who asks for that person has their rows (F25).
        """
        async with self.reading.of(actor) as db:
            asked = await self._scoped(db, wanted, actor)
            found = await ledger.rows(db, asked, limit + 1) if asked else []
            known = await _known(db, asked.person_ref) if asked and asked.person_ref else set()
        items = [ledger.line(row) for row in found[:limit]]
        await self._note(known | {item["person_ref"] for item in items}, actor)
        shown = items if actor.role == "AUDITOR" else [item | NAMELESS for item in items]
        return {"items": shown, "next": ledger.next_of(found, limit)}

    async def _scoped(self, db: Connection, wanted: Wanted, actor: Actor) -> Wanted | None:
        """What this reader may ask at all; None for a person in whose matters they have no part."""
        if actor.role == "AUDITOR":
            return replace(wanted, ended=wanted.person_ref is not None)
        if wanted.person_ref is None:
            raise Refused("invalid_data", "person_ref", status=422)
        try:
            await self.reading.look(db, wanted.person_ref, actor)
        except Refused:
            return None
        below = (
            org.org_id for org in self.reading.directory if actor.org in self.reading.directory.parents(org.org_id)
        )
        return replace(wanted, of=(actor.org, *below))

    async def _note(self, persons: Iterable[str], actor: Actor) -> None:
        for person_ref in sorted(persons):
            await self.reading.accesses.enter(person_ref, actor, (GROUP,), PURPOSE)


async def _known(db: Connection, person_ref: str) -> set[str]:
    there = await person_timeline.knows(db, person_ref) and not await ledger.has_ended(db, person_ref)
    return {person_ref} if there else set()


def ledger_routes(book: Ledger) -> APIRouter:
    """`GET /ledger`: by person, recipient and period."""
    router = APIRouter(tags=["ledger"])

    @router.get("/ledger", dependencies=[REVEALS], summary="披露与查阅台账 disclosures and reads, newest first")
    async def read_ledger(actor: Asker, asked: Annotated[Asked, Query()]) -> dict[str, Any]:
        only_for(actor, *ROLES)
        return await book.page(asked.wanted(), actor, asked.limit)

    return router


def midnight(day: date) -> datetime:
    """The first instant of a day."""
    return datetime.combine(day, time.min, SHANGHAI)
