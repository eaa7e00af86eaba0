"""Requests of persons about their data: filed, due, answered by a human; each a fact of the person's own stream."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from schemas.base import PersonEvent
from schemas.privacy import DataSubjectRequestAnswered, DataSubjectRequestFiled, DisputeRaised, DisputeResolved
from services.kernel import idempotency
from services.kernel.clock import SHANGHAI
from services.kernel.db import Connection, retrying
from services.kernel.errors import Refused, Unavailable, WrongVersion
from services.kernel.idempotency import Answer, Asked
from services.kernel.ids import Ids
from services.kernel.store import Cause, Draft, Store
from services.kernel.tokens import Actor
from services.reference.calendar_years import Calendars
from services.reference.policies import Policies
from services.reference.terms import date_of, instant_of
from services.timeline.api import Reading
from services.timeline.domain import rights
from services.timeline.domain.rights import ANSWERS, DISPUTES, OF_A_FACT, RECORDS, Kind, Outcome, Request
from services.timeline.rights_parts import PERSON, Parts

STREAM: Final = "rights-"
PURPOSE: Final = "RIGHTS"
ERASE: Final = "erase"
"""`ports["erase"](person_ref, actor, ground)`: intake destroys the person's key and forgets who it was."""
RECORDED_BY: Final = "select meta ->> 'actorref' from journal where event_id = $1 and data ->> 'person_ref' = $2"
LAST_LEVEL: Final = """
select event_id from person_timeline where person_ref = $1 and name = 'SupportLevelSet' order by time desc limit 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """Files, lists and answers. `ports` is filled by the composition, maybe after this was built."""

    reading: Reading
    parts: Parts
    store: Store
    ids: Ids
    policies: Policies
    calendars: Calendars
    ports: Mapping[str, Callable[..., Awaitable[Any]]]

    async def file(
        self, person_ref: str, kind: Kind, event_id: str | None, actor: Actor, asked: Asked | None
    ) -> Answer:
        """Write a request down; one that is open already is answered with its number. Refused `not_found`."""

        async def work(db: Connection) -> Answer:
            known = await idempotency.recall(db, asked)
            if known is not None:
                return known
            await self.parts.refuse_strangers(db, person_ref, actor, RECORDS)
            request = await self._filed(db, person_ref, kind, event_id, actor)
            answer = Answer(200, line(request, self.now()))
            await idempotency.remember(db, asked, answer, self.now())
            return answer

        return await retrying(self.reading.pool, work, also=(WrongVersion,))

    async def listed(self, person_ref: str, actor: Actor) -> list[dict[str, Any]]:
        """The requests of a person, for themselves and for those who answer; a look of others is on record first."""
        async with self.reading.of(actor) as db:
            await self.parts.refuse_strangers(db, person_ref, actor, RECORDS | {"DISTRICT_LEAD"})
            found = await self.of(db, person_ref)
        if actor.role != PERSON:
            await self.reading.accesses.enter(person_ref, actor, ("F23",), PURPOSE)
        return [line(each, self.now()) for each in found.values()]

    async def answer(
        self, person_ref: str, request_no: str, outcome: Outcome, reason: str | None, actor: Actor
    ) -> dict[str, Any]:
        """A human's answer. Refused `reason_missing` for a refusal without one, `guard_not_met` for one's own record.

        A granted deletion is done before it is said.
        """
        async with self.reading.of(actor) as db:
            request = await self._answerable(db, person_ref, request_no, actor)
        if outcome != "GRANTED" and not reason:
            raise Refused("reason_missing", status=422)
        if request.kind == "DELETE" and outcome == "GRANTED":
            await self._erase(person_ref, actor, request_no)
        answered = partial(self._answered, person_ref, request, outcome, reason, actor)
        await retrying(self.reading.pool, answered, also=(WrongVersion,))
        return {"request_no": request_no, "outcome": outcome, "reason": reason}

    async def of(self, db: Connection, person_ref: str) -> dict[str, Request]:
        """A person's requests by number."""
        rows = await self.store.load(db, STREAM + person_ref)
        return rights.folded((row.event(), row.recorded_at) for row in rows)

    def now(self) -> datetime:
        """The hub's time."""
        return self.reading.accesses.clock.now()

    async def _filed(self, db: Connection, person_ref: str, kind: Kind, event_id: str | None, actor: Actor) -> Request:
        version = await self.store.version(db, STREAM + person_ref)  # before the look: who files meanwhile is met
        known = await self.of(db, person_ref)
        same = [each for each in known.values() if each.open and (each.kind, each.event_id) == (kind, event_id)]
        if same:
            return same[0]
        now = self.now()
        request = Request(self.ids.new(), kind, now, self._due(now), event_id)
        about: dict[str, Any] = {
            "person_ref": person_ref,
            "kind": kind,
            "due": request.due,
            "request_no": request.request_no,
        }
        events: list[PersonEvent] = [DataSubjectRequestFiled(**about, event_id=event_id)]
        events += [DisputeRaised(**about, event_id=event_id)] if kind in DISPUTES else []
        await self._append(db, events, actor, version)
        return request

    async def _answered(
        self, person_ref: str, request: Request, outcome: Outcome, reason: str | None, actor: Actor, db: Connection
    ) -> None:
        version = await self.store.version(db, STREAM + person_ref)
        if not (await self.of(db, person_ref))[request.request_no].open:
            raise Refused("not_in_this_state")
        about: dict[str, Any] = {"person_ref": person_ref, "kind": request.kind, "request_no": request.request_no}
        events: list[PersonEvent] = [
            DataSubjectRequestAnswered(**about, outcome=outcome, reason=reason, org_id=actor.org or None)
        ]
        events += [DisputeResolved(**about, outcome=outcome)] if request.kind in DISPUTES else []
        await self._append(db, events, actor, version)

    async def _append(self, db: Connection, events: Sequence[PersonEvent], actor: Actor, version: int) -> None:
        cause = Cause(
            actor_ref=actor.name,
            capacity=actor.acting,
            legal_basis="STATUTE:PIPL44-50",
            purpose=PURPOSE,
            policy_version=self.policies.current.version,
        )
        person_ref, now = events[0].person_ref, self.now()
        drafts = [Draft(event, now, cause) for event in events]
        await self.store.append(db, STREAM + person_ref, person_ref, version, drafts)

    async def _erase(self, person_ref: str, actor: Actor, request_no: str) -> None:
        port = self.ports.get(ERASE)
        if port is None:
            raise Unavailable(ERASE)
        await port(person_ref, actor, f"PERSON_REQUEST {request_no}")

    def _due(self, filed: datetime) -> datetime:
        last = self.policies.current.term("rights.answer_within").after(date_of(filed), self.calendars.current)
        return instant_of(last, "end")

    async def _answerable(self, db: Connection, person_ref: str, request_no: str, actor: Actor) -> Request:
        request = (await self.of(db, person_ref)).get(request_no)
        if request is None:
            await self.parts.refuse_strangers(db, person_ref, actor, RECORDS | {"DISTRICT_LEAD"})
            raise Refused("not_found", status=404)
        await self.parts.refuse_strangers(db, person_ref, actor, ANSWERS[request.kind])
        if actor.role == PERSON:
            raise Refused("actor_not_allowed", status=403)
        if not request.open:
            raise Refused("not_in_this_state")
        if request.kind in OF_A_FACT and await self._recorded_by(db, person_ref, request) == actor.name:
            raise Refused("guard_not_met")
        return request

    async def _recorded_by(self, db: Connection, person_ref: str, request: Request) -> str | None:
        """Who recorded the contested fact; the level that stands, where none is named."""
        about = request.event_id
        if about is None and request.kind == "CONTEST_LEVEL":
            about = await db.fetchval(LAST_LEVEL, person_ref)
        found: str | None = await db.fetchval(RECORDED_BY, about, person_ref) if about else None
        return found


def line(request: Request, now: datetime) -> dict[str, Any]:
    """One request as the API gives it."""
    return {
        "request_no": request.request_no,
        "kind": request.kind,
        "event_id": request.event_id,
        "filed": request.filed.astimezone(SHANGHAI).isoformat(),
        "due": request.due.astimezone(SHANGHAI).isoformat(),
        "overdue": request.overdue(now),
        "outcome": request.outcome or None,
        "reason": request.reason or None,
        "answered": request.answered.astimezone(SHANGHAI).isoformat() if request.answered else None,
    }
